import { defaultApiUrl, KasGateWidget } from "./element";
import { standBack } from "./browser/support";

if (typeof customElements === "undefined") {
  document.addEventListener("DOMContentLoaded", () => {
    for (const widget of document.querySelectorAll("kasgate-widget")) {
      standBack(widget, defaultApiUrl());
    }
  });
} else if (customElements.get("kasgate-widget") === undefined) {
  // A page that includes the script twice keeps the first definition.
  customElements.define("kasgate-widget", KasGateWidget);
}

export { open } from "./modal";
export { KasGateWidget };
