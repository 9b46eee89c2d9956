/** What the widget needs of a browser, asked before anything of a page is touched. */

import { h } from "./dom";
import { chooseLanguage, Language } from "./language";

/** Whether this browser has all that the widget can't do without. What it can, it does without. */
export function isCapable(): boolean {
  try {
    const { attachShadow, replaceChildren } = Element.prototype;
    const { DateTimeFormat, NumberFormat, PluralRules } = Intl;
    const { formatToParts } = NumberFormat.prototype;
    const needed: unknown[] = [attachShadow, replaceChildren, customElements.define, fetch, BigInt];
    needed.push(queueMicrotask, TextEncoder, URLSearchParams, DateTimeFormat, PluralRules);
    return needed.concat(formatToParts).every((one) => typeof one === "function");
  } catch {
    // A name that does not exist.
    return false;
  }
}

/** The hosted page of a session, which needs nothing of a browser. */
export function hostedPage(apiUrl: string, sessionId: string): string {
  return `${apiUrl.replace(/\/+$/, "")}/pay/${encodeURIComponent(sessionId)}`;
}

/** Leaves what stands in a widget that can't run; where nothing does, a link to the hosted page. */
export function standBack(widget: Element, defaultApiUrl: string): void {
  // What stands in it may not have been read yet.
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", () => standBack(widget, defaultApiUrl));
    return;
  }
  const sessionId = widget.getAttribute("session-id");
  if (sessionId === null || sessionId === "" || widget.firstElementChild !== null) return;
  const code = chooseLanguage([widget.getAttribute("lang"), ...navigator.languages]);
  const href = hostedPage(widget.getAttribute("api-url") ?? defaultApiUrl, sessionId);
  widget.append(h("a", { href }, new Language(code).text("name")));
}

/**
 * Gives a shadow tree its looks. `isDressed` is told true once it has them, or false where the
 * browser or the page's policy lets it have none. `sheetUrl` is the same style sheet as a file.
 */
export function dress(
  root: ShadowRoot,
  css: string,
  sheetUrl: string | undefined,
  isDressed: (isSo: boolean) => void,
): void {
  try {
    if (!("adoptedStyleSheets" in root)) throw new TypeError();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    return isDressed(true);
  } catch {
    // No constructable style sheets: an element does it as well, but for a strict policy.
    const style = h("style", {}, css);
    root.append(style);
    if (style.sheet !== null) return isDressed(true);
    if (sheetUrl === undefined) return isDressed(false);
    const link = h("link", { rel: "stylesheet", href: sheetUrl });
    link.onload = () => isDressed(true);
    link.onerror = () => isDressed(false);
    root.append(link);
  }
}
