"""What a shopper sees in a real browser, the hosted checkout and its widget, and what a merchant
does at the dashboard; on a real gateway.

The stories are in tests/e2e/browser. They are told once, by processes side by side, because some of
them mostly wait (for a payment to expire, a minute), and each is a test of its own here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.e2e.browser import merchant
from tests.e2e.browser.stories import OF_A_YEAR, STORIES
from tests.e2e.gateway import ROOT
from tests.plugins.required_parts import PARTS, require

WAITING = (
    ("an_expired_payment_hides_its_address_and_late_money_is_told",),
    (
        "a_withdrawn_payment_is_explained",
        "a_gateway_that_restarts_is_found_again_with_what_was_paid_meanwhile",
        "the_checkout_is_read_without_a_script",
        "the_demo_shop_sells_coffee_in_three_ways",
    ),
)
MERCHANTS = tuple(name for name in STORIES if hasattr(merchant, name) and name not in OF_A_YEAR)
DASHBOARD = {*MERCHANTS, *OF_A_YEAR}
TELLING_S = 900.0
Told = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def told() -> Told:
    """What came of each story."""
    chromium = str(require("chromium"))
    require("widget")
    require("axe")
    groups = (*WAITING, *((MERCHANTS, tuple(OF_A_YEAR)) if PARTS["dashboard"].find() else ()))
    told_elsewhere = DASHBOARD.union(*WAITING)
    others = tuple(name for name in STORIES if name not in told_elsewhere)
    tellers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.browser", chromium, *names],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for names in (others, *groups)
    ]
    try:
        outcomes: Told = {}
        for teller in tellers:
            lines, complaint = teller.communicate(timeout=TELLING_S)
            outcomes |= {one["story"]: one for one in map(json.loads, lines.splitlines())}
            assert teller.returncode == 0, complaint
        return outcomes
    finally:
        for teller in tellers:
            teller.kill()


@pytest.mark.timeout(TELLING_S)
@pytest.mark.parametrize("story", STORIES)
def test_in_the_browser(told: Told, story: str) -> None:
    if story in DASHBOARD:
        require("dashboard")
    outcome = told[story]
    sys.stdout.write(outcome["said"])
    assert outcome["wrong"] is None, outcome["wrong"]
