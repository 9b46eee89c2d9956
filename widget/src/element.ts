/** `<kasgate-widget session-id api-url token?>`: one payment, shown and kept current. */

import type { Session } from "./api";
import { SessionFollower } from "./follower";
import { countdown, groupAddress, paymentLink, sompiToKas, trimKas } from "./format";
import { css } from "./styles";

const SENTENCES = {
  created: "Waiting for your payment",
  pending: "Waiting for your payment",
  confirming: "Payment received, the network is confirming it",
  confirmed: "Paid",
  expired: "This payment has expired. Do not send to its address now.",
  failed: "The shop has closed this payment",
} as const;

function create<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]> = {},
  children: (Node | string)[] = [],
): HTMLElementTagNameMap[Tag] {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/**
 * Fires `kasgate:status` on every change, `kasgate:paid` and `kasgate:expired` once each, and
 * `kasgate:error`; all bubble and leave the shadow tree. None of them is proof of payment: that is
 * the webhook's, or a call from the shop's own server.
 */
export class KasGateWidget extends HTMLElement {
  static readonly observedAttributes = ["session-id", "api-url", "token"];

  readonly #status = create("p", { className: "status", role: "status" });
  readonly #notice = create("p", { className: "quiet", role: "alert", hidden: true });
  readonly #amount = create("p", { className: "amount" });
  readonly #due = create("p", { className: "quiet", hidden: true });
  readonly #qr = create("img", { alt: "QR code of the payment link; address and amount follow" });
  readonly #address = create("p", { className: "address" });
  readonly #wallet = create("a", {}, ["Open wallet"]);
  readonly #copied = create("p", { className: "quiet said", role: "status" });
  readonly #timer = create("p", { className: "quiet", role: "timer" });
  readonly #progress = create("progress", { ariaLabel: "Confirmations" });
  readonly #count = create("p", { className: "quiet" });
  readonly #pay = create("div", { className: "stack", hidden: true });
  readonly #confirming = create("div", { className: "stack", hidden: true }, [
    this.#progress,
    this.#count,
  ]);
  #follower: SessionFollower | undefined;
  #clock: ReturnType<typeof setInterval> | undefined;
  #session: Session | undefined;
  #clockOffset = 0;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    const actions = create("div", { className: "actions" }, [
      this.#wallet,
      this.#copyButton("Copy amount", (session) => this.#amountDue(session)),
      this.#copyButton("Copy address", (session) => session.address),
    ]);
    this.#pay.append(this.#qr, this.#address, actions, this.#copied, this.#timer);
    const parts = [this.#status, this.#notice, this.#amount, this.#due, this.#pay, this.#confirming];
    root.append(create("section", { ariaLabel: "Kaspa payment" }, parts));
  }

  connectedCallback(): void {
    this.#start();
  }

  disconnectedCallback(): void {
    this.#stop();
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.#start();
  }

  #start(): void {
    this.#stop();
    const sessionId = this.getAttribute("session-id");
    if (sessionId === null) return;
    this.#session = undefined;
    this.#status.textContent = "Loading the payment…";
    this.#amount.textContent = "";
    this.#notice.hidden = this.#due.hidden = this.#pay.hidden = this.#confirming.hidden = true;
    try {
      this.#follower = new SessionFollower({
        apiUrl: this.getAttribute("api-url") ?? location.origin,
        sessionId,
        token: this.getAttribute("token") ?? undefined,
        onSession: (session, clockOffset) => this.#show(session, clockOffset),
        onFailure: (error) => this.#fail(error),
        onLink: (isUp) => this.#link(isUp),
      });
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #stop(): void {
    this.#follower?.close();
    this.#follower = undefined;
    clearInterval(this.#clock);
    this.#clock = undefined;
  }

  #show(session: Session, clockOffset: number): void {
    const before = this.#session;
    this.#session = session;
    this.#clockOffset = clockOffset;
    this.#render(session);
    if (
      before?.status !== session.status ||
      before.confirmations !== session.confirmations ||
      before.paidState !== session.paidState
    ) {
      this.#tell("status", session);
    }
    if (before?.status === session.status) return;
    if (session.status === "confirmed") this.#tell("paid", session);
    if (session.status === "expired") this.#tell("expired", session);
  }

  #render(session: Session): void {
    const isOpen = session.status === "created" || session.status === "pending";
    const isPartial = session.paidState === "partial";
    const sentence = SENTENCES[session.status];
    // Set only when it changes: a screen reader speaks each time it is written.
    if (this.#status.textContent !== sentence) this.#status.textContent = sentence;
    this.#status.dataset["status"] = session.status;
    this.#amount.textContent = `${isOpen ? this.#amountDue(session) : trimKas(session.amount)} KAS`;
    this.#due.textContent = `Part of ${trimKas(session.amount)} KAS has arrived; this is still due.`;
    this.#due.hidden = !(isOpen && isPartial);
    this.#pay.hidden = !isOpen;
    this.#confirming.hidden = session.status !== "confirming";
    this.#progress.max = Math.max(1, session.requiredConfirmations);
    this.#progress.value = session.confirmations;
    const { confirmations, requiredConfirmations } = session;
    this.#count.textContent = `${confirmations} of ${requiredConfirmations} confirmations`;
    this.#renderPayment(session, isOpen, isPartial);
  }

  #renderPayment(session: Session, isOpen: boolean, isPartial: boolean): void {
    clearInterval(this.#clock);
    if (!isOpen) return;
    // The image asks for the whole amount: once part of it is there, the link and the text serve.
    this.#qr.hidden = isPartial;
    this.#qr.src = session.qrCode;
    this.#address.textContent = groupAddress(session.address);
    this.#wallet.href = paymentLink(session.address, this.#amountDue(session));
    this.#tick();
    this.#clock = setInterval(() => this.#tick(), 1000);
  }

  #tick(): void {
    if (this.#session === undefined) return;
    const left = Date.parse(this.#session.expiresAt) - Date.now() - this.#clockOffset;
    this.#timer.textContent = `Time left: ${countdown(left)}`;
  }

  #amountDue(session: Session): string {
    return session.paidState === "partial"
      ? sompiToKas(session.remainingSompi)
      : trimKas(session.amount);
  }

  #copyButton(label: string, value: (session: Session) => string): HTMLButtonElement {
    const button = create("button", { type: "button" }, [label]);
    button.addEventListener("click", () => {
      if (this.#session !== undefined) void this.#copy(value(this.#session));
    });
    return button;
  }

  async #copy(value: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(value);
      this.#copied.textContent = "Copied";
    } catch {
      // Pages without https, and frames without permission, have no clipboard.
      this.#copied.textContent = `Copy this by hand: ${value}`;
    }
  }

  #link(isUp: boolean): void {
    this.#notice.hidden = isUp;
    this.#notice.textContent = isUp ? "" : "Connection lost; your payment is safe. Trying again…";
  }

  #fail(error: Error): void {
    this.#stop();
    this.#status.textContent = "This payment cannot be shown";
    this.#notice.hidden = false;
    this.#notice.textContent = error.message;
    this.#pay.hidden = this.#confirming.hidden = true;
    this.#dispatch("error", { sessionId: this.getAttribute("session-id"), message: error.message });
  }

  #tell(name: "status" | "paid" | "expired", session: Session): void {
    const { id, status, confirmations, requiredConfirmations, txId } = session;
    this.#dispatch(name, { sessionId: id, status, confirmations, requiredConfirmations, txId });
  }

  #dispatch(name: string, detail: object): void {
    this.dispatchEvent(new CustomEvent(`kasgate:${name}`, { detail, bubbles: true, composed: true }));
  }
}
