"""The rule for receivers (docs/webhooks.md), in the example shop: in whatever order and however
often events arrive, the order ends as if each had arrived once and in order."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasgate.client import Event
from tests.e2e.rig.gateway import ROOT
from tests.order_histories import History, histories, shuffled


def the_example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("example_shop", ROOT / "examples/shop.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Its data classes look their names up there.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


SHOP = the_example()


def as_event(told: dict[str, Any], order: str) -> Event:
    return Event(
        event=told["event"],
        session_id=told["sessionId"],
        merchant_id="mer_1",
        amount=1,  # type: ignore[arg-type]
        address="kaspa:",
        confirmations=0,
        order_id=order,
        timestamp=datetime.now(UTC),
        delivery_id=told["deliveryId"],
        sequence=told["sequence"],
    )


def states(arriving: Sequence[dict[str, Any]]) -> list[str]:
    """The order's state after each event."""
    orders = SHOP.Orders()
    number = orders.open()
    found = []
    for told in arriving:
        orders.take(as_event(told, number))
        found.append(orders.state(number))
    return found


@given(history=histories(), seed=st.integers(0, 2**32))
def test_the_example_shop_ends_the_same_whatever_arrives_when(history: History, seed: int) -> None:
    found = states(shuffled(history.told, Random(seed)))
    assert found[-1] == history.state.replace("open", "unpaid")
    if "paid" in found:
        assert set(found[found.index("paid") :]) == {"paid"}


@pytest.mark.parametrize("confirmed_first", [True, False])
def test_a_second_session_that_expires_does_not_close_a_paid_order(confirmed_first: bool) -> None:
    first = [("a", "payment.pending", 1), ("a", "payment.confirming", 2)]
    paid = [("a", "payment.confirmed", 3)]
    second = [("b", "payment.pending", 1), ("b", "payment.expired", 2)]
    arriving = [*first, *(paid + second if confirmed_first else second + paid)]
    told = [
        {"sessionId": id_, "event": event, "sequence": n, "deliveryId": f"evt_{id_}{n}"}
        for id_, event, n in arriving
    ]
    assert states(told)[-1] == "paid"


def test_a_confirmation_that_comes_after_a_newer_event_counts() -> None:
    names = ["pending", "confirming", "overpaid", "confirmed"]
    numbers = [1, 2, 4, 3]
    told = [
        {"sessionId": "a", "event": f"payment.{name}", "sequence": n, "deliveryId": f"evt_{n}"}
        for name, n in zip(names, numbers, strict=True)
    ]
    assert states(told) == ["unpaid", "unpaid", "unpaid", "paid"]
