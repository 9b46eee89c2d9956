/** The widget's style sheet, for elements of a page instead of a shadow tree. */

import { transform } from "lightningcss";
import { page } from "../src/page-styles.ts";
import { css, modalCss } from "../src/styles.ts";

/** Minifies. Nothing is rewritten for older browsers. */
export function compactCss(source: string): string {
  const { code } = transform({ filename: "kasgate.css", code: Buffer.from(source), minify: true });
  return code.toString();
}

/** The style sheets of `src/styles.ts` as a minified module: minifiers do not look into strings. */
export function stylesModule(): string {
  return Object.entries({ css, modalCss })
    .map(([name, source]) => `export const ${name}=${JSON.stringify(compactCss(source))};`)
    .join("\n");
}

/** The widget's styles with `:host` as `.kasgate`, for the server's card, then the hosted page's. */
export function pageCss(): string {
  const widget = css
    .replace(/:host\(([^()]*(?:\([^()]*\))?[^()]*)\)/g, ".kasgate$1")
    .replaceAll(":host", ".kasgate");
  return compactCss(`${widget}\n${page}`);
}
