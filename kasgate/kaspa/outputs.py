"""Outputs as nodes tell of them, checked and turned into value types for every transport."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Final

import structlog
import trio

from kasgate.kaspa.address import address_of_script
from kasgate.kaspa.node import MempoolOutput
from kasgate.kaspa.utxo import Outpoint, Utxo
from kasgate.money import MAX_SOMPI, Sompi

log = structlog.get_logger(__name__)

COINBASE_SUBNETWORK: Final = "01" + 19 * "00"

# Bounds the memory of the cache to a few megabytes. Watched outputs come again with every move of
# their score (kaspa.md §4.2), and deriving an address takes ten times as long as all the rest.
_REMEMBERED_SCRIPTS: Final = 16_384
_REMEMBERED_REFUSALS: Final = 1_024
# Outputs converted before other tasks get a turn: deriving an address takes some 20 us.
_PORTION: Final = 128

_address_of = lru_cache(maxsize=_REMEMBERED_SCRIPTS)(address_of_script)


class Garbage(Exception):
    """What came is nothing an honest, healthy node says. The text goes on after "the node …"."""


def output_of(
    outpoint: Outpoint,
    amount: int,
    script: str,
    score: int,
    prefix: str,
    *,
    told: str | None,
    is_coinbase: bool = False,
    covenant_id: str | None = None,
) -> Utxo | None:
    """The output that a node tells of, or None where its script is no address at all, or where it
    is said to hold more than can exist: that one is refused and logged, so that a node that errs
    about one output neither loses its link nor hides the others.

    ``script`` has its version in front, as in wRPC. It decides who is paid: raises Garbage if the
    node has ``told`` an address beside it that is not the script's own on the network with this
    prefix, because such a node lies about where money went.
    """
    address = _address_of(script, prefix)
    if told and told != address:
        raise Garbage(
            f"says of output {outpoint} that it pays an address which is not the one"
            " of its script on this network"
        )
    if address is None:
        return None
    if amount > MAX_SOMPI:
        _say_refused(outpoint)
        return None
    return Utxo(address, outpoint, Sompi(amount), score, is_coinbase, covenant_id)


@lru_cache(maxsize=_REMEMBERED_REFUSALS)
def _say_refused(outpoint: Outpoint) -> None:
    """Once for each output, of those refused of late: its node tells of it again and again."""
    log.error("a node tells of an output with more than all the KAS there is", output=str(outpoint))


async def in_portions(outputs: Iterable[Utxo | None]) -> tuple[Utxo, ...]:
    """Those that are outputs, with a turn for other tasks now and then."""
    kept = []
    for count, output in enumerate(outputs, 1):
        if output is not None:
            kept.append(output)
        if count % _PORTION == 0:
            await trio.lowlevel.checkpoint()
    return tuple(kept)


def waiting_for(outputs: Iterable[Utxo], addresses: Collection[str]) -> list[MempoolOutput]:
    """The plain outputs for these addresses among those of waiting transactions, each once: a
    node lists a transaction under every address that it pays."""
    wanted = {
        output.outpoint: MempoolOutput(output.address, output.outpoint, output.amount)
        for output in outputs
        if output.is_plain_money and output.address in addresses
    }
    return list(wanted.values())
