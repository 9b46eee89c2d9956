/** The widget's style sheet, for elements of a page instead of a shadow tree. */

import { page } from "../src/page-styles.ts";
import { css } from "../src/styles.ts";

/** Takes out the spaces that only people need. */
export function compactCss(source: string): string {
  return source
    .replace(/\n\s+/g, "\n")
    .replace(/ ([{}>]) ?/g, "$1")
    .replace(/([:;,]) /g, "$1")
    .replace(/;\n?}/g, "}");
}

/** `:host` becomes `.kasgate`, which the hosted page's first paint has; then the page itself. */
export function pageCss(): string {
  const widget = css
    .replace(/:host\(([^()]*(?:\([^()]*\))?[^()]*)\)/g, ".kasgate$1")
    .replaceAll(":host", ".kasgate");
  return compactCss(`${widget}\n${page}`).replace(/\n+/g, "\n");
}
