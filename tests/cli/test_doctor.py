"""`kasgate doctor`: its findings on a healthy machine, and on machines with a problem."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kasgate.cli.doctor.findings import State
from kasgate.cli.doctor.remote_checks import judged_clock
from kasgate.clock import system_clock
from kasgate.store.lock import lock_database
from tests.cli.conftest import Kasgate
from tests.cli.processes import TIMEOUT_S, Command, running
from tests.vectors import vectors

KEYS = vectors("kpubs")[0]
NO_NODE = "ws://127.0.0.1:1"
Report = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def network() -> Iterator[Command]:
    """A simulated network that makes blocks at the real rate."""
    with running("simnet", "--wrpc-json", "127.0.0.1:0", "--control", "127.0.0.1:0") as command:
        command.line("control ")
        yield command


@pytest.fixture
def simnet(network: Command, home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The settings of a gateway on that network; its node's URL."""
    node = network.line("wrpc-json ")
    monkeypatch.setenv("KASGATE_NETWORK", "simnet")
    monkeypatch.setenv("KASGATE_NODES", node)
    monkeypatch.setenv("KASGATE_PORT", "1")
    return node


@pytest.fixture
def doctor(kasgate: Kasgate):
    """Runs it. Returns its exit code and its findings by the check's name."""

    def run() -> tuple[int, Report]:
        code, out, err = kasgate("doctor", "--json")
        assert err == ""
        report = json.loads(out)
        assert report["ok"] is (code == 0)
        for check in report["checks"]:
            assert (check["state"] in {"failed", "warning"}) is ("mend" in check), check
        return code, {check["check"]: check for check in report["checks"]}

    return run


@pytest.fixture
def a_merchant(simnet: str, kasgate: Kasgate) -> None:
    code, _, _ = kasgate("merchant", "create", "--name", "Ann", "--xpub", KEYS["kpub"])
    assert code == 0


def states(report: Report) -> dict[str, str]:
    return {name: check["state"] for name, check in report.items()}


def test_before_the_first_start_all_is_well_but_that_nothing_runs(simnet, doctor, home: Path):
    code, report = doctor()
    assert code == 0
    assert states(report) == {
        "settings": "ok",
        "disk": "ok",
        "open files": "ok",
        "key file": "ok",
        "database": "ok",
        f"node {simnet}": "ok",
        "clock": "ok",
        "public URL": "warning",
        "rates": "ok",
    }
    assert "kasgate serve" in report["public URL"]["mend"]
    assert not home.exists(), "it changed nothing"


def test_it_shows_the_first_addresses_of_each_merchant(a_merchant, doctor, monkeypatch):
    code, report = doctor()
    assert code == 0
    merchant = report["merchant Ann"]
    shown = [line.split()[1].partition(":")[2] for line in merchant["items"]]
    # The prefix, and so the checksum at the end, differs on the other network.
    expected = [address.partition(":")[2] for address in KEYS["receive"][:5]]
    assert [address[:-8] for address in shown] == [address[:-8] for address in expected]
    assert "number 0" in merchant["detail"]


def test_the_report_is_readable_as_text(a_merchant, kasgate: Kasgate, simnet):
    code, out, _ = kasgate("doctor")
    assert code == 0
    assert "All is well." in out
    assert f"ok        node {simnet}: kaspad" in out
    assert "0  kaspasim:" in out
    assert max(len(line) for line in out.splitlines()) < 140


def test_beside_a_gateway_that_serves_it_finds_it(simnet, home: Path, doctor, monkeypatch):
    environ = {name: text for name, text in os.environ.items() if name.startswith("KASGATE_")}
    with running("serve", environ={**environ, "KASGATE_PORT": "0", "KASGATE_LOG": "json"}) as it:
        url = json.loads(it.logged('"gateway ready"'))["url"]
        monkeypatch.setenv("KASGATE_PORT", url.rpartition(":")[2])
        code, report = doctor()
        assert code == 0, report
        assert report["public URL"]["state"] == "ok"
        assert "a gateway serves it now" in report["database"]["detail"]
        # A proxy that leads elsewhere.
        monkeypatch.setenv("KASGATE_BASE_URL", "http://127.0.0.1:1")
        code, report = doctor()
        assert code == 1
        assert "a gateway runs here" in report["public URL"]["detail"]
        assert "reverse proxy" in report["public URL"]["mend"]
    assert not any('"level": "error"' in line for line in it.err), "the gateway did not mind"


