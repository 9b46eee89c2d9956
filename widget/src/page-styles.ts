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
@media (min-width: 48rem) {
  .checkout > main > kasgate-widget, .framed .kasgate { max-width: 46rem; --kasgate-width: 46rem; }
}
/* A frame can't grow with its content: it is as high as the widget's card will be. */
.checkout iframe { display: block; width: calc(100% + 1.5rem); height: 50.5rem; margin: -0.75rem; border: 0; }
.checkout iframe.short { height: 26rem; }
body.framed { margin: 0; background: none; }
.framed > main { display: grid; justify-items: center; padding: 0.75rem; }
@media (min-width: 34rem) { .checkout iframe { width: calc(100% + 4rem); height: 54.25rem; margin: -2rem; } }
@media (min-width: 48rem) { .checkout iframe, .checkout iframe.short { height: 35rem; } }
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
.receipt {
  width: 100%;
  max-width: 38rem;
  box-sizing: border-box;
  padding: clamp(1rem, 4vw, 2.5rem);
  color: #10202a;
  background: #ffffff;
  border: 1px solid #dce5e8;
  border-radius: 1rem;
}
.receipt header { display: flex; gap: 0.75rem; align-items: center; font-weight: 650; overflow-wrap: anywhere; }
.receipt .logo { width: 3rem; height: 3rem; object-fit: contain; }
.receipt h1 { margin: 1rem 0 0; font-size: 1.5rem; }
.receipt p { margin: 0; }
.receipt .purpose { color: #50636e; }
.receipt .sum { margin: 0.75rem 0; font-weight: 700; overflow-wrap: anywhere; }
.receipt .figure { font-size: 2rem; font-variant-numeric: tabular-nums; }
.receipt dl { display: grid; grid-template-columns: fit-content(35%) minmax(0, 1fr); gap: 0.375rem 1.25rem; margin: 0; padding-top: 0.75rem; border-top: 1px solid #dce5e8; }
.receipt dt { color: #50636e; }
.receipt dd { margin: 0; overflow-wrap: anywhere; }
.receipt .mono { color: inherit; font: 0.875rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.receipt .after { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 1.5rem; }
.receipt .button { display: inline-flex; align-items: center; min-height: 2.75rem; padding: 0.5rem 0.875rem; color: inherit; border: 1px solid #73878f; border-radius: 0.625rem; font-weight: 600; text-decoration: none; }
.receipt :focus-visible { outline: 3px solid #0a7468; outline-offset: 2px; }
@page { margin: 8mm; }
@media print {
  body.checkout { display: block; min-height: 0; padding: 0; background: none; }
  .checkout footer, .receipt .after { display: none; }
  .receipt { max-width: none; padding: 0; border: 0; }
}
/* A roll of 58 or 80 mm: the names stand above the values. */
@media print and (max-width: 90mm) {
  @page { margin: 3mm; }
  .receipt { font-size: 9pt; }
  .receipt h1 { font-size: 12pt; }
  .receipt .figure { font-size: 14pt; }
  .receipt .unit { font-size: 9pt; }
  .receipt dl { display: block; }
  .receipt dd { margin: 0 0 1.5mm; text-align: start; }
  .receipt .logo { width: 9mm; height: 9mm; }
  .receipt .mono { font-size: 7pt; }
}
`;
