"""The rule that judges the machine's clock: in tables, and for any history."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kasgate.clock_check import (
    LEAST_SAMPLES,
    SETTLING_MS,
    TOLERANCE_MS,
    ClockCheck,
    Correction,
    Opinion,
)
from kasgate.sessions.observations import ClockCorrected, Moment
from kasgate.sessions.session import SessionStatus
from kasgate.sessions.transitions import step
from tests.sample_sessions import a_session

TRUE = 1_760_000_000_000
HOUR = 3_600_000
EVERY = 2_000


class Life:
    """A clock check that samples every two seconds, with a wall clock that may be wrong."""

    def __init__(self, wrong_by: int = 0) -> None:
        self.check = ClockCheck()
        self.ticks = 0
        self.wrong_by = wrong_by
        self.block_noise = 0
        self.corrections: list[Correction] = []

    @property
    def true(self) -> int:
        return TRUE + self.ticks

    @property
    def wall(self) -> int:
        return self.true + self.wrong_by

    def opinion(self) -> Opinion:
        return self.check.opinion

    def error(self) -> int:
        """By how much the payment time is wrong."""
        return self.check.time(self.ticks, self.wall) - self.true

    def live(self, seconds: float, *, sampling: bool = True) -> None:
        for _ in range(round(seconds * 1000 / EVERY)):
            self.ticks += EVERY
            if not sampling:
                continue
            found = self.check.note(self.ticks, self.wall, self.true + self.block_noise)
            if self.check.opinion is Opinion.DIFFERS and self.check.is_settled(self.ticks):
                found = self.check.believe_chain(self.ticks)
            if found is not None:
                self.corrections.append(found)


def test_a_right_clock_is_the_time_to_the_millisecond():
    life = Life(wrong_by=700)
    life.live(120)
    assert life.opinion() is Opinion.RIGHT
    assert life.check.is_checked
    assert life.error() == 700


def test_before_the_first_samples_the_clock_is_all_there_is():
    life = Life(wrong_by=HOUR)
    assert life.error() == HOUR
    assert not life.check.is_checked
    life.live(600, sampling=False)
    assert life.error() == HOUR


def test_a_jump_is_not_believed_while_block_times_speak_against_it():
    for by in (2 * HOUR, -2 * HOUR):
        life = Life()
        life.live(60)
        life.wrong_by = by
        assert life.error() == 0
        life.live(2)
        assert life.opinion() is Opinion.DIFFERS
        assert life.error() == 0
        life.live(60)
        assert life.opinion() is Opinion.OFF
        assert life.error() == 0
        assert round(life.check.skew_ms / HOUR) == by // HOUR
        life.wrong_by = 0
        life.live(2)
        assert life.opinion() is Opinion.RIGHT
        assert life.error() == 0
        assert life.corrections == []


def test_a_jump_that_block_times_confirm_is_believed():
    """As after the machine slept: the monotonic clock stood still, the network did not."""
    life = Life()
    life.live(60)
    slept = HOUR
    check = life.check
    for place in range(20):
        life.ticks += EVERY
        true = life.true + slept
        found = check.note(life.ticks, true, true)
        if found is not None:
            assert found.by == slept
            break
        assert place < 19
    assert check.time(life.ticks, life.true + slept) == life.true + slept
    assert check.is_checked


def test_a_clock_that_was_wrong_from_the_start_is_corrected_with_what_it_stamped():
    for by in (2 * HOUR, -2 * HOUR):
        life = Life(wrong_by=by)
        stamped = life.check.time(life.ticks, life.wall)
        life.live(SETTLING_MS / 1000 - 4)
        assert life.corrections == []
        assert not life.check.is_checked
        life.live(20)
        assert life.opinion() is Opinion.OFF
        (correction,) = life.corrections
        assert correction.since <= stamped <= correction.until
        assert correction.by == -by
        assert abs(life.error()) <= EVERY


def test_one_wrong_block_in_between_changes_nothing():
    life = Life()
    life.live(60)
    life.block_noise = 132_000
    life.live(10)
    life.block_noise = 0
    life.live(60)
    assert life.opinion() is Opinion.RIGHT
    assert life.error() == 0


def test_other_nodes_may_contradict_the_one_that_is_followed():
    life = Life()
    life.live(60)
    life.block_noise = HOUR
    while life.opinion() is not Opinion.DIFFERS:
        life.live(2)
    life.check.believe_wall(life.ticks, life.wall)
    life.live(120)
    assert life.opinion() is Opinion.CONTRADICTED
    assert life.error() == 0
    life.wrong_by = HOUR * 3
    life.live(2)
    assert life.opinion() is Opinion.DIFFERS
    assert life.error() == 0


def test_when_a_payment_was_seen_is_not_later_than_the_chain_says_while_nothing_is_sure():
    life = Life(wrong_by=2 * HOUR)
    life.live(EVERY / 1000)
    assert life.check.seen_at(life.ticks, life.wall) == life.true
    behind = Life(wrong_by=-2 * HOUR)
    behind.live(EVERY / 1000)
    assert behind.check.seen_at(behind.ticks, behind.wall) == behind.wall


@given(
    st.lists(
        st.tuples(st.integers(1, 20_000), st.integers(-2_000, 2_000), st.integers(-2_400, 2_400)),
        min_size=LEAST_SAMPLES,
        max_size=60,
    )
)
def test_a_clock_within_the_tolerance_is_never_meddled_with(history):
    check = ClockCheck()
    ticks = 0
    for step_ms, wall_noise, block_noise in history:
        ticks += step_ms
        wall = TRUE + ticks + wall_noise
        assert check.note(ticks, wall, TRUE + ticks + block_noise) is None
        assert check.time(ticks, wall) == wall
        assert check.opinion in (Opinion.UNKNOWN, Opinion.RIGHT)


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(-HOUR, HOUR)), min_size=1, max_size=8))
def test_however_a_clock_jumps_that_was_right_the_time_stays_right(jumps):
    """Within the tolerance, which a step of just under it may use up twice."""
    life = Life()
    life.live(60)
    for seconds, wrong_by in jumps:
        life.wrong_by = wrong_by
        assert abs(life.error()) <= 2 * TOLERANCE_MS
        life.live(seconds)
        assert abs(life.error()) <= 2 * TOLERANCE_MS
    assert all(abs(found.by) <= 2 * TOLERANCE_MS for found in life.corrections)


# The effect on a session.


def corrected(session, **changes):
    found = ClockCorrected(**({"since": 1_000, "until": 2_000, "by": HOUR} | changes))
    after, events = step(session, found, Moment(at=2_000 + HOUR, daa_score=None))
    assert events == ()
    return after


def test_a_session_made_by_a_wrong_clock_keeps_its_time_to_pay():
    session = a_session(created_at=1_500, expires_at=61_500)
    after = corrected(session)
    assert (after.created_at, after.expires_at) == (1_500 + HOUR, 61_500 + HOUR)
    back = corrected(session, by=-500)
    assert (back.created_at, back.expires_at) == (1_000, 61_000)


def test_one_made_before_keeps_its_deadline_unless_nobody_checked_its_clock():
    before = a_session(created_at=500, expires_at=60_500, created_daa_score=7)
    assert corrected(before) == before
    unchecked = a_session(created_at=500, expires_at=60_500, created_daa_score=None)
    assert corrected(unchecked).expires_at == 60_500 + HOUR
    assert corrected(unchecked, by=-HOUR) == unchecked


def test_one_that_is_closed_stays_as_it_is():
    session = a_session(created_at=1_500, expires_at=61_500, status=SessionStatus.EXPIRED)
    assert corrected(session) == session
