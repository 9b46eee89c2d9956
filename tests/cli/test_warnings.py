"""`kasgate warnings`: warnings are shown until a person acknowledges them."""

from __future__ import annotations

import json
from pathlib import Path

import trio
from attrs import evolve

from kasgate.access.secrets import Vault
from kasgate.store.protocol import ChainGap
from kasgate.store.sqlite import open_store
from kasgate.warnings import OperatorWarning, WarningKind

GAP = ChainGap("gap_01", 1_000, 1_700_000_000_000, 37_000, 1_700_003_600_000, "pruned away")
OLD = OperatorWarning(
    id="wrn_01",
    kind=WarningKind.OLD_DATABASE,
    subject="d0" * 16,
    text="The last 4 commits are gone.",
    since=1_700_000_000_000,
    found="Now 3 KAS lie on 2 of them.",
)


def record(home: Path, *warnings: OperatorWarning) -> None:
    async def write() -> None:
        vault = Vault.load_or_create(home / "kasgate.key")
        async with open_store(home / "kasgate.db", vault) as store:
            await store.record_gap(GAP)
            await store.add_warnings(warnings)

    trio.run(write)


def test_without_warnings_it_prints_a_sentence(kasgate):
    assert kasgate("warnings")[:2] == (0, "No warnings.\n")
    assert json.loads(kasgate("warnings", "--json")[1]) == {"warnings": []}


def test_warnings_and_gaps_are_shown_until_they_are_acknowledged(kasgate, home):
    record(home, OLD)
    code, out, _ = kasgate("warnings")
    assert code == 0
    for told in (OLD.id, GAP.id, OLD.text, "Now 3 KAS", "pruned away", "2023-11-14T22:13:20"):
        assert told in out
    listed = json.loads(kasgate("warnings", "--json")[1])["warnings"]
    assert [(one["id"], one["kind"]) for one in listed] == [
        (OLD.id, "old_database"),
        (GAP.id, "chain_gap"),
    ]
    assert kasgate("warnings", "--acknowledge", OLD.id)[0] == 0
    assert kasgate("warnings", "--acknowledge", GAP.id)[0] == 0
    assert "No warnings" in kasgate("warnings")[1]
    assert "No gaps" in kasgate("gaps")[1]


def test_all_warnings_can_be_acknowledged_at_once(kasgate, home):
    record(home, OLD)
    assert "2 warnings are acknowledged" in kasgate("warnings", "--acknowledge", "all")[1]
    assert "No warnings" in kasgate("warnings")[1]


def test_an_unknown_warning_can_not_be_acknowledged(kasgate, home):
    record(home, OLD)
    code, out, err = kasgate("warnings", "--acknowledge", "wrn_02")
    assert (code, out) == (1, "")
    assert "no warning 'wrn_02' is open" in err


def test_an_open_warning_takes_the_newer_text(kasgate, home):
    record(home, OLD, evolve(OLD, id="wrn_02", text="The last 9 commits are gone."))
    (one, _) = json.loads(kasgate("warnings", "--json")[1])["warnings"]
    assert one["id"] == OLD.id
    assert "The last 9" in one["text"]


def test_the_doctor_lists_open_warnings(kasgate, home):
    record(home, OLD)
    checks = json.loads(kasgate("doctor", "--json")[1])["checks"]
    found = [check for check in checks if check["check"] == "warnings"]
    assert [check["state"] for check in found] == ["warning", "warning"]
    assert OLD.text in found[0]["detail"]
    assert OLD.id in found[0]["mend"]
