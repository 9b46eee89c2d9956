/**
 * The widget's styles. A page may set the `--kasgate-*` properties and style the parts; `theme`
 * forces one colour scheme. The dark values serve the system's setting and the attribute.
 */

const dark = `
  --ink: var(--kasgate-ink, #eef5f6);
  --quiet: var(--kasgate-muted, #a6b7bf);
  --paper: var(--kasgate-background, #131e24);
  --sunk: #1b2930;
  --line: var(--kasgate-line, #32444d);
  --edge: #7b919b;
  --accent: var(--kasgate-accent, #5cd9c4);
  --on-accent: var(--kasgate-on-accent, #03241f);
  --soft: #143430;
  --warn: #ffd08a;
  --warn-soft: #35290f;
  --bad: #ffb4ab;
  --bad-soft: #3d1e1c;
  --shadow: 0 1px 2px rgb(0 0 0 / 0.5), 0 12px 32px rgb(0 0 0 / 0.35);
  color-scheme: dark;
`;

export const css = `
:host {
  --ink: var(--kasgate-ink, #10202a);
  --quiet: var(--kasgate-muted, #50636e);
  --paper: var(--kasgate-background, #ffffff);
  --sunk: #f3f7f8;
  --line: var(--kasgate-line, #dce5e8);
  --edge: #73878f;
  --accent: var(--kasgate-accent, #0a7468);
  --on-accent: var(--kasgate-on-accent, #ffffff);
  --soft: #e2f4f0;
  --warn: #7d4600;
  --warn-soft: #fff3dc;
  --bad: #a1221d;
  --bad-soft: #fdeceb;
  --shadow: 0 1px 2px rgb(16 32 42 / 0.06), 0 12px 32px rgb(16 32 42 / 0.08);
  --round: var(--kasgate-radius, 1rem);
  display: block;
  box-sizing: border-box;
  width: 100%;
  max-width: var(--kasgate-width, 26rem);
  container-type: inline-size;
  color-scheme: light;
  color: var(--ink);
  font: 400 1rem/1.45 var(--kasgate-font, Inter, ui-sans-serif, system-ui, sans-serif);
  text-align: start;
  -webkit-text-size-adjust: 100%;
}
@media (prefers-color-scheme: dark) { :host(:not([theme="light"])) { ${dark} } }
:host([theme="dark"]) { ${dark} }
:host([hidden]), [hidden] { display: none !important; }
*, ::before, ::after { box-sizing: border-box; }
p, h2, h3, dl, dd { margin: 0; font-size: inherit; font-weight: inherit; }
.unseen {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}
.card {
  position: relative;
  display: grid;
  grid-template-columns: minmax(0, 1fr);
  padding: 1.25rem;
  color: var(--ink);
  background: var(--paper);
  border: 1px solid var(--line);
  border-radius: var(--round);
  box-shadow: var(--kasgate-shadow, var(--shadow));
}
.card > * + * { margin-block-start: 1rem; }
.card > .unseen { margin: 0; }
.ribbon {
  margin: -1.25rem -1.25rem 0;
  padding: 0.375rem 1.25rem;
  color: var(--warn);
  background: var(--warn-soft);
  border-radius: calc(var(--round) - 1px) calc(var(--round) - 1px) 0 0;
  font-size: 0.8125rem;
  font-weight: 550;
  text-align: center;
}
.head { display: flex; gap: 0.5rem; align-items: center; justify-content: space-between; }
.head:has(.store:empty):has(.timer[hidden]) { display: none; }
.shop { display: flex; gap: 0.625rem; align-items: center; min-width: 0; }
.logo { flex: none; width: 2.25rem; height: 2.25rem; object-fit: contain; border-radius: 0.375rem; }
.store { font-weight: 650; overflow-wrap: anywhere; }
.card > .purpose { margin-block-start: 0.5rem; color: var(--quiet); font-size: 0.9375rem; overflow-wrap: anywhere; }
.stage { display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; align-items: flex-start; }
.words { flex: 1 1 12rem; min-width: 0; }
.heading { font-size: 1.125rem; font-weight: 650; line-height: 1.35; outline-offset: 4px; }
.sentence, .quiet, .fiat { color: var(--quiet); font-size: 0.9375rem; }
.sign {
  display: grid;
  flex: none;
  place-items: center;
  width: 2.25rem;
  height: 2.25rem;
  color: var(--accent);
  background: var(--soft);
  border-radius: 50%;
}
.icon {
  width: 1.25rem;
  height: 1.25rem;
  fill: none;
  stroke: currentColor;
  stroke-width: 2;
  stroke-linecap: round;
  stroke-linejoin: round;
}
.sign.check { color: var(--on-accent); background: var(--accent); }
.sign.clock, .sign.alert { color: var(--warn); background: var(--warn-soft); }
.sign.cross { color: var(--bad); background: var(--bad-soft); }
.sign.busy::after {
  content: "";
  width: 1.125rem;
  height: 1.125rem;
  border: 2.5px solid currentColor;
  border-inline-end-color: transparent;
  border-radius: 50%;
  animation: turn 0.9s linear infinite;
}
@keyframes turn { to { transform: rotate(1turn); } }
.timer {
  display: inline-flex;
  flex: none;
  gap: 0.375rem;
  align-items: center;
  min-height: 2rem;
  padding: 0.25rem 0.75rem;
  color: var(--quiet);
  background: var(--sunk);
  border-radius: 1rem;
  font-size: 0.9375rem;
  font-variant-numeric: tabular-nums;
}
.timer .icon { width: 1rem; height: 1rem; }
[data-scene="loading"] .timer { visibility: hidden; }
.timer.hurried { color: var(--warn); background: var(--warn-soft); font-weight: 600; }
.banner {
  padding: 0.625rem 0.875rem;
  color: var(--warn);
  background: var(--warn-soft);
  border-inline-start: 3px solid currentColor;
  border-radius: 0.5rem;
  font-size: 0.9375rem;
}
.amount { text-align: center; }
.label { color: var(--quiet); font-size: 0.8125rem; font-weight: 550; }
.sum { font-weight: 700; line-height: 1.2; overflow-wrap: anywhere; }
.figure { font-size: 2.25rem; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.unit { font-size: 1.125rem; color: var(--quiet); font-weight: 600; }
.pay, .side, .wallets, .progress, .after { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.75rem; }
.wallets { order: 1; }
.button {
  display: inline-flex;
  gap: 0.5rem;
  align-items: center;
  justify-content: center;
  width: 100%;
  min-height: 2.75rem;
  margin: 0;
  padding: 0.5rem 0.875rem;
  color: var(--ink);
  background: transparent;
  border: 1px solid var(--edge);
  border-radius: calc(var(--round) * 0.625);
  font: inherit;
  font-weight: 600;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
}
.button:hover { background: var(--sunk); }
.main { color: var(--on-brand, var(--on-accent)); background: var(--brand, var(--accent)); border-color: var(--brand, var(--accent)); }
.main:hover { background: color-mix(in srgb, var(--brand, var(--accent)) 88%, var(--ink)); }
.small { flex-direction: column; gap: 0.25rem; padding: 0.5rem 0.25rem; font-size: 0.8125rem; line-height: 1.2; border-color: var(--line); }
.small .icon { color: var(--accent); }
.qr {
  justify-self: center;
  width: 14rem;
  max-width: 100%;
  aspect-ratio: 1;
  padding: 0;
  background: #ffffff;
  border: 1px solid var(--line);
  border-radius: calc(var(--round) * 0.75);
  overflow: hidden;
}
.qr:hover { background: #ffffff; }
.modules { display: block; width: 100%; fill: #0b1418; shape-rendering: crispEdges; background: #ffffff; }
.address {
  margin-top: 0.25rem;
  padding: 0.625rem 0.75rem;
  background: var(--sunk);
  border-radius: calc(var(--round) * 0.5);
  font: 0.875rem/1.6 ui-monospace, "SF Mono", Menlo, Consolas, monospace;
  text-align: start;
  user-select: all;
  -webkit-user-select: all;
}
.address span { display: inline-block; margin-inline-end: 0.5em; }
.address span:first-child { color: var(--quiet); }
.address span:nth-child(2n + 3) { color: var(--accent); }
.copies { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 0.5rem; }
.bar { height: 0.625rem; background: var(--sunk); border: 1px solid var(--edge); border-radius: 1rem; overflow: hidden; }
.fill { display: block; width: 0; height: 100%; background: var(--brand, var(--accent)); transition: width 0.3s; }
.figures { display: flex; font-size: 0.9375rem; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between; font-variant-numeric: tabular-nums; }
.feedback { padding: 0.5rem 0.75rem; color: var(--warn); background: var(--warn-soft); border-radius: 0.5rem; font-size: 0.9375rem; text-align: center; }
.done, .done .icon { color: var(--accent); border-color: var(--accent); }
.by-hand {
  width: 100%;
  min-height: 2.75rem;
  padding: 0.5rem 0.75rem;
  color: var(--ink);
  background: var(--paper);
  border: 1px solid var(--edge);
  border-radius: 0.5rem;
  font: 0.875rem ui-monospace, monospace;
}
details { border-top: 1px solid var(--line); padding-top: 0.25rem; margin-bottom: -0.75rem; font-size: 0.9375rem; }
summary { min-height: 2.75rem; padding: 0.625rem 0; color: var(--quiet); cursor: pointer; font-weight: 550; border-radius: 0.25rem; }
dl { display: grid; grid-template-columns: fit-content(40%) minmax(0, 1fr); gap: 0.5rem 1rem; padding-bottom: 0.75rem; }
dt { color: var(--quiet); }
dd { overflow-wrap: anywhere; text-align: end; font-variant-numeric: tabular-nums; }
.line { display: block; }
.mono { display: inline-block; font: 0.8125rem ui-monospace, monospace; }
dd a { display: inline-block; min-height: 1.5rem; color: var(--accent); }
:focus { outline: none; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.heading:focus { outline: none; }
.card[data-scene="loading"] :is(.amount, .side, .pay) { visibility: hidden; }
.card[data-scene="loading"] .side { min-height: 17rem; }
.card[data-scene="loading"] .address { min-height: 4.5rem; }
.card[data-scene="paid"] .figure, .card[data-scene="over"] .figure { color: var(--accent); }
@media (max-width: 29rem), (pointer: coarse) { .wallets { order: -1; } }
@media (max-width: 29rem) {
  .card { padding: 0.75rem 1rem; }
  .card > * + * { margin-block-start: 0.625rem; }
  .ribbon { margin: -0.75rem -1rem 0; }
  .figure { font-size: 1.75rem; }
  .qr { width: 12.5rem; }
  .side, .pay { gap: 0.5rem; }
  .address { padding: 0.375rem 0.5rem; font-size: 0.75rem; }
}
/* On a low screen everything that a shopper needs is above the fold. */
@media (max-width: 29rem) and (max-height: 46rem) {
  [data-scene="waiting"] :is(.sign, .sentence, .where > .label, .small .icon) { display: none; }
  .logo { width: 1.75rem; height: 1.75rem; }
  .small { min-height: 2.75rem; padding: 0.25rem; }
  .card > * + * { margin-block-start: 0.375rem; }
  .address { margin-top: 0; line-height: 1.4; }
  .ribbon { padding-block: 0.125rem; }
}
/* Beside each other: what to pay, and how. The row gap would count for each of the spanned rows. */
@container (min-width: 40rem) {
  .card:is([data-scene="waiting"], [data-scene="partial"], [data-scene="loading"]) {
    grid-template-columns: minmax(0, 1fr) 17rem;
    column-gap: 2rem;
  }
  .card:not([data-scene="waiting"], [data-scene="partial"], [data-scene="loading"]) { max-width: 26rem; margin-inline: auto; }
  .card > .side { grid-column: 2; grid-row: 1 / span 16; align-self: center; margin: 0; }
  .ribbon + .head ~ .side { grid-row: 2 / span 16; }
  .ribbon { grid-column: 1 / -1; }
  .card > :not(.side, .ribbon) { grid-column: 1; }
  .side .wallets { order: 1; }
  .qr { width: 100%; }
  .amount { text-align: start; }
}
@media (prefers-reduced-motion: reduce) {
  .fill { transition: none; }
  .sign.busy::after { animation-duration: 6s; animation-timing-function: steps(8); }
}
@media (forced-colors: active) { .fill { background: Highlight; } .qr, .modules { forced-color-adjust: none; } }
@media print { .timer, .after, .copies, .wallets, details > summary { display: none; } .card { box-shadow: none; } }
`;

export const modalCss = `
dialog {
  width: min(28rem, 100vw);
  max-width: none;
  max-height: 100dvh;
  margin: auto;
  padding: 0;
  background: transparent;
  border: 0;
  overflow: auto;
  overscroll-behavior: contain;
}
dialog::backdrop { background: rgb(8 18 24 / 0.6); }
.frame { position: relative; padding: 3.25rem 1rem 1rem; }
.close {
  position: absolute;
  inset-block-start: 0.25rem;
  inset-inline-end: 1rem;
  display: grid;
  place-items: center;
  width: 2.75rem;
  height: 2.75rem;
  padding: 0;
  color: #10202a;
  background: #ffffff;
  border: 1px solid #73878f;
  border-radius: 50%;
  cursor: pointer;
}
.close:focus-visible { outline: 3px solid #0a7468; outline-offset: 2px; box-shadow: 0 0 0 2px #ffffff; }
.icon { width: 1.25rem; height: 1.25rem; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; }
`;
