"""Runs the stories: ``python -m tests.e2e.browser CHROMIUM [NAME ...]``.

The stories of shoppers are in stories.py, receipts.py and wallet_buttons.py, those of merchants in
merchant.py, inbox.py, passwords.py and books.py, those of browsers that lack something in
lacking.py, those behind a proxy in proxied.py.
Prints one JSON line per story: its name, its seconds, and the traceback if it failed.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from contextlib import redirect_stdout
from io import StringIO
from typing import Final

from tests.e2e.browser import (  # noqa: F401 - their stories
    books,
    inbox,
    lacking,
    merchant,
    passwords,
    proxied,
    receipts,
    wallet_buttons,
)
from tests.e2e.browser.setting import Testbed, a_testbed
from tests.e2e.browser.stories import OF_A_YEAR, STORIES

ORDERS: Final = 250
"""Of a year: enough for more than one page in every list."""


def tell(name: str, on: Testbed) -> None:
    """Run one story and print its result."""
    started = time.monotonic()
    said = StringIO()
    wrong = None
    try:
        with redirect_stdout(said):
            STORIES[name](on)
    except Exception:  # noqa: BLE001 - any error is this story's result
        wrong = traceback.format_exc()
    seconds = round(time.monotonic() - started, 1)
    line = {"story": name, "seconds": seconds, "wrong": wrong, "said": said.getvalue()}
    print(json.dumps(line), flush=True)


def main(chromium: str, *names: str) -> None:
    """Run these stories, or all."""
    asked = names or tuple(STORIES)
    for orders, group in (
        (0, [name for name in asked if name not in OF_A_YEAR]),
        (ORDERS, [name for name in asked if name in OF_A_YEAR]),
    ):
        if group:
            with a_testbed(chromium, orders=orders) as on:
                for name in group:
                    tell(name, on)


if __name__ == "__main__":
    main(*sys.argv[1:])
