"""Stories in a real browser on a real gateway: the hosted checkout and its widget for a shopper,
and the dashboard for a merchant.

The stories are in tests/e2e/browser. A process of its own, with a browser, a gateway and a network,
runs each group of them once; each story is a test here. Groups run in parallel like other tests:
some of them mostly wait (for a payment to expire, a minute).
"""

from __future__ import annotations

import functools
import json
import subprocess
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.e2e.browser import (
    books,
    lacking,
    merchant,
    passwords,
    proxied,
    receipts,
    wallet_buttons,
)
from tests.e2e.browser.stories import OF_A_YEAR, STORIES
from tests.e2e.rig.gateway import ROOT
from tests.plugins.required_parts import require

EXPIRING = ("an_expired_payment_hides_its_address_and_late_money_is_told",)
WAITING = (
    "a_withdrawn_payment_is_explained",
    "a_gateway_that_restarts_is_found_again_with_what_was_paid_meanwhile",
    "the_checkout_is_read_without_a_script",
    "the_demo_shop_sells_coffee_in_three_ways",
    "the_demo_leads_from_its_first_page_to_a_dashboard_with_orders",
)
MERCHANTS = tuple(
    name
    for name in STORIES
    if any(hasattr(part, name) for part in (books, merchant, passwords)) and name not in OF_A_YEAR
)
LACKING = tuple(name for name in STORIES if hasattr(lacking, name))
PROXIED = tuple(name for name in STORIES if hasattr(proxied, name))
PAYERS = tuple(
    name for name in STORIES if any(hasattr(part, name) for part in (receipts, wallet_buttons))
)
APART = {*EXPIRING, *WAITING, *LACKING, *PROXIED, *MERCHANTS, *PAYERS, *OF_A_YEAR}
GROUPS = {
    "shopper": tuple(name for name in STORIES if name not in APART),
    "payers": PAYERS,
    "expiring": EXPIRING,
    "waiting": WAITING,
    "lacking": LACKING,
    "proxied": PROXIED,
    "merchant": MERCHANTS,
    "year": tuple(name for name in STORIES if name in OF_A_YEAR),
}
AT_THE_DASHBOARD = ("merchant", "year", "lacking", "proxied")
TELLING_S = 900.0
Told = dict[str, dict[str, Any]]


def tell(stories: Sequence[str]) -> Told | str:
    """The result of each of these stories, or why their process ended early."""
    try:
        teller = subprocess.run(
            [sys.executable, "-m", "tests.e2e.browser", str(require("chromium")), *stories],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=TELLING_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return str(error)
    if teller.returncode != 0:
        return teller.stderr
    return {one["story"]: one for one in map(json.loads, teller.stdout.splitlines())}


@pytest.fixture(scope="module")
def telling() -> Callable[[str], Told | str]:
    """Runs each group once, when the first of its stories is requested."""
    return functools.cache(lambda group: tell(GROUPS[group]))


@pytest.mark.timeout(TELLING_S + 30)
@pytest.mark.parametrize(
    ("group", "story"), [(group, story) for group in GROUPS for story in GROUPS[group]]
)
def test_in_the_browser(telling: Callable[[str], Told | str], group: str, story: str) -> None:
    require("chromium")
    require("widget")
    require("axe")
    if group in AT_THE_DASHBOARD:
        require("dashboard")
    if group == "proxied":
        require("nginx")
    outcome = outcome_of(telling(group), story)
    sys.stdout.write(outcome["said"])
    if outcome["wrong"] is None:
        return
    # The tests do not control when chromium draws. So a failed story runs once more, by itself and
    # from the beginning, and the summary of the run keeps the first failure. Two failures fail the
    # test.
    again = outcome_of(tell([story]), story)
    assert again["wrong"] is None, outcome["wrong"] + "\nTold once more:\n" + again["wrong"]
    warnings.warn(f"{story} went well only when told once more: {outcome['wrong']}", stacklevel=1)


def outcome_of(told: Told | str, story: str) -> dict[str, Any]:
    assert not isinstance(told, str), told
    return told[story]
