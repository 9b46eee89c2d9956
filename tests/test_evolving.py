"""``evolve`` makes the same copies as ``attrs.evolve``."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from attrs import define, field, frozen

from kasgate import evolving
from kasgate.events import Delivery, DeliveryState
from kasgate.evolving import MOST_KINDS, evolve
from kasgate.money import Sompi
from kasgate.sessions.session import SessionStatus
from kasgate.sessions.transitions import opened
from tests.store.samples import make_event, make_merchant, make_payment, make_session


def _samples() -> list[Any]:
    session, payment = make_session(make_merchant()), make_payment()
    event = make_event(session)
    delivery = Delivery(
        "whl_1", event.id, session.merchant_id, session.id, event.type, "{}", event.created_at
    )
    ledger = session.ledger.credited(payment)
    return [session, payment, ledger, opened(session), event, delivery]


@pytest.mark.parametrize("sample", _samples(), ids=lambda sample: type(sample).__name__)
def test_each_field_of_each_class_changes_alone(sample: Any) -> None:
    assert attrs.astuple(evolve(sample), recurse=False) == attrs.astuple(sample, recurse=False)
    for one in attrs.fields(type(sample)):
        changed = evolve(sample, **{one.name: None})
        expected = attrs.evolve(sample, **{one.name: None})
        assert type(changed) is type(sample)
        assert attrs.astuple(changed, recurse=False) == attrs.astuple(expected, recurse=False)
        assert all(
            getattr(changed, other.name) is getattr(sample, other.name)
            for other in attrs.fields(type(sample))
            if other is not one
        )


def test_the_original_stays_and_the_copy_is_frozen() -> None:
    session = make_session(make_merchant())
    closed = evolve(session, status=SessionStatus.EXPIRED, closed_at=5)
    assert (session.status, session.closed_at) == (SessionStatus.CREATED, None)
    assert (closed.status, closed.closed_at) == (SessionStatus.EXPIRED, 5)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        closed.closed_at = 6  # type: ignore[misc]


def test_the_order_of_the_changes_does_not_matter() -> None:
    payment = make_payment()
    one = evolve(payment, amount=Sompi(7), place=9)
    other = evolve(payment, place=9, amount=Sompi(7))
    assert one == other
    assert (one.amount, one.place) == (7, 9)


def test_an_unknown_field_is_an_error() -> None:
    with pytest.raises(TypeError, match="colour"):
        evolve(make_payment(), colour="red")  # type: ignore[call-arg]


@define
class _Odd:
    """A class whose constructor does more than to assign its fields."""

    whole: int = field(converter=int)
    _hidden: str = "h"
    twice: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self.twice = 2 * self.whole


@frozen(slots=False)
class _WithDict:
    state: DeliveryState


def test_other_classes_are_copied_by_their_constructor() -> None:
    odd = evolve(_Odd(1), whole="4", hidden="x")
    assert odd == attrs.evolve(_Odd(1), whole="4", hidden="x")
    assert odd.twice == 8
    assert evolve(_WithDict(DeliveryState.PENDING), state=DeliveryState.FAILED) == _WithDict(
        DeliveryState.FAILED
    )


def test_the_functions_that_are_kept_are_bounded() -> None:
    made = [attrs.make_class(f"Made{number}", ["a"], slots=True) for number in range(MOST_KINDS)]
    for cls in made:
        assert evolve(cls(1), a=2).a == 2
    assert len(evolving._COPIES) <= MOST_KINDS
