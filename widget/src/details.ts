/** The expandable part: every figure of the payment, for comparison. */

import type { Session } from "./api";
import { h, show } from "./dom";
import { kasToSompi, shortId, transactionPage } from "./format";
import type { Key, Language } from "./language";

const STATES = {
  seen: "stateSeen",
  accepted: "stateAccepted",
  confirmed: "stateConfirmed",
  withdrawn: "stateWithdrawn",
} as const;

export class Details {
  readonly element: HTMLDetailsElement;
  readonly #language: Language;
  readonly #list = h("dl", {});
  #written = "";

  constructor(language: Language) {
    this.#language = language;
    const summary = h("summary", {}, language.text("details"));
    this.element = h("details", { part: "details" }, summary, this.#list);
  }

  show(session: Session): void {
    show(true, this.element);
    const written = JSON.stringify(session, ["amount", "receivedSompi", "payments", "txId", "state"]);
    // Rebuilt only after a change, so that a text selection is kept.
    if (written === this.#written) return;
    this.#written = written;
    const kas = (sompi: string | bigint): string => `${this.#language.kas(sompi)} KAS`;
    this.#list.replaceChildren(...this.#row("total", kas(kasToSompi(session.amount))));
    if (session.receivedSompi !== "0") {
      this.#list.append(...this.#row("received", kas(session.receivedSompi)));
    }
    if (session.fiat !== undefined) this.#list.append(...this.#row("rate", this.#rate(session)));
    if (session.network !== undefined) {
      this.#list.append(...this.#row("network", session.network));
    }
    this.#list.append(...this.#row("paymentId", session.id));
    if (session.payments.length > 0) {
      const lines = session.payments.map((payment) => {
        const page = transactionPage(session.explorerUrl ?? "", payment.txId);
        const id = { class: "mono", title: payment.txId };
        const name = shortId(payment.txId);
        const shown =
          page === undefined
            ? h("span", id, name)
            : h("a", { ...id, href: page, target: "_blank", rel: "noopener noreferrer" }, name);
        const state = this.#language.text(STATES[payment.state]);
        return h("span", { class: "line" }, `${kas(payment.amountSompi)}, ${state} `, shown);
      });
      this.#list.append(...this.#row("payments", ...lines));
    }
    const { explorerUrl = "" } = session;
    if (transactionPage(explorerUrl, "") !== undefined) {
      const attributes = { href: explorerUrl, target: "_blank", rel: "noopener noreferrer" };
      this.#list.append(h("dt", {}), h("dd", {}, h("a", attributes, this.#language.text("explorer"))));
    }
  }

  #rate(session: Session): string {
    const { fiat } = session;
    if (fiat === undefined) return "";
    const price = `1 KAS = ${this.#language.money(fiat.rate, fiat.currency)}`;
    const at = Date.parse(fiat.at ?? "");
    return Number.isNaN(at) ? price : `${price} (${this.#language.moment(at)})`;
  }

  #row(key: Key, ...value: (Node | string)[]): [HTMLElement, HTMLElement] {
    return [h("dt", {}, this.#language.text(key)), h("dd", {}, ...value)];
  }
}
