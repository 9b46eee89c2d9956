"""Addresses are looked up on the chain before a session gets them.

An account key may have been used elsewhere: by the owner's wallet, by a gateway whose database is
lost, or by this one before its data directory was restored. What the node's unspent outputs tell is
asked ahead of need, some addresses at a time, so that a creation waits only for the first answer
about its account, and never when no node is followed. What was received and spent again only an
archive can tell; it is asked in the background, once for each account and start.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import structlog
import trio

from actors.chain.cross_check import CrossCheck
from actors.merchants.accounts import GAP_LIMIT, Account
from actors.merchants.registry import MerchantRegistry
from actors.warnings import Warnings
from kasgate.kaspa.link import first_of
from kasgate.kaspa.node import Archive, HistoryUnavailable, Node, NodeError, NodeRefused
from kasgate.money import Sompi, format_kas
from kasgate.store.protocol import StoreUnavailable
from kasgate.warnings import OperatorWarning, WarningKind

log = structlog.get_logger(__name__)

LOOK_WAIT_S: Final = 0.5
"""How long a new session waits for the look at its address."""
LARGEST_WINDOW: Final = 500
"""Addresses looked up at once (kaspa.md §4.5)."""
SOON_S: Final = 2.0
"""An account that is short of addresses again within this time has twice as many looked up."""
DERIVED_AT_ONCE: Final = 50
"""Addresses derived before others get a turn: a millisecond or two."""
FIRST_LOOK_LIMIT: Final = 5_000
"""Addresses passed over in search of unused ones; the rest is left to later looks."""
ARCHIVE_QUEUE: Final = 1_000
"""Accounts that wait for the archive; others wait for the next start."""
ARCHIVE_PAUSE_S: Final = 0.05
FORGOTTEN_S: Final = 300.0
"""How often it is looked what lies on addresses whose sales the database does not know."""
FORGOTTEN_LIMIT: Final = 5_000
"""Such addresses that are looked at in a round."""
_NAMED: Final = 10


class AddressCheck:
    """Looks ahead for all accounts. Outlives links; `run` serves one after another."""

    def __init__(self, merchants: MerchantRegistry, warnings: Warnings) -> None:
        self._merchants = merchants
        self._warnings = warnings
        self._wanted: dict[Account, None] = {}
        self._want_given = trio.Event()
        self._looked = trio.Event()
        self._for_archive: dict[Account, int] = {}
        self._archive_wanted = trio.Event()
        self._has_node = False
        merchants.on_new_account = self.want

    def is_ready(self, account: Account) -> bool:
        """Whether the next address of an account was looked up, or can't be since no node is
        followed. Has those behind it looked up in time."""
        if not self._has_node:
            return True
        if account.is_short:
            self.want(account)
        return account.is_looked_at

    async def ready(self, account: Account) -> None:
        """Return when ``is_ready``; after LOOK_WAIT_S at most."""
        account.waiting += 1
        try:
            with trio.move_on_after(LOOK_WAIT_S):
                while self._has_node and not account.is_looked_at:
                    self.want(account)
                    await self._looked.wait()
        finally:
            account.waiting -= 1

    def want(self, account: Account) -> None:
        """Have the next addresses of an account looked up. Never blocks."""
        self._wanted[account] = None
        self._want_given.set()

    async def run(self, node: Node, cross_check: CrossCheck) -> None:
        """Look by way of this node until cancelled, or until the link ends with NodeUnavailable."""
        self._has_node = True
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._ask_archives, node, cross_check)
                nursery.start_soon(self._look_at_forgotten, node)
                while True:
                    await self._want_given.wait()
                    await self._look(node)
        finally:
            self._has_node = False
            self._looked.set()

    async def _look(self, node: Node) -> None:
        """One question to the node, for some of the accounts that are wanted."""
        windows: dict[Account, dict[int, str]] = {}
        room = LARGEST_WINDOW
        while self._wanted and room >= GAP_LIMIT:
            account = next(iter(self._wanted))
            del self._wanted[account]
            if account.is_short:
                windows[account] = await _derived(account, min(room, _window(account)))
                room -= len(windows[account])
        if not self._wanted:
            self._want_given = trio.Event()
        if not windows:
            return
        held = await _held(node, [a for window in windows.values() for a in window.values()])
        for account, window in windows.items():
            self._take_in(account, window, held)
        self._looked.set()
        self._looked = trio.Event()

    def _take_in(
        self, account: Account, window: dict[int, str], held: dict[str, Sompi] | None
    ) -> None:
        begin, end = min(window, default=account.next_index), max(window, default=0) + 1
        is_first = account.looked_until < 0
        used = [
            index
            for index, address in window.items()
            if held is not None and address in held and index >= account.next_index
        ]
        if not used:
            if is_first:
                self._ask_archive_for(account, begin)
            account.looked_until = max(account.looked_until, end)
            account.keep_ahead(window)
            return
        self._pass_over_used(account, used, leap=is_first)
        if is_first and begin - account.merchant.next_address_index < FIRST_LOOK_LIMIT:
            self.want(account)  # Until as many as wallets look through are unused.
        else:
            account.looked_until = max(account.looked_until, end)
            account.keep_ahead(window)

    def _pass_over_used(self, account: Account, used: Sequence[int], *, leap: bool) -> None:
        """With ``leap`` go on behind the highest of them: those between may have been shown to
        somebody who has not paid yet."""
        first = account.next_index
        if leap:
            account.pass_over(max(used) + 1)
        else:
            for index in used:
                account.note_used(index)
        merchant = account.merchant
        beginning = f"go on at number {account.next_index}" if leap else "pass these over"
        text = (
            f"Addresses of {merchant.name} that no session had hold coins, or did: "
            f"{_numbers(used)}. New sessions {beginning}. If the account is used elsewhere, that is"
            " why. If the data directory was put back from an older copy, orders since then are"
            " missing here: compare with your wallet."
        )
        self._warnings.report(
            self._warnings.made(
                WarningKind.USED_ADDRESSES,
                account.fingerprint,
                text,
                merchant_id=merchant.id,
                passed_over=(first, account.next_index) if leap else None,
            )
        )

    def _ask_archive_for(self, account: Account, begin: int) -> None:
        if len(self._for_archive) < ARCHIVE_QUEUE:
            self._for_archive[account] = begin
            self._archive_wanted.set()
        else:
            log.info("no archive is asked for an account's past", merchant=account.merchant.id)

    async def _ask_archives(self, node: Node, cross_check: CrossCheck) -> None:
        """Look for addresses that received and spent. Without an archive nobody can tell."""
        while True:
            await self._archive_wanted.wait()
            self._archive_wanted = trio.Event()
            try:
                async with cross_check.archive(node) as archive:
                    while self._for_archive:
                        account = next(iter(self._for_archive))
                        await self._ask_archive(archive, account, self._for_archive.pop(account))
            except* NodeError as group:
                log.debug("addresses are not looked up in an archive", why=str(first_of(group)))
                self._for_archive.clear()

    async def _ask_archive(self, archive: Archive, account: Account, begin: int) -> None:
        """Twenty addresses, and twenty more behind each that was used."""
        index, unused, used = begin, 0, list[int]()
        while unused < GAP_LIMIT and index - begin < FIRST_LOOK_LIMIT:
            address = account.address(index)
            # Those that a session got meanwhile may have been paid.
            if address is not None and index >= account.next_index:
                if await _was_used(archive, address):
                    used.append(index)
                    unused = 0
                else:
                    unused += 1
                await trio.sleep(ARCHIVE_PAUSE_S)
            elif address is not None:
                unused += 1
            index += 1
        if used:
            self._pass_over_used(account, used, leap=True)
            self.want(account)

    async def _look_at_forgotten(self, node: Node) -> None:
        """Say what lies on addresses that were given out for sales which the database lost."""
        while True:
            room = FORGOTTEN_LIMIT
            for warning in self._warnings.open:
                if warning.kind is WarningKind.FORGOTTEN_ADDRESSES and room > 0:
                    room -= await self._look_at_range(node, warning, room)
            await trio.sleep(FORGOTTEN_S)

    async def _look_at_range(self, node: Node, warning: OperatorWarning, most: int) -> int:
        account = await self._merchants.account(warning.merchant_id or "")
        if account is None or account.fingerprint != warning.subject:
            return 0
        first, end = warning.first_index or 0, warning.end_index or 0
        addresses = await _addresses(account, range(first, min(end, first + most)))
        sums: dict[str, Sompi] = {}
        for start in range(0, len(addresses), LARGEST_WINDOW):
            part = list(addresses.values())[start : start + LARGEST_WINDOW]
            sums |= await _held(node, part) or {}
        found = f"Now {format_kas(Sompi(sum(sums.values())))} KAS lie on {len(sums)} of them."
        try:
            await self._warnings.note_found(warning, found)
        except StoreUnavailable as error:
            log.warning("what lies on forgotten addresses can't be stored", error=str(error))
        return len(addresses)


def _window(account: Account) -> int:
    """How many addresses to look up: as many as wallets look through at first, then enough for
    those that wait, and the more the faster the account sells."""
    now = trio.current_time()
    is_fast = account.looked_until >= 0 and now - account.looked_at < SOON_S
    account.looked_at = now
    wanted = max(2 * account.waiting, 2 * account.window if is_fast else account.window // 2)
    account.window = min(LARGEST_WINDOW, max(GAP_LIMIT, wanted))
    return account.window


async def _derived(account: Account, count: int) -> dict[int, str]:
    start = max(account.next_index, account.looked_until)
    return await _addresses(account, range(start, start + count))


async def _addresses(account: Account, indices: Iterable[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for count, index in enumerate(indices, start=1):
        if count % DERIVED_AT_ONCE == 0:
            await trio.lowlevel.checkpoint()
        address = account.address(index)
        if address is not None:
            found[index] = address
    return found


async def _held(node: Node, addresses: Sequence[str]) -> dict[str, Sompi] | None:
    """What lies on these addresses, by address; None if the node does not say."""
    try:
        utxos = await node.utxos(addresses)
    except NodeRefused as error:
        log.warning("addresses can't be looked up", error=str(error))
        return None
    sums: dict[str, Sompi] = {}
    for utxo in utxos:
        sums[utxo.address] = Sompi(sums.get(utxo.address, 0) + utxo.amount)
    return sums


async def _was_used(archive: Archive, address: str) -> bool:
    try:
        return bool(await archive.received(address, 0))
    except HistoryUnavailable as error:
        raise NodeRefused(str(error)) from error


def _numbers(used: Sequence[int]) -> str:
    shown = ", ".join(f"number {index}" for index in used[:_NAMED])
    return shown if len(used) <= _NAMED else f"{shown} and {len(used) - _NAMED} more"
