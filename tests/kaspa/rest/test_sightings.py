"""Repeated polls of a server: which outputs are new to a reader, and which addresses are polled."""

from __future__ import annotations

from attrs import evolve

from kasgate.kaspa.node import UtxosChanged
from kasgate.kaspa.rest.sightings import HOT_S, MAX_DEPARTED, MAX_HOT, Sightings
from kasgate.kaspa.utxo import Outpoint, Utxo
from kasgate.money import Sompi

SCORE = 100_000
ALICE, BOB = "alice", "bob"


def coin(number: int = 0, address: str = ALICE, score: int = SCORE) -> Utxo:
    return Utxo(address, Outpoint(f"{number:064x}", 0), Sompi(5), score)


def watching(*addresses: str, answered: tuple[Utxo, ...] = ()) -> Sightings:
    """A watch that was polled once with this answer."""
    sightings = Sightings()
    sightings.watch(addresses, 0)
    sightings.note_answer(addresses, answered, SCORE)
    return sightings


def test_what_comes_is_told_once() -> None:
    sightings = watching(ALICE, BOB)
    new = (coin(1), coin(2, BOB))
    assert sightings.difference([ALICE, BOB], new, SCORE) == UtxosChanged(new, ())
    assert sightings.difference([ALICE, BOB], new, SCORE) is None


def test_outputs_of_unwatched_addresses_are_not_reported() -> None:
    sightings = watching(ALICE)
    sightings.unwatch([ALICE])
    assert sightings.difference([ALICE, BOB], [coin(), coin(1, BOB)], SCORE) is None
    assert len(sightings) == 0


def test_a_score_that_moved_is_told_as_a_node_tells_it() -> None:
    sightings = watching(ALICE, answered=(coin(),))
    moved = evolve(coin(), block_daa_score=SCORE + 1)
    assert sightings.difference([ALICE], [moved], SCORE) == UtxosChanged((moved,), (coin(),))


def test_what_is_gone_is_told_when_it_is_gone_a_second_time() -> None:
    sightings = watching(ALICE, answered=(coin(),))
    assert sightings.difference([ALICE], [], SCORE) is None
    assert sightings.difference([ALICE], [], SCORE) == UtxosChanged((), (coin(),))
    assert sightings.difference([ALICE], [], SCORE) is None


def test_alternating_older_and_newer_answers_report_nothing() -> None:
    sightings = watching(ALICE, answered=(coin(),))
    for _ in range(5):
        assert sightings.difference([ALICE], [], SCORE) is None
        assert sightings.difference([ALICE], [coin()], SCORE) is None


def test_what_was_gone_is_back_when_it_is_seen_a_second_time() -> None:
    sightings = watching(ALICE, answered=(coin(),))
    for _ in range(2):
        sightings.difference([ALICE], [], SCORE)
    assert sightings.difference([ALICE], [coin()], SCORE) is None
    assert sightings.difference([ALICE], [], SCORE) is None, "an older answer it was"
    assert sightings.difference([ALICE], [coin()], SCORE) is None
    assert sightings.difference([ALICE], [coin()], SCORE) == UtxosChanged((coin(),), ())
    assert sightings.difference([ALICE], [coin()], SCORE) is None


def test_an_old_output_that_comes_up_only_now_was_there_before() -> None:
    sightings = watching(ALICE)
    old = coin(score=SCORE - 151)
    assert sightings.difference([ALICE], [old], SCORE) == UtxosChanged((old,), (old,))
    recent = coin(1, score=SCORE - 150)
    assert sightings.difference([ALICE], [old, recent], SCORE) == UtxosChanged((recent,), ())


def test_a_first_look_without_an_answer_before_it_loses_nothing() -> None:
    sightings = Sightings()
    sightings.watch([ALICE], 0)
    assert sightings.difference([ALICE], [coin()], SCORE) == UtxosChanged((coin(),), (coin(),))
    assert sightings.difference([ALICE], [coin()], SCORE) is None


def test_an_answer_to_somebody_else_does_not_keep_news_from_the_reader() -> None:
    sightings = watching(ALICE)
    sightings.note_answer([ALICE], [coin()], SCORE)
    assert sightings.difference([ALICE], [coin()], SCORE) == UtxosChanged((coin(),), ())


def test_what_left_an_address_is_remembered_only_so_far() -> None:
    coins = [coin(number) for number in range(MAX_DEPARTED + 1)]
    sightings = watching(ALICE, answered=tuple(coins))
    for _ in range(2):
        sightings.difference([ALICE], [], SCORE)
    again = sightings.difference([ALICE], coins, SCORE)
    assert again is not None
    assert len(again.added) == 1, "all others have to be seen twice"


def test_those_asked_about_last_come_first_and_after_a_while_take_turns() -> None:
    sightings = Sightings()
    sightings.watch(["old", "open"], 0)
    assert sightings.hot(1) == ["open", "old"]
    sightings.asked_about(["open"], HOT_S)
    sightings.watch(["new"], HOT_S + 1)
    assert sightings.hot(HOT_S + 2) == ["new", "open"]
    assert sightings.next_cold(10, ["new", "open"]) == ["old"]
    assert sightings.hot(3 * HOT_S) == []


def test_addresses_beyond_the_bound_of_a_round_take_turns_all_of_them() -> None:
    sightings = Sightings()
    addresses = [str(number) for number in range(MAX_HOT + 25)]
    sightings.watch(addresses, 0)
    hot = sightings.hot(1)
    assert hot[0] == addresses[-1]
    assert len(hot) == MAX_HOT
    left: list[str] = []
    for _ in range(6):
        left += sightings.next_cold(10, hot)
    assert set(left) == set(addresses) - set(hot)
    sightings.unwatch(addresses)
    assert sightings.next_cold(10, []) == []
