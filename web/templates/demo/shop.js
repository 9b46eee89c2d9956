// The demo shop's page: places the order, shows the checkout and controls the demo wallet.
"use strict";

const place = document.querySelector("#checkout");
const wallet = document.querySelector(".wallet");
const order = document.querySelector("#order");
const done = document.querySelector("#done");
/** What the shopper waits for, where it takes some seconds. */
const WAITS = {
  late: "Ending the time to pay, then paying…",
  "take-back": "The network withdraws the payment. The gateway asks again for ten seconds before it believes that…",
};
let session;

async function call(path) {
  const response = await fetch(path, { method: "POST" });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.message ?? `The shop answered ${response.status}.`);
  return answer;
}

function showInline() {
  const widget = document.createElement("kasgate-widget");
  widget.setAttribute("session-id", session.id);
  widget.setAttribute("token", session.subscriptionToken);
  widget.setAttribute("order", session.orderId);
  place.replaceChildren(widget);
  // On a phone it would be below the fold.
  place.scrollIntoView({ block: "nearest" });
}

// The demo wallet announces itself as a browser extension does, so the checkout offers it in a window
// that covers the buttons of this page.
const provider = {
  async request({ method }) {
    if (method === "kaspa_requestAccounts") return ["the demo wallet's account"];
    if (method === "kaspa_chainId") return "simnet";
    if (method !== "kaspa_sendTransaction") throw Object.assign(new Error(), { code: 4200 });
    return (await call(`wallet/${session.id}/pay`)).message;
  },
};

function announce() {
  const info = { uuid: crypto.randomUUID?.() ?? "demo", name: "Demo wallet", icon: "data:,", rdns: "demo.wallet" };
  const detail = Object.freeze({ info: Object.freeze(info), provider });
  window.dispatchEvent(new CustomEvent("kaspa:announceProvider", { detail }));
}
window.addEventListener("kaspa:requestProvider", announce);
announce();

async function buy(way) {
  // Browsers allow a new page during the click, but not after the answer.
  const page = way === "hosted" ? window.open("", "_blank") : null;
  place.replaceChildren();
  session = await call(`orders?way=${way}`);
  order.textContent = `Order ${session.orderId} was placed.`;
  done.textContent = "";
  wallet.hidden = false;
  if (way === "inline") showInline();
  if (way === "modal") {
    KasGate.open(session.id, { token: session.subscriptionToken, order: session.orderId });
  }
  if (page !== null) page.location = session.checkoutUrl;
}

async function act(what) {
  done.textContent = WAITS[what] ?? "Working…";
  done.textContent = (await call(`wallet/${session.id}/${what}`)).message;
}

function listen(selector, key, handle, said) {
  for (const button of document.querySelectorAll(selector)) {
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        await handle(button.dataset[key]);
      } catch (error) {
        said.textContent = error.message;
      } finally {
        button.disabled = false;
        button.focus();
      }
    });
  }
}

listen("[data-way]", "way", buy, order);
listen("[data-act]", "act", act, done);
