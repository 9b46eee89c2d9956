/** Styles of the hosted page around the widget. The build appends them to the widget's styles. */

export const page = `
:root { color-scheme: light dark; }
body.checkout {
  display: grid;
  grid-template-rows: 1fr auto;
  gap: 1.5rem;
  justify-items: center;
  min-height: 100dvh;
  box-sizing: border-box;
  margin: 0;
  padding: clamp(0.75rem, 4vw, 3rem) clamp(0.75rem, 4vw, 2rem) 1rem;
  background: #eef3f4;
  color: #10202a;
  font: 1rem/1.5 Inter, ui-sans-serif, system-ui, sans-serif;
}
.checkout > main { display: grid; place-items: start center; align-content: center; width: 100%; }
.checkout > main > kasgate-widget { display: block; width: 100%; max-width: 26rem; }
/* A frame can't grow with its content: it is as high as the widget's card will be. */
.checkout iframe { display: block; width: calc(100% + 1.5rem); height: 50.5rem; margin: -0.75rem; border: 0; }
.checkout iframe.short { height: 26rem; }
body.framed { margin: 0; background: none; }
.framed > main { display: grid; justify-items: center; padding: 0.75rem; }
@media (min-width: 34rem) { .checkout iframe { width: calc(100% + 4rem); height: 54.25rem; margin: -2rem; } }
@media (min-width: 29.5rem) { .framed > main { padding: 2rem; } }
.checkout .qr svg { display: block; width: 100%; }
.checkout footer { width: 100%; max-width: 26rem; font-size: 0.875rem; color: #50636e; text-align: center; }
.checkout footer summary { display: inline-block; padding: 0.5rem; cursor: pointer; border-radius: 0.25rem; }
.checkout footer summary::after { content: " ▾"; }
.checkout footer ul { display: flex; flex-wrap: wrap; gap: 0 0.25rem; justify-content: center; margin: 0; padding: 0; list-style: none; }
.checkout footer a { display: inline-block; min-height: 1.75rem; padding: 0.25rem 0.5rem; color: inherit; }
.checkout footer a[aria-current] { font-weight: 650; text-decoration: none; }
.checkout footer :focus-visible { outline: 3px solid #0a7468; outline-offset: 2px; }
@media (prefers-color-scheme: dark) {
  body.checkout { background: #0b1317; color: #eef5f6; }
  .checkout footer { color: #a6b7bf; }
  .checkout footer :focus-visible { outline-color: #5cd9c4; }
}
@media print { body.checkout { background: none; } .checkout footer { display: none; } }
`;
