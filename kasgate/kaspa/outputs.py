"""Outputs in messages of nodes, validated and converted to value types for every transport."""

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

# Bounds the memory of the cache to a few megabytes. Watched outputs come again with every change of
# their score (kaspa.md §4.2), and deriving an address takes ten times as long as the rest together.
_REMEMBERED_SCRIPTS: Final = 16_384
_REMEMBERED_REFUSALS: Final = 1_024
# Outputs converted before other tasks get a turn; deriving an address takes about 20 us.
_PORTION: Final = 128

_address_of = lru_cache(maxsize=_REMEMBERED_SCRIPTS)(address_of_script)


class Garbage(Exception):
    """A message that no honest, healthy node sends. The text is appended to "the node …"."""


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
    """The output in a node's message. None if its script has no address, or if its amount is larger
    than the supply. Such an output is refused and logged alone, so that one wrong output neither
    ends the link nor hides the others.

    ``script`` has its version first, as in wRPC. It decides who is paid. Raises Garbage if the
    message has an address (``told``) other than the script's own on the network with this prefix,
    because such a node lies about the receiver of money.
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
    """Log each refused output once, because a node sends it again and again."""
    log.error("a node tells of an output with more than all the KAS there is", output=str(outpoint))


async def in_portions(outputs: Iterable[Utxo | None]) -> tuple[Utxo, ...]:
    """The outputs that are not None; other tasks get a turn now and then."""
    kept = []
    for count, output in enumerate(outputs, 1):
        if output is not None:
            kept.append(output)
        if count % _PORTION == 0:
            await trio.lowlevel.checkpoint()
    return tuple(kept)


def waiting_for(outputs: Iterable[Utxo], addresses: Collection[str]) -> list[MempoolOutput]:
    """The plain outputs for these addresses among those of mempool transactions. Each is returned
    once, although a node lists a transaction under every address that it pays."""
    wanted = {
        output.outpoint: MempoolOutput(output.address, output.outpoint, output.amount)
        for output in outputs
        if output.is_plain_money and output.address in addresses
    }
    return list(wanted.values())
