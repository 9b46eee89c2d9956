from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trio
from attrs import frozen

from kasgate.access.secrets import Vault
from kasgate.cli.setup.account import Account
from kasgate.merchant import Merchant
from kasgate.simnet.control.client import TIMEOUT_SECONDS, call
from kasgate.store.sqlite import open_store
from tests.cli.processes import Command, running
from tests.vectors import vectors

KEY = vectors("kpubs")[0]
OTHER_KEY = vectors("kpubs")[1]
PRIVATE = (
    "kprv5y2qurMHCsXYrNfU3GCihuwG3vMqFji7PZXajMEqyBkNh9UZUJgoHYBLTKu1eM4MvUtomcXPQ3Sw9HZ5ebbM4byoU"
    "ciHo1zrPJBQfqpLorQ"
)
ME = Account.current().name


@frozen
class Simnet:
    """A simulated network, which can be told to fail."""

    wrpc: str
    grpc: str
    control: str

    def fault(self, method: str, **arguments: object) -> None:
        host, _, port = self.control.rpartition(":")
        call(host, int(port), method, timeout_seconds=TIMEOUT_SECONDS, **arguments)


@pytest.fixture
def simnet() -> Iterator[Simnet]:
    """A simulated network of its own on free ports."""
    ports = ("--wrpc-json", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--control", "127.0.0.1:0")
    with running("simnet", *ports) as command:
        yield simnet_of(command)


def simnet_of(command: Command) -> Simnet:
    wrpc, grpc = command.line("wrpc-json "), command.line("grpc ")
    return Simnet(wrpc, grpc, command.line("control "))


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A file with an extended public key."""
    path = tmp_path / "kpub.txt"
    path.write_text(f"{KEY['kpub']}\n")
    return path


@pytest.fixture
def merchants() -> Callable[[Path], list[Merchant]]:
    """Reads the merchants in a data directory."""

    async def read(data: Path) -> list[Merchant]:
        vault = Vault.load_or_create(data / "kasgate.key")
        async with open_store(data / "kasgate.db", vault) as store:
            return await store.merchants()

    return lambda data: trio.run(read, data) if (data / "kasgate.db").exists() else []
