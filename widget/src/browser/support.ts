/** The browser features that the widget needs, tested before it changes the page. */

import { h } from "../dom";
import { chooseLanguage, isLoaded, Language, loadTexts } from "../language";

/** Whether this browser has every feature that the widget requires; the others have fallbacks. */
export function isCapable(): boolean {
  try {
    const { attachShadow, replaceChildren } = Element.prototype;
    const { DateTimeFormat, NumberFormat, PluralRules } = Intl;
    const { formatToParts } = NumberFormat.prototype;
    const needed: unknown[] = [attachShadow, replaceChildren, customElements.define, fetch, BigInt];
    needed.push(queueMicrotask, TextEncoder, URLSearchParams, DateTimeFormat, PluralRules);
    return needed.concat(formatToParts).every((one) => typeof one === "function");
  } catch {
    // A global does not exist.
    return false;
  }
}

/** The hosted page of a session, which works in every browser. */
export function hostedPage(apiUrl: string, sessionId: string): string {
  return `${apiUrl.replace(/\/+$/, "")}/pay/${encodeURIComponent(sessionId)}`;
}

/** Keeps the content of a widget that cannot run; an empty one gets a link to the hosted page. */
export function standBack(widget: Element, defaultApiUrl: string): void {
  // Its content may not be parsed yet.
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", () => standBack(widget, defaultApiUrl));
    return;
  }
  const sessionId = widget.getAttribute("session-id");
  if (sessionId === null || sessionId === "" || widget.firstElementChild !== null) return;
  const code = chooseLanguage([widget.getAttribute("lang"), ...navigator.languages]);
  const href = hostedPage(widget.getAttribute("api-url") ?? defaultApiUrl, sessionId);
  const link = h("a", { href }, new Language(code).text("name"));
  widget.append(link);
  if (isLoaded(code)) return;
  void loadTexts(code, defaultApiUrl).then(() => (link.textContent = new Language(code).text("name")));
}

/**
 * Adds the styles to a shadow tree. Calls `isDressed` with true once they apply, or with false if the
 * browser or the page's policy allows none. `sheetUrl` is the same style sheet as a file.
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
    // No constructable style sheets: use a style element, which a strict policy may forbid.
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
