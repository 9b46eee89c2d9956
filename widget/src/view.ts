/** The checkout's elements: built once, shown or hidden by scene. */

import type { Session } from "./api";
import { drawing, h, icon, say, show } from "./dom";
import { Details } from "./details";
import { addressGroups, countdown, paymentLink, sompiToKas } from "./format";
import type { Wallet } from "./browser/wallets";
import type { Key, Language, Values } from "./language";
import { qrModules, qrPath } from "./qr";
import {
  CLOSED_UNPAID,
  PAYABLE,
  dueOf,
  isHurried,
  isSmallSurplus,
  roundedUpBy,
  secondsLeft,
  surplusOf,
  type Scene,
} from "./scene";

export type Copy = "amount" | "address" | "link" | "id";

/** The shopper's actions, which the element carries out. */
export interface Actions {
  copy: (what: Copy) => void;
  pay: (wallet: Wallet) => void;
  openLink: () => void;
  checkAgain: () => void;
  stay: () => void;
}

/** What the view needs besides the session. */
export interface Situation {
  scene: Scene;
  notice: "reverted" | "recount" | undefined;
  /** The extensions of this browser, the one used last first. */
  wallets: readonly Wallet[];
  /** Whether the payment link was used last. */
  prefersLink: boolean;
  returnUrl: string | undefined;
  receiptUrl: string | undefined;
  contactUrl: string | undefined;
  /** The shop's order number, if the page knows it. */
  order: string | undefined;
  /** The gateway's address, for the logo. */
  apiUrl: string;
}

const COPIES: readonly [Copy, Key][] = [
  ["amount", "copyAmount"],
  ["address", "copyAddress"],
  ["link", "copyLink"],
];
const HEADINGS: Readonly<Record<Scene, Key>> = {
  waiting: "waiting",
  partial: "partial",
  ending: "timeUp",
  seen: "seen",
  confirming: "confirming",
  paid: "paid",
  over: "paid",
  expired: "expired",
  late: "late",
  cancelled: "cancelled",
  failed: "failed",
};
const SIGNS: Readonly<Partial<Record<Scene, Parameters<typeof icon>[0]>>> = {
  waiting: "coin",
  partial: "coin",
  paid: "check",
  over: "check",
  expired: "clock",
  late: "clock",
  cancelled: "cross",
  failed: "cross",
};

export class View {
  readonly section: HTMLElement;
  readonly #language: Language;
  readonly #text: Language["text"];
  readonly #store = h("p", { class: "store", part: "store" });
  readonly #logo = h("img", { class: "logo", part: "logo", alt: "" });
  readonly #purpose = h("p", { class: "purpose", part: "purpose" });
  readonly #ribbon: HTMLElement;
  readonly #sign = h("span", { class: "sign" });
  readonly #heading = h("h2", { class: "heading", part: "heading", tabindex: "-1" });
  readonly #sentence = h("p", { class: "sentence" });
  readonly #timer = h("p", { class: "timer", part: "timer", role: "timer" });
  readonly #offline = h("p", { class: "banner", part: "banner" });
  readonly #delayed: HTMLElement;
  readonly #notice = h("p", { class: "banner", part: "banner" });
  readonly #label = h("p", { class: "label" });
  readonly #figure = h("bdi", { class: "figure" });
  readonly #fiat = h("p", { class: "fiat" });
  readonly #amount: HTMLElement;
  readonly #qr: HTMLButtonElement;
  readonly #address = h("p", { class: "address", part: "address", dir: "ltr" });
  readonly #wallet: HTMLAnchorElement;
  readonly #wallets = h("div", { class: "wallets" });
  readonly #side: HTMLElement;
  readonly #hint: HTMLElement;
  readonly #pay: HTMLElement;
  readonly #bar: HTMLElement;
  readonly #fill = h("span", { class: "fill", part: "progress-fill" });
  readonly #counted = h("span", {});
  readonly #soon = h("span", { class: "quiet" });
  readonly #progress: HTMLElement;
  readonly #check: HTMLButtonElement;
  readonly #copyId: HTMLButtonElement;
  readonly #copyButtons = new Map<Copy, HTMLButtonElement>();
  readonly #return = h("a", { class: "button main", part: "button return", target: "_top" });
  readonly #stay: HTMLButtonElement;
  readonly #receipt: HTMLAnchorElement;
  readonly #contact: HTMLAnchorElement;
  readonly #returning = h("p", { class: "quiet" });
  readonly #after: HTMLElement;
  readonly #said = h("p", { class: "feedback" });
  readonly #byHand = h("input", { class: "by-hand", readonly: "", dir: "ltr" });
  readonly #details: Details;
  readonly #polite = h("div", { class: "unseen", role: "status" });
  readonly #urgent = h("div", { class: "unseen", role: "alert" });
  readonly #actions: Actions;
  #drawn = "";
  #listed = "";
  #hasWarned = false;

