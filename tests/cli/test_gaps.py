"""`kasgate gaps`: gaps that no node could replay, shown until a person acknowledges them."""

from __future__ import annotations

import json
from pathlib import Path

import trio

from kasgate.access.secrets import Vault
from kasgate.store.protocol import ChainGap
from kasgate.store.sqlite import open_store

GAP = ChainGap("gap_01", 1_000, 1_700_000_000_000, 37_000, 1_700_003_600_000, "pruned away")


def record(home: Path, gap: ChainGap) -> None:
    async def write() -> None:
        vault = Vault.load_or_create(home / "kasgate.key")
        async with open_store(home / "kasgate.db", vault) as store:
            await store.record_gap(gap)

    trio.run(write)


def test_without_gaps_it_says_so(kasgate):
    assert kasgate("gaps")[:2] == (
        0,
        "No gaps: the whole chain was followed, replayed or searched.\n",
    )
    assert json.loads(kasgate("gaps", "--json")[1]) == {"gaps": []}


def test_a_gap_is_shown_until_it_is_acknowledged(kasgate, home):
    record(home, GAP)
    code, out, _ = kasgate("gaps")
    assert code == 0
    for told in (GAP.id, "2023-11-14T22:13:20", "2023-11-14T23:13:20", "37000", GAP.reason):
        assert told in out
    (told,) = json.loads(kasgate("gaps", "--json")[1])["gaps"]
    assert (told["id"], told["fromDaaScore"], told["toDaaScore"]) == (GAP.id, 1_000, 37_000)

    code, out, _ = kasgate("gaps", "--acknowledge", GAP.id)
    assert (code, GAP.id in out) == (0, True)
    assert "No gaps" in kasgate("gaps")[1]


def test_a_gap_that_is_not_there_can_not_be_acknowledged(kasgate, home):
    record(home, GAP)
    code, out, err = kasgate("gaps", "--acknowledge", "gap_02")
    assert (code, out) == (1, "")
    assert "no gap 'gap_02' is open" in err
