import { KasGateWidget } from "./element";

// A page that includes the script twice keeps the first definition.
if (customElements.get("kasgate-widget") === undefined) {
  customElements.define("kasgate-widget", KasGateWidget);
}

export { open } from "./modal";
export { KasGateWidget };
