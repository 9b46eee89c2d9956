/** `KasGate.open(sessionId)`: the widget in a modal dialog over the shop's page. */

import { h, icon } from "./dom";
import { defaultApiUrl } from "./element";
import { chooseLanguage, isLoaded, Language, loadTexts } from "./language";
import { modalCss } from "./styles";
import { dress, hostedPage, isCapable } from "./browser/support";

export interface OpenOptions {
  /** The gateway's address. Default: where the script came from. */
  apiUrl?: string;
  token?: string;
  theme?: "light" | "dark" | "auto";
  lang?: string;
  redirect?: "auto";
  /** The shop's order number, to show. */
  order?: string;
  /** Gets the focus when the dialog closes. Default: the element that had it. */
  returnFocus?: HTMLElement;
  /** Called once, with the detail of `kasgate:paid`. */
  onPaid?: (detail: unknown) => void;
  onClose?: () => void;
}

export interface Checkout {
  /** The widget, for its events. */
  widget: HTMLElement;
  close: () => void;
}

/**
 * Opens the checkout of a session in the browser's modal dialog, which keeps the focus inside, makes
 * the page behind it inert and closes on Escape. Then the focus returns to where it was. A browser
 * that cannot show the dialog goes to the hosted page.
 */
export function open(sessionId: string, options: OpenOptions = {}): Checkout {
  const opener = document.activeElement;
  const code = chooseLanguage([options.lang, ...navigator.languages]);
  const apiUrl = options.apiUrl ?? defaultApiUrl();
  const widget = h("kasgate-widget" as "div", {
    "session-id": sessionId,
    "api-url": apiUrl,
    lang: code,
  });
  for (const name of ["token", "theme", "redirect", "order"] as const) {
    const value = options[name];
    if (value !== undefined) widget.setAttribute(name, value);
  }
  const close = h("button", { type: "button", class: "close" }, icon("cross"));
  const dialog = h("dialog", {}, h("div", { class: "frame" }, close, widget));
  const label = (): void => {
    const language = new Language(code);
    close.setAttribute("aria-label", language.text("close"));
    dialog.setAttribute("aria-label", language.text("name"));
    dialog.lang = language.code;
  };
  label();
  if (!isLoaded(code)) void loadTexts(code, apiUrl).then(label);
  const host = h("div", { "data-kasgate": "modal" });
  const leave = (): void => location.assign(hostedPage(apiUrl, sessionId));
  if (!isCapable() || !("showModal" in dialog)) {
    leave();
    return { widget, close: () => undefined };
  }
  const root = host.attachShadow({ mode: "open" });
  root.append(dialog);
  close.addEventListener("click", () => dialog.close());
  widget.addEventListener("kasgate:paid", (event) => {
    options.onPaid?.((event as CustomEvent<unknown>).detail);
  });
  dialog.addEventListener("close", () => {
    host.remove();
    giveFocus(options.returnFocus ?? opener);
    options.onClose?.();
  });
  document.body.append(host);
  dress(root, modalCss, undefined, (isDressed) => {
    if (isDressed) dialog.showModal();
    else leave();
  });
  return { widget, close: () => dialog.close() };
}

/** Gives the focus back. A control that the shop disabled meanwhile can't take it, so its surroundings do. */
function giveFocus(opener: Element | null): void {
  for (let place = opener; place instanceof HTMLElement && place !== document.body; place = place.parentElement) {
    if (!place.isConnected) return;
    place.focus();
    if (document.activeElement === place) return;
    if (place !== opener && !place.hasAttribute("tabindex")) {
      place.setAttribute("tabindex", "-1");
      place.focus();
      if (document.activeElement === place) return;
    }
  }
}
