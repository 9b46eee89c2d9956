/** The widget's looks. A page may set the `--kasgate-*` properties; `theme` forces one scheme. */

export const css = `
:host {
  color-scheme: light dark;
  --ink: light-dark(#14212b, #eef4f6);
  --quiet: light-dark(#52626d, #a8b8c1);
  --paper: var(--kasgate-background, light-dark(#ffffff, #16222b));
  --line: light-dark(#d4dee3, #33454f);
  --accent: var(--kasgate-accent, light-dark(#0b7a6b, #5fd9c5));
  display: block;
  max-width: 24rem;
  font: 1rem/1.5 system-ui, sans-serif;
}
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
:host([hidden]), [hidden] { display: none !important; }
section, .stack { display: grid; gap: 0.75rem; }
section {
  padding: 1.25rem;
  color: var(--ink);
  background: var(--paper);
  border: 1px solid var(--line);
  border-radius: 0.75rem;
}
p { margin: 0; }
/* Out of the flow, not undisplayed: a screen reader must know a region before it speaks. */
.said:empty { position: absolute; }
.status { font-weight: 600; }
.status[data-status="confirmed"]::before { content: "✓ "; color: var(--accent); }
.quiet { color: var(--quiet); font-size: 0.875rem; }
.amount { font-size: 1.75rem; font-weight: 700; font-variant-numeric: tabular-nums; }
.address { font-family: ui-monospace, monospace; font-size: 0.875rem; overflow-wrap: anywhere; }
img {
  box-sizing: border-box;
  width: 100%;
  max-width: 15rem;
  aspect-ratio: 1;
  justify-self: center;
  padding: 0.5rem;
  background: #ffffff;
  border-radius: 0.5rem;
}
progress { width: 100%; accent-color: var(--accent); }
.actions { display: flex; flex-wrap: wrap; gap: 0.5rem; }
button, a {
  flex: 1 1 auto;
  box-sizing: border-box;
  min-height: 2.75rem;
  padding: 0.5rem 0.875rem;
  font: inherit;
  text-align: center;
  text-decoration: none;
  color: inherit;
  background: transparent;
  border: 1px solid var(--line);
  border-radius: 0.5rem;
  cursor: pointer;
}
a { flex-basis: 100%; color: var(--paper); background: var(--accent); border-color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;