  constructor(language: Language, actions: Actions) {
    this.#language = language;
    const text = (this.#text = language.text.bind(language));
    this.#ribbon = h("p", { class: "ribbon", part: "ribbon" }, text("testnet"));
    this.#delayed = h("p", { class: "banner", part: "banner" }, text("delayed"));
    this.#hint = h("p", { class: "quiet" }, text("feeHint"));
    this.#amount = h(
      "div",
      { class: "amount", part: "amount" },
      this.#label,
      h("p", { class: "sum" }, this.#figure, " ", h("span", { class: "unit" }, "KAS")),
      this.#fiat,
    );
    this.#qr = this.#button("qr", "qr", () => actions.copy("link"));
    this.#qr.setAttribute("aria-label", text("qrAlt"));
    this.#actions = actions;
    this.#wallet = h("a", { class: "button main", part: "button wallet" }, text("openWallet"));
    this.#wallet.addEventListener("click", actions.openLink);
    this.#wallets.append(this.#wallet);
    this.#side = h("div", { class: "side" }, this.#wallets, this.#qr);
    const copies = COPIES.map(([what, key]) => this.#copyButton("small", what, key, actions));
    this.#pay = h(
      "div",
      { class: "pay" },
      h("div", { class: "where" }, h("h3", { class: "label" }, text("address")), this.#address),
      h("div", { class: "copies" }, ...copies),
      this.#hint,
    );
    const scale = { role: "progressbar", "aria-label": text("confirming"), "aria-valuemin": "0" };
    this.#bar = h("div", { class: "bar", part: "progress", ...scale }, this.#fill);
    const figures = h("p", { class: "figures" }, this.#counted, this.#soon);
    this.#progress = h("div", { class: "progress" }, this.#bar, figures);
    this.#check = this.#button("", "check", actions.checkAgain, text("check"));
    this.#copyId = this.#copyButton("", "id", "copyId", actions);
    this.#stay = this.#button("", "stay", actions.stay, text("stay"));
    const receipt = { class: "button", part: "button receipt", target: "_blank", rel: "noopener" };
    this.#receipt = h("a", receipt, text("receipt"));
    const contact = { class: "button", part: "button contact", target: "_blank", rel: "noopener" };
    this.#contact = h("a", contact, text("contact"));
    this.#after = h(
      "div",
      { class: "after" },
      this.#return,
      this.#returning,
      this.#stay,
      this.#receipt,
      this.#check,
      this.#contact,
      this.#copyId,
    );
    this.#byHand.setAttribute("aria-label", text("copyByHand"));
    this.#details = new Details(language);
    this.section = h(
      "section",
      { class: "card", part: "card", role: "group", "aria-label": text("name"), dir: language.direction },
      this.#ribbon,
      h("div", { class: "head" }, h("div", { class: "shop" }, this.#logo, this.#store), this.#timer),
      this.#purpose,
      h(
        "div",
        { class: "stage" },
        this.#sign,
        h("div", { class: "words" }, this.#heading, this.#sentence),
      ),
      this.#offline,
      this.#delayed,
      this.#notice,
      this.#amount,
      this.#side,
      this.#pay,
      this.#progress,
      this.#after,
      this.#said,
      this.#byHand,
      this.#details.element,
      this.#polite,
      this.#urgent,
    );
    this.section.lang = language.code;
    this.showLoading();
  }

  /** Shows a placeholder of the final size, so that the layout does not jump. */
  showLoading(): void {
    this.#only(this.#amount, this.#side, this.#pay);
    this.section.dataset["scene"] = "loading";
    this.section.setAttribute("aria-busy", "true");
    this.#head(this.#text("loading"), "", undefined);
    say(this.#figure, "0");
    show(false, this.#hint, this.#logo, this.#purpose, this.#said, this.#byHand);
  }

  /** Shows a final error in place of a payment. */
  showFailure(isUnknown: boolean, message: string): void {
    this.#only();
    this.section.dataset["scene"] = "error";
    this.section.removeAttribute("aria-busy");
    const heading = this.#text("notFound");
    this.#head(heading, isUnknown ? this.#text("notFoundText") : message, "alert");
    say(this.#urgent, heading);
  }

  showSession(session: Session, situation: Situation): void {
    const { scene } = situation;
    const hadFocus = this.#focused();
    this.section.dataset["scene"] = scene;
    this.section.removeAttribute("aria-busy");
    const isPayable = PAYABLE.includes(scene);
    const isPaid = scene === "paid" || scene === "over";
    const isClosed = CLOSED_UNPAID.includes(scene);
    say(this.#store, session.merchantName ?? "");
    this.#showShop(session, situation);
    show(!session.address.startsWith("kaspa:"), this.#ribbon);
    show(session.delayed, this.#delayed);
    this.#head(this.#text(HEADINGS[scene]), this.#sentenceOf(session, scene), SIGNS[scene]);
    show(situation.notice !== undefined, this.#notice);
    say(this.#notice, situation.notice === undefined ? "" : this.#text(situation.notice));
    this.#showAmount(session, scene);
    show(isPayable, this.#side, this.#pay, this.#timer);
    if (isPayable) this.#showPayment(session, situation);
    else show(false, this.#said, this.#byHand);
    show(scene === "confirming", this.#progress);
    if (scene === "confirming") this.#showConfirmations(session);
    this.#showReturn(session, situation, isPaid, isClosed);
    show(scene === "expired", this.#check);
    show(isClosed || scene === "over", this.#copyId);
    const mayAsk = scene === "partial" && situation.contactUrl !== undefined;
    show(isPaid || isClosed || mayAsk, this.#after);
    this.#details.show(session);
    if (hadFocus && this.#focused() === null) this.#heading.focus();
  }

  get heading(): string {
    return this.#heading.textContent ?? "";
  }

  /** Reads the new state out to screen readers. A payment that closed unpaid interrupts. */
  announce(scene: Scene): void {
    const region = CLOSED_UNPAID.includes(scene) ? this.#urgent : this.#polite;
    say(region, `${this.#heading.textContent}. ${this.#sentence.textContent}`);
  }

  /** Shows the time left; `left` and `whole` in milliseconds. */
  showTime(left: number, whole: number): void {
    const time = countdown(left);
    const hurried = isHurried(left, whole);
    this.#timer.classList.toggle("hurried", hurried);
    if (hurried) {
      this.#timer.replaceChildren(icon("clock"), this.#text("hurry", { time }));
    } else {
      const label = h("span", { class: "unseen" }, `${this.#text("timeLeft")} `);
      this.#timer.replaceChildren(icon("clock"), label, time);
    }
    if (left > 60_000) this.#hasWarned = false;
    else if (!this.#hasWarned) {
      this.#hasWarned = true;
      say(this.#polite, this.#text("minute"));
    }
  }

  showLink(isUp: boolean, lastHeard: number | undefined): void {
    show(!isUp, this.#offline);
    if (isUp) return;
    const since = lastHeard === undefined ? "" : this.#language.time(lastHeard);
    const update = since === "" ? "" : ` ${this.#text("lastUpdate", { time: since })}`;
    say(this.#offline, this.#text("offline") + update);
    say(this.#polite, this.#text("offline"));
  }

  /** Shows the result of a button. */
  feedback(key: Key, values?: Values): void {
    const sentence = this.#text(key, values);
    show(true, this.#said);
    show(false, this.#byHand);
    say(this.#said, sentence);
    this.#speak(sentence);
  }

  /** Shows "Copied" on the button until clearFeedback(). */
  copied(what: Copy): void {
    this.clearFeedback();
    const copied = this.#text("copied");
    const button = this.#copyButtons.get(what);
    button?.classList.add("done");
    button?.replaceChildren(icon("check"), h("span", {}, copied));
    this.#speak(copied);
  }

  /** Shows the value selected, for the shopper to copy. */
  copyByHand(value: string): void {
    this.feedback("copyByHand");
    show(true, this.#byHand);
    this.#byHand.value = value;
    this.#byHand.focus();
    this.#byHand.select();
  }

  clearFeedback(): void {
    if (this.#byHand.hidden) show(false, this.#said);
    for (const [what, button] of this.#copyButtons) {
      if (!button.classList.contains("done")) continue;
      button.classList.remove("done");
      this.#relabel(button, what);
    }
  }

  #speak(sentence: string): void {
    // Cleared first, so that a repeated sentence is read out again.
    this.#polite.textContent = "";
    this.#polite.textContent = sentence;
  }

  /** Shows the countdown to the shop's page; undefined hides it. */
  showReturning(seconds: number | undefined): void {
    show(seconds !== undefined, this.#returning, this.#stay);
    if (seconds === undefined) return;
    say(this.#returning, this.#text("redirecting", { n: seconds }));
  }

  #button(look: string, part: string, act: () => void, ...children: string[]): HTMLButtonElement {
    const attributes = { type: "button", class: `button ${look}`, part: `button ${part}` };
    const button = h("button", attributes, ...children);
    button.addEventListener("click", act);
    return button;
  }

  #copyButton(look: string, what: Copy, key: Key, actions: Actions): HTMLButtonElement {
    const button = this.#button(look, `copy-${what}`, () => actions.copy(what));
    this.#copyButtons.set(what, button);
    button.dataset["label"] = this.#text(key);
    this.#relabel(button, what);
    return button;
  }

  #relabel(button: HTMLButtonElement, what: Copy): void {
    const sign = icon(what === "link" ? "link" : "copy");
    button.replaceChildren(sign, h("span", {}, button.dataset["label"] ?? ""));
  }

  #focused(): Element | null {
    const root = this.section.getRootNode();
    const active = root instanceof ShadowRoot ? root.activeElement : null;
    // Hiding the focused element moves the focus immediately in some browsers, later in others.
    return active !== null && active.closest("[hidden]") === null ? active : null;
  }

  /** Hides all parts except the head and `shown`. */
  #only(...shown: HTMLElement[]): void {
    const parts = [
      this.#ribbon,
      this.#timer,
      this.#offline,
      this.#delayed,
      this.#notice,
      this.#amount,
      this.#side,
      this.#pay,
      this.#progress,
      this.#after,
      this.#said,
      this.#byHand,
      this.#details.element,
      this.#purpose,
      this.#logo,
    ];
    show(false, ...parts);
    show(true, ...shown);
  }

  #head(heading: string, sentence: string, sign: Parameters<typeof icon>[0] | undefined): void {
    say(this.#heading, heading);
    say(this.#sentence, sentence);
    show(sentence !== "", this.#sentence);
    this.#sign.className = sign === undefined ? "sign busy" : `sign ${sign}`;
    this.#sign.replaceChildren(...(sign === undefined ? [] : [icon(sign)]));
  }

  #sentenceOf(session: Session, scene: Scene): string {
    const received = this.#language.kas(session.receivedSompi);
    const due = this.#language.kas(dueOf(session));
    switch (scene) {
      case "waiting":
        return this.#text("scan");
      case "partial":
        return this.#text("partialText", { received, due }) + this.#roundedUp(session);
      case "ending":
        return "";
      case "seen":
        return this.#text("seenText");
      case "confirming":
        return this.#text("confirmingText");
      case "paid":
        return this.#text("paidText");
      case "over":
        return `${this.#text("paidText")} ${this.#surplus(session)}`;
      case "cancelled":
      case "failed":
      case "expired": {
        const hasPart = session.receivedSompi !== "0";
        const part = hasPart ? ` ${this.#text("expiredPartial", { received })}` : "";
        return this.#text("expiredText") + part;
      }
      case "late":
        return this.#text("lateText", { received });
    }
  }

  #roundedUp(session: Session): string {
    const surplus = roundedUpBy(session);
    return surplus > 0n ? ` ${this.#text("smallSurplus", { amount: this.#language.kas(surplus) })}` : "";
  }

  #surplus(session: Session): string {
    const amount = this.#language.kas(surplusOf(session));
    return this.#text(isSmallSurplus(session) ? "smallSurplus" : "surplus", { amount });
  }

  #showAmount(session: Session, scene: Scene): void {
    const isPayable = PAYABLE.includes(scene);
    show(!CLOSED_UNPAID.includes(scene) && scene !== "ending", this.#amount);
    const label = scene === "partial" ? this.#text("stillDue") : isPayable ? this.#text("sendExactly") : "";
    say(this.#label, label);
    show(label !== "", this.#label);
    const isSettled = scene === "confirming" || scene === "paid" || scene === "over";
    const sompi = isSettled ? session.receivedSompi : dueOf(session);
    say(this.#figure, this.#language.kas(sompi));
    const { fiat } = session;
    const isWhole = scene !== "partial" && scene !== "over";
    show(fiat !== undefined && isWhole, this.#fiat);
    if (fiat !== undefined) say(this.#fiat, `≈ ${this.#language.money(fiat.value, fiat.currency)}`);
  }

  /** The shop, and what the shopper pays for. */
  #showShop({ brand = {}, description }: Session, { order, apiUrl }: Situation): void {
    const parts = [order === undefined ? "" : this.#text("order", { id: order }), description ?? ""];
    const purpose = parts.filter((part) => part !== "").join(" · ");
    say(this.#purpose, purpose);
    show(purpose !== "", this.#purpose);
    show(brand.logoUrl !== undefined, this.#logo);
    const logo = apiUrl + (brand.logoUrl ?? "");
    if (brand.logoUrl !== undefined && this.#logo.getAttribute("src") !== logo) this.#logo.src = logo;
    // Only surfaces have the shop's colour: its contrast with the card's paper is not known.
    const { style } = this.section;
    if (brand.color !== undefined && brand.textColor !== undefined) {
      style.setProperty("--brand", brand.color);
      style.setProperty("--on-brand", brand.textColor);
    } else {
      style.removeProperty("--brand");
      style.removeProperty("--on-brand");
    }
  }

  /** A button for each wallet, and the link. The first one stands out. */
  #showWallets({ wallets, prefersLink }: Situation): void {
    const listed = JSON.stringify([prefersLink, ...wallets.map(({ id, name }) => [id, name])]);
    if (listed === this.#listed) return;
    this.#listed = listed;
    const buttons: HTMLElement[] = wallets.map((wallet) =>
      this.#button("", "extension", () => this.#actions.pay(wallet), this.#text("payWith", { wallet: wallet.name })),
    );
    const all = prefersLink ? [this.#wallet, ...buttons] : [...buttons, this.#wallet];
    for (const [place, button] of all.entries()) button.classList.toggle("main", place === 0);
    this.#wallets.replaceChildren(...all);
  }

  #showPayment(session: Session, situation: Situation): void {
    const link = paymentLink(session.address, sompiToKas(dueOf(session)));
    show(situation.scene === "partial", this.#hint);
    this.#showWallets(situation);
    if (link === this.#drawn) return;
    this.#drawn = link;
    this.#wallet.setAttribute("href", link);
    const modules = qrModules(link);
    this.#qr.replaceChildren(drawing(modules.length + 8, qrPath(modules), "modules"));
    // Margins separate the groups, so that a copied selection has no spaces.
    const groups = addressGroups(session.address).map((group) => h("span", {}, group));
    this.#address.replaceChildren(...groups);
  }

  #showConfirmations(session: Session): void {
    const { confirmations, requiredConfirmations } = session;
    const total = Math.max(1, requiredConfirmations);
    const counted = this.#text("confirmations", { n: confirmations, total });
    this.#bar.setAttribute("aria-valuemax", String(total));
    this.#bar.setAttribute("aria-valuenow", String(confirmations));
    this.#bar.setAttribute("aria-valuetext", counted);
    this.#fill.style.width = `${(100 * confirmations) / total}%`;
    say(this.#counted, counted);
    say(this.#soon, this.#text("secondsLeft", { n: secondsLeft(session) }));
  }

  #showReturn(
    session: Session,
    { scene, returnUrl, receiptUrl, contactUrl }: Situation,
    isPaid: boolean,
    isClosed: boolean,
  ): void {
    const store = session.merchantName;
    show(returnUrl !== undefined && (isPaid || isClosed), this.#return);
    if (returnUrl !== undefined) this.#return.href = returnUrl;
    say(this.#return, store === undefined ? this.#text("returnShop") : this.#text("returnTo", { store }));
    show(isPaid && receiptUrl !== undefined, this.#receipt);
    if (receiptUrl !== undefined) this.#receipt.href = receiptUrl;
    show(contactUrl !== undefined && (isClosed || scene === "over" || scene === "partial"), this.#contact);
    if (contactUrl !== undefined) this.#contact.href = contactUrl;
    if (!isPaid) this.showReturning(undefined);
  }
}
