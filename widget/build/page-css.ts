/** The widget's style sheet, for elements of a page instead of a shadow tree. */

import { transform } from "lightningcss";
import { page } from "../src/page-styles.ts";
import { css, modalCss } from "../src/styles.ts";

/** Takes out what only people need. Nothing is rewritten for older browsers. */
export function compactCss(source: string): string {
  const { code } = transform({ filename: "kasgate.css", code: Buffer.from(source), minify: true });
  return code.toString();
}

/** The style sheets of `src/styles.ts` as a module of compact ones: no minifier looks into strings. */
export function stylesModule(): string {
  return Object.entries({ css, modalCss })
    .map(([name, source]) => `export const ${name}=${JSON.stringify(compactCss(source))};`)
    .join("\n");
}

/** `:host` becomes `.kasgate`, which the hosted page's first paint has; then the page itself. */
export function pageCss(): string {
  const widget = css
    .replace(/:host\(([^()]*(?:\([^()]*\))?[^()]*)\)/g, ".kasgate$1")
    .replaceAll(":host", ".kasgate");
  return compactCss(`${widget}\n${page}`);
}
