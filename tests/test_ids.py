"""Ids sort by their creation time, even if the clock is set back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122, UUID

from kasgate.ids import random_uuid, time_sortable

NOW = 1_700_000_000_000


def test_an_id_has_its_prefix_and_26_characters_of_base_32() -> None:
    prefix, _, rest = time_sortable("evt", NOW).partition("_")
    assert prefix == "evt"
    assert len(rest) == 26
    assert set(rest) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_ids_of_one_millisecond_rise() -> None:
    ids = [time_sortable("evt", NOW) for _ in range(1_000)]
    assert ids == sorted(set(ids))


def test_ids_rise_while_the_clock_goes_back() -> None:
    later = time_sortable("evt", NOW + 10_000_000)
    assert time_sortable("evt", NOW) > later


def test_ids_made_by_several_threads_are_distinct() -> None:
    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(lambda _: time_sortable("evt", NOW), range(2_000)))
    assert len(set(ids)) == len(ids)


def test_random_uuids_are_of_version_4_and_differ() -> None:
    ids = [random_uuid() for _ in range(1_000)]
    assert len(set(ids)) == len(ids)
    for text in ids:
        read = UUID(text)
        assert str(read) == text
        assert (read.version, read.variant) == (4, RFC_4122)
