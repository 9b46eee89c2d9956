"""`kasgate merchant create`: a merchant in the database, and its secrets shown once."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from kasgate.access.api_keys import ApiKey, Scope
from kasgate.access.secrets import Vault, hash_api_key
from kasgate.merchant import Merchant
from kasgate.store.lock import lock_database
from kasgate.store.sqlite import open_store

KPUB = (
    "kpub2HtoTgsG6e1c7ixJ6JY49otNSzhEKkwnH6bsPHLAXUdYnfEuYw9LnhT7uRzaS4LSeit2rzutV6z8Fs9usdEGKnNe6"
    "p1JxfP71mK8rbUfYWo"
)
OTHER_KPUB = (
    "kpub2HtoTgsG6e1cA9zdHAxnCzs8PUoDP1YQwfCSwkGT6a6e9k6AToAzTqLVMjADUMF6prubEmcTR9g1PVa4pqQVJjNgm"
    "SWJuJY9QjFZoGw3yGR"
)
PRIVATE = (
    "kprv5y2qurMHCsXYrNfU3GCihuwG3vMqFji7PZXajMEqyBkNh9UZUJgoHYBLTKu1eM4MvUtomcXPQ3Sw9HZ5ebbM4byoU"
    "ciHo1zrPJBQfqpLorQ"
)


def merchants_in(home: Path) -> list[Merchant]:
    async def read() -> list[Merchant]:
        vault = Vault.load_or_create(home / "kasgate.key")
        async with open_store(home / "kasgate.db", vault) as store:
            return await store.merchants()

    return trio.run(read)


def key_hash_in(home) -> str:
    """The hash of the only API key."""

    async def read() -> list[ApiKey]:
        vault = Vault.load_or_create(home / "kasgate.key")
        async with open_store(home / "kasgate.db", vault) as store:
            return await store.api_keys()

    (key,) = trio.run(read)
    assert key.scope is Scope.MANAGE
    return key.key_hash


def test_it_prints_id_key_and_secret_and_stores_only_the_key_s_hash(kasgate, home):
    code, out, err = kasgate("merchant", "create", "--name", "Ann's shop", "--xpub", KPUB)
    assert (code, err) == (0, "")
    (merchant,) = merchants_in(home)
    facts = dict(line.split("  ", 1) for line in out.splitlines() if "  " in line)
    assert facts["id"].strip() == merchant.id
    api_key = facts["API key"].strip()
    assert key_hash_in(home) == hash_api_key(api_key)
    assert facts["webhook secret"].strip() == merchant.webhook_secret
    for file in home.iterdir():
        assert api_key.encode() not in file.read_bytes()
        assert KPUB[4:].encode() not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0, f"{file.name} is for its owner alone"


def test_json_has_the_members_of_the_api(kasgate, home, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"  {KPUB}\n"))
    code, out, _ = kasgate(
        "merchant", "create", "--name", "B", "--xpub", "-", "--email", "b@shop.example", "--json"
    )
    assert code == 0
    shown = json.loads(out)
    (merchant,) = merchants_in(home)
    assert shown["id"] == merchant.id
    assert shown["email"] == merchant.email == "b@shop.example"
    assert set(shown) == {"id", "name", "email", "apiKey", "webhookSecret", "createdAt"}


def test_a_key_of_another_network_is_taken_with_a_note(kasgate, monkeypatch):
    monkeypatch.setenv("KASGATE_NETWORK", "simnet")
    code, out, _ = kasgate("merchant", "create", "--name", "B", "--xpub", KPUB)
    assert code == 0
    assert "Note: This key is written as kpub" in out


@pytest.mark.parametrize("from_stdin", [True, False])
def test_a_private_key_is_refused_and_not_repeated(kasgate, home, monkeypatch, from_stdin):
    monkeypatch.setattr(sys, "stdin", io.StringIO(PRIVATE))
    given = "-" if from_stdin else PRIVATE
    code, out, err = kasgate("merchant", "create", "--name", "B", "--xpub", given)
    assert (code, out) == (1, "")
    assert "private key" in err
    assert PRIVATE[4:20] not in err
    assert merchants_in(home) == []


def test_every_problem_is_told_by_its_option(kasgate):
    code, _, err = kasgate(
        "merchant", "create", "--name", " ", "--xpub", "kpubX", "--email", "nobody",
        "--webhook-url", "http://127.0.0.1/hook",
    )  # fmt: skip
    assert code == 1
    assert sorted(line.split(": ")[1] for line in err.splitlines()) == [
        "--email",
        "--name",
        "--webhook-url",
        "--xpub",
    ]


def test_two_merchants_do_not_share_a_key_or_an_address(kasgate, home):
    create = ("merchant", "create", "--name", "A", "--email", "a@shop.example", "--xpub")
    assert kasgate(*create, KPUB)[0] == 0
    code, _, err = kasgate("merchant", "create", "--name", "B", "--xpub", KPUB)
    assert code == 1
    assert "--xpub: another merchant has this" in err
    code, _, err = kasgate(*create, OTHER_KPUB)
    assert code == 1
    assert "--email: another merchant has this" in err
    assert len(merchants_in(home)) == 1


def test_nothing_on_standard_input_is_said(kasgate, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    code, _, err = kasgate("merchant", "create", "--name", "B", "--xpub", "-")
    assert code == 1
    assert "standard input" in err


def test_it_works_while_a_gateway_serves_the_database(kasgate, home):
    with lock_database(home / "kasgate.db"):
        assert kasgate("merchant", "create", "--name", "A", "--xpub", KPUB)[0] == 0


def test_a_bad_key_file_is_one_sentence(kasgate, home):
    home.mkdir()
    (home / "kasgate.key").write_text("not a key")
    (home / "kasgate.key").chmod(0o600)
    code, out, err = kasgate("merchant", "create", "--name", "A", "--xpub", KPUB)
    assert (code, out) == (1, "")
    (line,) = err.splitlines()
    assert line.startswith(f"kasgate: The key file {home}/kasgate.key")


def test_a_database_sealed_with_another_key_is_one_sentence(kasgate, home):
    assert kasgate("merchant", "create", "--name", "A", "--xpub", KPUB)[0] == 0
    (home / "kasgate.key").unlink()
    code, _, err = kasgate("merchant", "create", "--name", "B", "--xpub", OTHER_KPUB)
    assert code == 1
    (line,) = err.splitlines()
    assert "Put the right key file in place." in line


def test_a_directory_that_can_t_be_made_is_one_sentence(kasgate, home, monkeypatch):
    home.write_text("a file stands in the way")
    monkeypatch.setenv("KASGATE_DATA_DIR", str(home / "data"))
    code, out, err = kasgate("merchant", "create", "--name", "A", "--xpub", KPUB)
    assert (code, out) == (1, "")
    (line,) = err.splitlines()
    assert line.startswith(f"kasgate: The key file {home}/data/kasgate.key can't be used: ")


def test_a_process_of_its_own_reads_the_key_from_a_pipe(home):
    done = subprocess.run(
        [sys.executable, "-m", "kasgate", "merchant", "create", "--name=A", "--xpub=-", "--json"],
        input=KPUB,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "KASGATE_DATA_DIR": str(home)},
    )
    assert json.loads(done.stdout)["apiKey"].startswith("kg_live_")
    assert done.stderr == ""


def test_a_sign_in_link_is_made_for_the_only_merchant(kasgate, home):
    kasgate("merchant", "create", "--name", "Ann's shop", "--xpub", KPUB)
    code, out, err = kasgate("merchant", "sign-in-link")
    assert code == 0
    assert out.startswith("http://127.0.0.1:3001/dashboard/#sign-in=")
    assert "Ann's shop" in err
    assert "10 minutes" in err
    assert out.strip().partition("=")[2] not in (home / "kasgate.db").read_bytes().decode("latin-1")


def test_a_sign_in_link_needs_a_merchant_and_asks_which(kasgate, home):
    code, out, err = kasgate("merchant", "sign-in-link")
    assert (code, out) == (1, "")
    assert "kasgate merchant create" in err
    for name, key in (("Ann", KPUB), ("Ben", OTHER_KPUB)):
        kasgate("merchant", "create", "--name", name, "--xpub", key)
    code, out, err = kasgate("merchant", "sign-in-link")
    assert (code, out) == (1, "")
    assert "Which merchant?" in err
    assert "Ann" in err
    assert "Ben" in err
    code, out, err = kasgate("merchant", "sign-in-link", "Ben")
    assert (code, "'Ben'" in err) == (0, True)
    code, out, err = kasgate("merchant", "sign-in-link", "Cem")
    assert (code, out) == (1, "")
    assert "No merchant is called 'Cem'" in err
