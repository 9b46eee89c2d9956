// The demo shop's page: places the order, shows the checkout and controls the demo wallet.
"use strict";

const place = document.querySelector("#checkout");
const wallet = document.querySelector(".wallet");
const order = document.querySelector("#order");
const done = document.querySelector("#done");
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
  place.replaceChildren(widget);
}

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
    // The dialog covers the wallet's buttons, so the wallet pays automatically after four seconds.
    setTimeout(() => void act("pay"), 4000);
    KasGate.open(session.id, { token: session.subscriptionToken });
  }
  if (page !== null) page.location = session.checkoutUrl;
}

async function act(what) {
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
