/** `<kasgate-widget session-id api-url>`: one payment, shown and kept current. */

import { ApiError, clockOffsetOf, isRecord, readSession, type Json, type Session } from "./api";
import { copyText } from "./browser/clipboard";
import { h } from "./dom";
import { SessionFollower } from "./follower";
import { contactLink, paymentLink, returnLink, sompiToKas } from "./format";
import { discover } from "./browser/announced";
import { lastUsed, LINK, remember, wallets, type Wallet } from "./browser/wallets";
import { chooseLanguage, isLoaded, Language, loadTexts, takeTexts } from "./language";
import { dueOf, PAYABLE, reversalOf, sceneOf, type Scene } from "./scene";
import { css } from "./styles";
import { dress, isCapable, standBack } from "./browser/support";
import { View, type Copy } from "./view";
import { WakeLock } from "./browser/wake-lock";

const REDIRECT_SECONDS = 5;
const FEEDBACK_MS = 3000;
const ASK_AGAIN_MS = 10_000;
/** For this long the data in the page counts as a fresh answer. */
const DELIVERED_MS = 5000;
/** A wallet that a link opens covers the page or takes the focus within this time. */
const OPENED_MS = 2500;
const SCRIPT_PLACE = placeOf(document.currentScript);

/** The gateway's address, which may include a path, from the script's address. */
function placeOf(script: unknown): string | undefined {
  if (!(script instanceof HTMLScriptElement) || script.src === "") return undefined;
  return /^([^?#]*)\/widget\/[^/?#]*(?:[?#]|$)/.exec(script.src)?.[1] ?? new URL(script.src).origin;
}

/** The gateway's address without `api-url`: where the script came from. */
export function defaultApiUrl(): string {
  return SCRIPT_PLACE ?? location.origin;
}

/**
 * Attributes: `session-id`, `api-url`, and optionally `token`, `theme` (light, dark, auto), `lang`,
 * `order` (the shop's order number, to show) and `redirect` (`auto`: go to the shop's page five
 * seconds after the payment).
 *
 * The element's content is shown until the widget takes over. On the hosted page that content is the
 * server's card, in a frame that refreshes itself. The widget takes over once it has its styles, and
 * from such a card once it has a payment to show. In a browser that lacks a feature it never does.
 *
 * Fires `kasgate:status` on every change, `kasgate:paid` and `kasgate:expired` once each, and
 * `kasgate:error`. All bubble and leave the shadow tree. None of them is proof of payment: use the
 * webhook or a call from the shop's server.
 */
export class KasGateWidget extends HTMLElement {
  static readonly observedAttributes = ["session-id", "api-url", "token", "lang", "order", "redirect"];

  readonly #wake = new WakeLock();
  #root: ShadowRoot | undefined;
  /** Holds the view. The class is for kasgate.css, in case the shadow tree can have no style sheet. */
  readonly #box = h("div", { class: "kasgate" }, h("slot"));
  #isDressed = false;
  #view!: View;
  /** Whether the texts are loaded and the view is drawn. */
  #hasBegun = false;
  #endDiscovery: (() => void) | undefined;
  #previewed: Session | undefined;
  #title: string | undefined;
  #follower: SessionFollower | undefined;
  #clock: ReturnType<typeof setInterval> | undefined;
  #quiet: ReturnType<typeof setTimeout> | undefined;
  #session: Session | undefined;
  #scene: Scene | undefined;
  #notice: ReturnType<typeof reversalOf>;
  #clockOffset = 0;
  #lastHeard: number | undefined;
  /** The longest time left so far, in milliseconds. The timer warns in its last fifth. */
  #whole = 0;
  #returnAt: number | undefined;
  /** No redirect: the shopper chose to stay, or opened a payment that was already paid. */
  #staysHere = false;
  readonly #told = new Set<string>();

  connectedCallback(): void {
    if (this.#isDressed) return this.#begin();
    if (!isCapable()) return standBack(this, defaultApiUrl());
    if (this.#root !== undefined) return;
    this.#root = this.attachShadow({ mode: "open" });
    this.#root.append(this.#box);
    dress(this.#root, css, `${this.#apiUrl}/widget/kasgate.css`, (isDressed) => {
      this.#isDressed = isDressed;
      if (!isDressed) standBack(this, defaultApiUrl());
      else if (this.isConnected) this.#begin();
    });
  }

  /** Shows an answer of `GET /api/v1/sessions/{id}` that the dashboard made up. Calls no gateway. */
  preview(body: Json): void {
    this.#previewed = readSession(body);
    if (typeof body["orderId"] === "string") this.setAttribute("order", body["orderId"]);
    if (this.#hasBegun) this.#take(this.#previewed, 0);
  }

  get #apiUrl(): string {
    return (this.getAttribute("api-url") ?? defaultApiUrl()).replace(/\/+$/, "");
  }

  #begin(): void {
    this.#takeDeliveredTexts();
    this.#endDiscovery?.();
    this.#endDiscovery = discover(() => this.#render());
    this.#withTexts(() => {
      this.#view = this.#draw();
      this.#hasBegun = true;
      this.#start();
      if (this.#previewed !== undefined) this.#take(this.#previewed, 0);
    });
  }

  /** Calls `draw` once the texts of the wanted language are there: at once, if they are. */
  #withTexts(draw: () => void): void {
    const code = this.#wanted;
    if (isLoaded(code)) return draw();
    void loadTexts(code, this.#apiUrl).then(() => {
      if (this.isConnected && code === this.#wanted) draw();
    });
  }

  get #wanted(): string {
    const asked = new URLSearchParams(location.search).get("lang");
    return chooseLanguage([this.getAttribute("lang"), asked, ...navigator.languages]);
  }

  /** The texts that the hosted page was delivered with, which saves a call. */
  #takeDeliveredTexts(): void {
    const data = this.querySelector("script.texts");
    try {
      if (data !== null) takeTexts(this.#wanted, JSON.parse(data.textContent ?? ""));
    } catch {
      // They are loaded instead.
    }
  }

  get #hasCard(): boolean {
    return this.querySelector("iframe") !== null;
  }

  #takeOver(): void {
    this.querySelector("iframe")?.remove();
    this.#box.replaceChildren(this.#view.section);
  }

  disconnectedCallback(): void {
    this.#endDiscovery?.();
    this.#endDiscovery = undefined;
    this.#stop();
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (!this.isConnected || !this.#hasBegun || before === now) return;
    if (name === "lang") {
      this.#withTexts(() => {
        this.#view = this.#draw();
        if (!this.#hasCard) this.#takeOver();
        this.#render();
      });
    } else if (name === "redirect" || name === "order") {
      this.#render();
    } else {
      this.#start();
    }
  }

  #draw(): View {
    this.#box.setAttribute("theme", this.getAttribute("theme") ?? "");
    return new View(new Language(this.#wanted), {
      copy: (what) => void this.#copy(what),
      pay: (wallet) => void this.#pay(wallet),
      openLink: () => this.#openLink(),
      checkAgain: () => void this.#checkAgain(),
      stay: () => this.#stay(),
    });
  }

  #start(): void {
    this.#stop();
    this.#session = this.#scene = this.#notice = this.#returnAt = this.#lastHeard = undefined;
    this.#staysHere = false;
    this.#whole = 0;
    this.#told.clear();
    this.#view.showLoading();
    if (!this.#hasCard) this.#takeOver();
    const sessionId = this.getAttribute("session-id");
    if (sessionId === null || sessionId === "") return;
    try {
      this.#follower = new SessionFollower({
        apiUrl: this.#apiUrl,
        sessionId,
        token: this.getAttribute("token") ?? undefined,
        first: this.#delivered(sessionId),
        onSession: (session, clockOffset) => this.#take(session, clockOffset),
        onFailure: (error) => this.#fail(error),
        onLink: (isUp) => this.#view.showLink(isUp, this.#lastHeard),
      });
      this.#clock = setInterval(() => this.#tick(), 1000);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #stop(): void {
    this.#follower?.close();
    this.#follower = undefined;
    clearInterval(this.#clock);
    clearTimeout(this.#quiet);
    this.#wake.hold(false);
  }

  /** The session that the hosted page was delivered with, which saves the first call. */
  #delivered(sessionId: string): { session: Session; clockOffset: number } | undefined {
    const data = this.querySelector('script[type="application/json"]:not(.texts)')?.textContent;
    try {
      const body: unknown = JSON.parse(data ?? "");
      if (!isRecord(body) || body["id"] !== sessionId) return undefined;
      const [page] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
      const age = page === undefined ? 0 : performance.now() - page.responseStart;
      // The script came long after its page, so the data is out of date.
      if (age > DELIVERED_MS) return undefined;
      return { session: readSession(body), clockOffset: clockOffsetOf(body, Date.now() - age) ?? 0 };
    } catch {
      // Nothing usable was delivered: the first call loads the session.
      return undefined;
    }
  }

  #take(session: Session, clockOffset: number): void {
    const before = this.#session;
    this.#session = session;
    this.#clockOffset = clockOffset;
    this.#lastHeard = Date.now();
    if (before === undefined) this.#staysHere = session.status === "confirmed";
    const reversal = reversalOf(before, session);
    if (reversal !== undefined) this.#notice = reversal;
    else if (before !== undefined && before.status !== session.status) this.#notice = undefined;
    this.#render();
    if (this.#hasCard) this.#takeOver();
    if (
      before?.status !== session.status ||
      before.confirmations !== session.confirmations ||
      before.receivedSompi !== session.receivedSompi ||
      before.late !== session.late
    ) {
      this.#tell("status", session);
    }
    if (session.status === "confirmed") this.#tellOnce("paid", session);
    if (session.status === "expired") this.#tellOnce("expired", session);
  }

  #timeLeft(session: Session): number {
    return Date.parse(session.expiresAt) - Date.now() - this.#clockOffset;
  }

  #render(): void {
    const session = this.#session;
    if (session === undefined) return;
    const left = this.#timeLeft(session);
    const scene = sceneOf(session, left);
    const { redirectUrl } = session;
    const returnUrl = redirectUrl === undefined ? undefined : returnLink(redirectUrl, session.id);
    const order = this.getAttribute("order") ?? undefined;
    this.#view.showSession(session, {
      scene,
      notice: this.#notice,
      wallets: wallets(),
      prefersLink: lastUsed() === LINK,
      returnUrl,
      receiptUrl: session.checkoutUrl && `${session.checkoutUrl}/receipt?lang=${this.#wanted}`,
      contactUrl: contactLink(session.brand ?? {}, session.id, order),
      order,
      apiUrl: this.#apiUrl,
    });
    this.#nameTab(session);
    this.#showTime(left);
    const isPayable = PAYABLE.includes(scene);
    this.#wake.hold(isPayable && this.#follower !== undefined);
    if (scene === "paid" || scene === "over") this.#planReturn(returnUrl);
    if (scene !== this.#scene) {
      this.#view.announce(scene);
      if (scene === "ending") void this.#follower?.refresh();
    }
    this.#scene = scene;
  }

  #showTime(left: number): void {
    this.#whole = Math.max(this.#whole, left);
    if (left > 0) this.#view.showTime(left, this.#whole);
  }

  #tick(): void {
    const session = this.#session;
    if (session === undefined) return;
    const left = this.#timeLeft(session);
    if (sceneOf(session, left) !== this.#scene) this.#render();
    else this.#showTime(left);
    const silence = Date.now() - (this.#lastHeard ?? 0);
    // No event of this session may follow the node's return or the deadline, so ask.
    if ((session.delayed || this.#scene === "ending") && silence > ASK_AGAIN_MS) {
      this.#lastHeard = Date.now();
      void this.#follower?.refresh();
    }
    if (this.#returnAt === undefined) return;
    const seconds = Math.ceil((this.#returnAt - Date.now()) / 1000);
    this.#view.showReturning(Math.max(0, seconds));
    if (seconds <= 0) this.#goBack();
  }

  #planReturn(url: string | undefined): void {
    const isWanted = this.getAttribute("redirect") === "auto" && !this.#staysHere;
    if (url === undefined || !isWanted) {
      this.#returnAt = undefined;
      this.#view.showReturning(undefined);
    } else if (this.#returnAt === undefined) {
      this.#returnAt = Date.now() + REDIRECT_SECONDS * 1000;
      this.#view.showReturning(REDIRECT_SECONDS);
    }
  }

  #goBack(): void {
    this.#returnAt = undefined;
    const url = returnLink(this.#session?.redirectUrl ?? "", this.#session?.id ?? "");
    if (url !== undefined) window.open(url, "_top");
  }

  #stay(): void {
    this.#staysHere = true;
    this.#render();
  }

  /** The tab of the hosted page has the state in its title. A shop's page keeps its own. */
  #nameTab({ checkoutUrl = "" }: Session): void {
    if (location.href.replace(/[?#].*/, "") !== checkoutUrl) return;
    this.#title ??= document.title.replace(/^.*? · /, "");
    document.title = `${this.#view.heading} · ${this.#title}`;
  }

  /** Says what to do if the link opened nothing: a browser does not tell. */
  #openLink(): void {
    remember(LINK);
    setTimeout(() => {
      if (this.#scene === undefined || !PAYABLE.includes(this.#scene)) return;
      if (document.visibilityState === "visible" && document.hasFocus()) this.#view.feedback("noWallet");
    }, OPENED_MS);
  }

  async #copy(what: Copy): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    const amount = sompiToKas(dueOf(session));
    const value = {
      amount,
      address: session.address,
      link: paymentLink(session.address, amount),
      id: session.id,
    }[what];
    if (await copyText(value, this.#box)) this.#view.copied(what);
    else this.#view.copyByHand(value);
    this.#quietLater();
  }

  async #pay(wallet: Wallet): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    remember(wallet.id);
    const { address, network } = session;
    const problem = await wallet.pay({ address, sompi: dueOf(session), network });
    if (problem === undefined) return;
    const values = { wallet: wallet.name, network: network ?? address.split(":")[0] ?? "" };
    this.#view.feedback(problem, values);
  }

  async #checkAgain(): Promise<void> {
    const before = this.#session;
    await this.#follower?.refresh();
    const now = this.#session;
    if (now !== undefined && now.receivedSompi === before?.receivedSompi) {
      this.#view.feedback("checkedNone");
      this.#quietLater();
    }
  }

  #quietLater(): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#view.clearFeedback(), FEEDBACK_MS);
  }

  #fail(error: Error): void {
    this.#stop();
    const isUnknown = error instanceof ApiError && error.isFinal;
    // The server's card keeps working without the widget.
    if (!this.#hasCard) this.#view.showFailure(isUnknown, error.message);
    this.#dispatch("error", { sessionId: this.getAttribute("session-id"), message: error.message });
  }

  #tellOnce(name: "paid" | "expired", session: Session): void {
    if (this.#told.has(name)) return;
    this.#told.add(name);
    this.#tell(name, session);
  }

  #tell(name: "status" | "paid" | "expired", session: Session): void {
    const { id, status, confirmations, requiredConfirmations, txId, paidState, late } = session;
    const detail = { sessionId: id, status, confirmations, requiredConfirmations, txId };
    this.#dispatch(name, { ...detail, paidState, late });
  }

  #dispatch(name: string, detail: object): void {
    const type = `kasgate:${name}`;
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
    // The hosted page in a frame sends its events only to the sites that may frame it.
    const origins = this.getAttribute("notify-origins")?.split(" ") ?? [];
    if (window.parent === window) return;
    for (const origin of origins) {
      if (origin !== "" && origin !== "*") window.parent.postMessage({ type, detail }, origin);
    }
  }
}
