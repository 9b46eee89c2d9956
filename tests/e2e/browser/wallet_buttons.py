"""The wallets that a browser offers: extensions of their own, and one that announces itself."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page, expect

from tests.e2e.browser.setting import Testbed
from tests.e2e.browser.stories import story
from tests.e2e.browser.visual_checks import is_accessible, says, scene, visit

EXTENSIONS: Final = """
window.asked = [];
window.code = undefined;
window.account = "kaspasim:qq";
const answer = (value) => {
  if (window.code !== undefined) throw Object.assign(new Error("no"), { code: window.code });
  return value;
};
window.kasware = {
  requestAccounts: async () => [window.account],
  sendKaspa: async (...given) => answer(window.asked.push(["kasware", ...given])),
};
window.kastle = {
  connect: async () => answer(true),
  getAccount: async () => ({ address: window.account }),
  sendKaspa: async (...given) => window.asked.push(["kastle", ...given]),
};
"""
ANNOUNCED: Final = """
window.asked = [];
window.chain = "mainnet";
const provider = {
  request: async ({ method, params }) => {
    if (method === "kaspa_requestAccounts") return ["kaspasim:qq"];
    if (method === "kaspa_chainId") return window.chain;
    return window.asked.push([method, ...params]);
  },
};
const announce = () => {
  const detail = { info: { name: "Acorn", rdns: "example.acorn" }, provider };
  window.dispatchEvent(new CustomEvent("kaspa:announceProvider", { detail }));
};
window.addEventListener("kaspa:requestProvider", announce);
"""
DECLINED: Final = 4001
LOCKED: Final = 4100
LARGE: Final = "90071992.54740992"
"""In KAS: one sompi more than a number of JavaScript holds exactly."""


@story
def each_wallets_problem_has_words(testbed: Testbed) -> None:
    session = testbed.shop.order("12.34567891")
    with visit(testbed) as page:
        page.add_init_script(EXTENSIONS)
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        page.evaluate("window.account = 'kaspa:qq'")
        pay_with(page, "Kastle")
        says(page, "Switch Kastle to the network simnet")
        page.evaluate(f"window.account = 'kaspasim:qq'; window.code = {LOCKED}")
        pay_with(page, "Kastle")
        says(page, "Unlock Kastle and try again.")
        is_accessible(page)
        page.evaluate(f"window.code = {DECLINED}")
        pay_with(page, "Kastle")
        says(page, "Kastle did not send the payment.")
        assert page.evaluate("window.asked") == []
        page.evaluate("window.code = undefined")
        pay_with(page, "Kastle")
        page.wait_for_function("window.asked.length === 1")
        assert page.evaluate("window.asked") == [["kastle", session["address"], 1_234_567_891]]


@story
def the_wallet_used_last_is_offered_first(testbed: Testbed) -> None:
    session = testbed.shop.order()
    with visit(testbed) as page:
        page.add_init_script(EXTENSIONS)
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        assert offered(page) == ["Pay with KasWare", "Pay with Kastle"]
        pay_with(page, "Kastle")
        page.wait_for_function("window.asked.length === 1")
        page.reload()
        scene(page, "waiting")
        assert offered(page) == ["Pay with Kastle", "Pay with KasWare"]


@story
def a_wallet_that_announces_itself_is_offered(testbed: Testbed) -> None:
    session = testbed.shop.order(LARGE)
    with visit(testbed) as page:
        page.add_init_script(ANNOUNCED)
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        pay_with(page, "Acorn")
        says(page, "Switch Acorn to the network simnet")
        page.evaluate("window.chain = 'simnet'")
        pay_with(page, "Acorn")
        page.wait_for_function("window.asked.length === 1")
        # This interface takes the amount as text, so a large one is exact.
        outputs = [{"address": session["address"], "amount": "9007199254740992"}]
        assert page.evaluate("window.asked") == [["kaspa_sendTransaction", {"outputs": outputs}]]


@story
def a_wallet_that_takes_a_number_is_not_given_a_larger_sum(testbed: Testbed) -> None:
    session = testbed.shop.order(LARGE)
    with visit(testbed) as page:
        page.add_init_script(EXTENSIONS)
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        for wallet in ("KasWare", "Kastle"):
            pay_with(page, wallet)
            says(page, f"This amount is too large for {wallet}.")
        assert page.evaluate("window.asked") == []


@story
def a_link_that_opens_no_wallet_says_what_to_do(testbed: Testbed) -> None:
    session = testbed.shop.order()
    # Chromium reports a link that nothing handles as a page's error.
    with visit(testbed, harmless=("Failed to launch", "registered handler")) as page:
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        page.get_by_role("link", name="Open wallet").click()
        says(page, "No wallet opened? Scan the code, or copy amount and address.")
        expect(page.get_by_role("link", name="Open wallet")).to_be_visible()


def pay_with(page: Page, wallet: str) -> None:
    page.get_by_role("button", name=f"Pay with {wallet}").click()


def offered(page: Page) -> list[str]:
    return page.get_by_role("button", name="Pay with").all_inner_texts()
