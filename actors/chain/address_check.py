"""The address check: looks addresses up on the chain before sessions get them.

An account key may be in use elsewhere: by the owner's wallet, by a gateway whose database is lost,
or by this gateway before its data directory was restored. The node's unspent outputs are queried
ahead of need, some addresses at a time. A creation waits only for the first answer about its
account, and does not wait when no node is followed. Only an archive knows outputs that were
received and spent again; it is queried in the background, once per account and start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
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
"""How long a new session waits for the check of its address."""
LARGEST_WINDOW: Final = 500
"""Addresses in one query (kaspa.md §4.5)."""
SOON_S: Final = 2.0
"""If an account runs short of checked addresses again within this time, the next check covers twice
as many."""
DERIVED_AT_ONCE: Final = 50
"""Addresses derived between two checkpoints: a millisecond or two."""
FIRST_LOOK_LIMIT: Final = 5_000
"""Addresses that the first check may skip in search of unused ones. Later checks do the rest."""
ARCHIVE_QUEUE: Final = 1_000
"""Accounts that wait for the archive. Others wait for the next start."""
ARCHIVE_PAUSE_S: Final = 0.05
FORGOTTEN_S: Final = 300.0
"""Interval of checks of addresses whose sales the database does not know."""
FORGOTTEN_LIMIT: Final = 5_000
"""Such addresses in one round."""
_NAMED: Final = 20


class AddressCheck:
    """Checks addresses of all accounts ahead of need. Outlives links; `run` serves one after
    another."""

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
        """Whether the next address of an account was checked, or can't be because no node is
        followed. Schedules the check of further addresses in time."""
        if not self._has_node:
            return True
        if account.is_short:
            self.want(account)
        return account.is_looked_at

    async def ready(self, account: Account) -> None:
        """Return when ``is_ready``, or after LOOK_WAIT_S."""
        account.waiting += 1
        try:
            with trio.move_on_after(LOOK_WAIT_S):
                while self._has_node and not account.is_looked_at:
                    self.want(account)
                    await self._looked.wait()
        finally:
            account.waiting -= 1

    def want(self, account: Account) -> None:
        """Schedule the check of an account's next addresses. Never blocks."""
        self._wanted[account] = None
        self._want_given.set()

    async def run(self, node: Node, cross_check: CrossCheck) -> None:
        """Query this node until cancelled, or until the link ends with NodeUnavailable."""
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
        """One query to the node, for some of the scheduled accounts."""
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
        self._pass_over_used(account, used, leap=is_first, sums=_by_index(window, held))
        if is_first and begin - account.merchant.next_address_index < FIRST_LOOK_LIMIT:
            self.want(account)  # Until a whole gap limit of addresses is unused.
        else:
            account.looked_until = max(account.looked_until, end)
            account.keep_ahead(window)

    def _pass_over_used(
        self,
        account: Account,
        used: Sequence[int],
        *,
        leap: bool,
        sums: Mapping[int, Sompi] = MappingProxyType({}),
    ) -> None:
        """Skip used addresses and report them. With ``leap`` continue after the highest: addresses
        in between may have been shown to a shopper who has not paid yet."""
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
            f"{_numbers(used, sums)}. New sessions {beginning}. If the account is used elsewhere,"
            " that is why. If the data directory was put back from an older copy, orders since then"
            " are missing here: compare with your wallet."
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
        """Find addresses that received and spent money. Only an archive knows those."""
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
        """Check twenty addresses, and twenty more after each used one."""
        index, unused, used = begin, 0, list[int]()
        while unused < GAP_LIMIT and index - begin < FIRST_LOOK_LIMIT:
            address = account.address(index)
            # An address below that has a session by now may have been paid for it.
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
        """Report the money on addresses that were given out for sales which the database lost."""
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
        if sums:
            held = {index: sums[text] for index, text in addresses.items() if text in sums}
            found = f"{found[:-1]}: {_numbers(list(held), held)}."
        try:
            await self._warnings.note_found(warning, found)
        except StoreUnavailable as error:
            log.warning("what lies on forgotten addresses can't be stored", error=str(error))
        return len(addresses)


def _window(account: Account) -> int:
    """How many addresses the next check covers: at first as many as wallets look through, then
    enough for waiting sessions, and more the faster the account sells."""
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
    """The money on each of these addresses; None if the node refuses to answer."""
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


def _by_index(window: Mapping[int, str], held: Mapping[str, Sompi] | None) -> dict[int, Sompi]:
    """The money on the addresses of a window, by index."""
    return {index: held[address] for index, address in window.items() if held and address in held}


def _numbers(used: Sequence[int], sums: Mapping[int, Sompi]) -> str:
    """The first of these indices, with the money on their addresses where it is known."""
    shown = ", ".join(
        f"number {index}" + (f" ({format_kas(sums[index])} KAS)" if index in sums else "")
        for index in used[:_NAMED]
    )
    return shown if len(used) <= _NAMED else f"{shown} and {len(used) - _NAMED} more"