def test_settings_that_are_wrong_are_all_it_looks_at(doctor, monkeypatch):
    monkeypatch.setenv("KASGATE_PORT", "99999")
    code, report = doctor()
    assert code == 1
    assert report.keys() == {"settings"}
    assert "KASGATE_PORT is '99999'" in report["settings"]["detail"]


def test_a_misspelt_variable_is_a_warning(simnet, doctor, monkeypatch):
    monkeypatch.setenv("KASGATE_CONFIRMATION", "5")
    code, report = doctor()
    assert code == 0
    assert "KASGATE_CONFIRMATIONS?" in report["settings"]["detail"]


@pytest.mark.parametrize(("node", "words"), [(NO_NODE, ""), ("grpc://127.0.0.1:1", "")])
def test_without_a_node_there_is_something_to_mend(simnet, doctor, monkeypatch, node, words):
    monkeypatch.setenv("KASGATE_NODES", node)
    code, report = doctor()
    assert code == 1
    assert report[f"node {node}"]["state"] == "failed"
    assert "kaspad --simnet --utxoindex" in report[f"node {node}"]["mend"]
    assert report["clock"]["state"] == "skipped"


def test_an_interrupt_while_a_node_is_waited_for_ends_it_without_a_traceback(home: Path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(TIMEOUT_S)
        environ = {
            "KASGATE_DATA_DIR": str(home),
            "KASGATE_NETWORK": "simnet",
            "KASGATE_NODES": f"ws://127.0.0.1:{silent.getsockname()[1]}",
            "KASGATE_PORT": "1",
        }
        with running("doctor", environ=environ) as command:
            link, _ = silent.accept()
            with link:
                command.signal(signal.SIGINT)
                assert command.exit_code() == 130
                assert command.err == []


def test_one_node_is_enough_and_the_reserve_that_is_down_a_warning(simnet, doctor, monkeypatch):
    monkeypatch.setenv("KASGATE_NODES", f"{NO_NODE},{simnet}")
    code, report = doctor()
    assert code == 0
    assert report[f"node {NO_NODE}"]["state"] == "warning"
    assert report[f"node {simnet}"]["state"] == "ok"


def test_a_node_of_another_network_is_not_enough(simnet, doctor, monkeypatch):
    monkeypatch.setenv("KASGATE_NETWORK", "devnet")
    code, report = doctor()
    assert code == 1
    assert "KASGATE_NETWORK is devnet" in report[f"node {simnet}"]["detail"]


def test_a_database_of_another_network(a_merchant, doctor, monkeypatch):
    monkeypatch.setenv("KASGATE_NETWORK", "devnet")
    _, report = doctor()
    assert report["database"]["state"] == "failed"
    assert "belongs to simnet" in report["database"]["detail"]


def test_an_audit_log_that_somebody_wrote_into(a_merchant, doctor, home: Path):
    _, report = doctor()
    assert report["audit log"]["state"] == "ok"
    with closing(sqlite3.connect(home / "kasgate.db")) as database, database:
        database.execute(
            """
            INSERT INTO audit_log (
                id, merchant_id, action, actor, details, created_at, place, chain
            ) SELECT 'aud_1', id, 'session.failed', 'api_key', '{}', 1, 1, 'made up' FROM merchants
            """
        )
    code, report = doctor()
    assert code == 1
    assert "Entry aud_1 was changed" in report["audit log"]["detail"]


def test_a_key_file_that_others_may_read(a_merchant, doctor, home: Path):
    (home / "kasgate.key").chmod(0o644)
    code, report = doctor()
    assert code == 1
    assert "chmod 600" in report["key file"]["mend"]
    assert report["database"]["state"] == "skipped"


def test_a_key_file_that_is_lost(a_merchant, doctor, home: Path):
    (home / "kasgate.key").unlink()
    code, report = doctor()
    assert code == 1
    assert report["key file"]["state"] == "failed"
    assert not (home / "kasgate.key").exists(), "it made no other"


def test_another_key_than_the_database_was_made_with(a_merchant, doctor, home: Path):
    (home / "kasgate.key").rename(home / "old.key")
    shutil.copy(Path(__file__), home / "kasgate.key")
    (home / "kasgate.key").chmod(0o600)
    code, report = doctor()
    assert (code, report["key file"]["state"]) == (1, "failed")
    from kasgate.access.secrets import Vault  # noqa: PLC0415 - it makes the file in passing

    (home / "kasgate.key").unlink()
    Vault.load_or_create(home / "kasgate.key")
    code, report = doctor()
    assert (code, report["key file"]["state"]) == (1, "ok")
    assert "sealed with key" in report["database"]["detail"]


def test_a_damaged_database(a_merchant, doctor, home: Path):
    (home / "kasgate.db").write_bytes(b"no database at all, but long enough to be looked at" * 100)
    code, report = doctor()
    assert code == 1
    assert report["database"]["state"] == "failed"
    assert "backup" in report["database"]["mend"]


def test_a_database_of_an_older_version_is_a_warning(simnet, doctor, home: Path, kasgate):
    home.mkdir(mode=0o700)
    (home / "kasgate.db").touch(mode=0o600)
    kasgate("doctor")
    from kasgate.access.secrets import Vault  # noqa: PLC0415 - it makes the file in passing

    Vault.load_or_create(home / "kasgate.key")
    code, report = doctor()
    assert code == 0
    assert report["database"]["state"] == "warning"
    assert "are missing" in report["database"]["detail"]


def test_a_database_that_another_program_keeps_locked(a_merchant, doctor, home: Path, monkeypatch):
    monkeypatch.setattr("kasgate.store.engine.WRITER_BUSY_TIMEOUT_MS", 50)
    with closing(sqlite3.connect(home / "kasgate.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        code, report = doctor()
    assert code == 1
    assert "locked" in report["database"]["detail"]


def test_a_disk_that_is_nearly_full(simnet, doctor, monkeypatch):
    mebibyte = 1024 * 1024
    for free, state in ((50 * mebibyte, "failed"), (500 * mebibyte, "warning")):
        usage = SimpleNamespace(free=free)
        monkeypatch.setattr(
            "kasgate.cli.doctor.local_checks.shutil.disk_usage", lambda _, u=usage: u
        )
        code, report = doctor()
        assert report["disk"]["state"] == state
        assert code == (1 if state == "failed" else 0)


def test_a_webhook_that_may_not_be_sent_to(simnet, doctor, kasgate: Kasgate, monkeypatch):
    monkeypatch.setenv("KASGATE_WEBHOOK_ALLOW_PRIVATE", "127.0.0.0/8")
    url = "http://127.0.0.1:8000/hook"
    kasgate("merchant", "create", "--name", "Ann", "--xpub", KEYS["kpub"], "--webhook-url", url)
    assert doctor()[1]["webhook of Ann"]["state"] == "ok"
    monkeypatch.delenv("KASGATE_WEBHOOK_ALLOW_PRIVATE")
    code, report = doctor()
    assert code == 1
    assert "KASGATE_WEBHOOK_ALLOW_PRIVATE" in report["webhook of Ann"]["mend"]


def test_a_public_url_without_tls_is_a_warning(simnet, doctor, monkeypatch):
    monkeypatch.setenv("KASGATE_BASE_URL", "http://gate.invalid")
    code, report = doctor()
    assert code == 0
    assert report["public URL"]["state"] == "warning"


def test_rates_that_are_on_but_out_of_reach(simnet, doctor, monkeypatch):
    monkeypatch.setenv("KASGATE_RATES", "on")
    there = ",".join(f"{name}=http://127.0.0.1:1" for name in ("kraken", "gate", "mexc"))
    monkeypatch.setenv("KASGATE_RATE_SOURCES", there)
    code, report = doctor()
    assert code == 1
    assert report["rates"]["state"] == "failed"
    assert report["rates of gate"]["state"] == "warning"


@pytest.mark.parametrize(
    ("ahead_ms", "state"), [(0, State.OK), (120_000, State.WARNING), (-120_000, State.WARNING)]
)
def test_a_clock_that_is_off(ahead_ms, state):
    finding = judged_clock(system_clock() - ahead_ms, "somebody")
    assert finding.state is state
    if ahead_ms:
        assert ("ahead of" if ahead_ms > 0 else "behind") in finding.detail


def test_asking_for_the_lock_takes_it_from_nobody(a_merchant, doctor, home: Path):
    with lock_database(home / "kasgate.db"):
        _, report = doctor()
        assert "a gateway serves it now" in report["database"]["detail"]
    _, report = doctor()
    assert "no gateway serves it now" in report["database"]["detail"]
    with lock_database(home / "kasgate.db"):
        pass
