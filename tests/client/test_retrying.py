"""Which failures are retried, and when."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasgate.client import ProblemError, Retries, Unavailable


def problem(status: int, code: str = "x", wait: float | None = None) -> ProblemError:
    return ProblemError(status, code, "No.", retry_after_s=wait)


def pause(error: Exception, made: int = 1, **how: bool) -> float | None:
    settled = {"harmless": True, "unsent": False} | how
    return Retries().pause(made, error, jitter=0.0, **settled)


def test_the_pauses_grow_and_are_bounded():
    patient = Retries(attempts=9)
    found = [
        patient.pause(made, problem(503), harmless=True, unsent=False, jitter=0)
        for made in range(1, 10)
    ]
    assert found == [0.25, 0.5, 1, 2, 4, 8, 8, 8, None]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again_if_that_can_t_do_harm(status: int):
    assert pause(problem(status)) is not None
    assert (pause(problem(status), harmless=False) is not None) is (status == 429)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422])
def test_a_refusal_is_final(status: int):
    assert pause(problem(status)) is None


def test_the_same_call_under_way_is_waited_for():
    assert pause(problem(409, "idempotency_in_flight")) is not None


def test_rates_that_are_switched_off_are_not_waited_for():
    assert pause(problem(503, "rates_unavailable")) is None
    assert pause(problem(503, "rates_unavailable", wait=30)) == 30


def test_a_lost_answer_is_asked_for_again_only_if_that_does_no_harm():
    lost = httpx.ReadTimeout("")
    assert pause(lost) is not None
    assert pause(lost, harmless=False) is None
    assert pause(httpx.ConnectError(""), harmless=False, unsent=True) is not None


def test_the_gateway_s_wish_counts_within_reason():
    assert pause(problem(429, wait=3)) == 3
    assert pause(problem(429, wait=0)) == 0.25
    assert pause(problem(429, wait=31)) is None


@given(st.integers(1, 1000), st.floats(0, 1))
def test_jitter_takes_a_half_at_most(made: int, jitter: float):
    endless = Retries(attempts=10_000)
    found = endless.pause(made, Unavailable(503, "x", "No."), harmless=True, unsent=False, jitter=0)
    shaken = endless.pause(
        made, Unavailable(503, "x", "No."), harmless=True, unsent=False, jitter=jitter
    )
    assert found is not None
    assert shaken is not None
    assert found / 2 <= shaken <= found <= 8
