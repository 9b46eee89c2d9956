"""The addresses of an extended public key, and the addresses that are in use.

A wallet looks for money on its first addresses and stops after a gap, often of 20 unpaid addresses
in a row. Abandoned orders can leave a longer gap, so a merchant must be able to see its length.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

from msgspec import UNSET, UnsetType

from kasgate.access.api_keys import Scope
from kasgate.money import format_kas
from web.contract.answers import Answer, download, json_answer, without_absent
from web.contract.bodies import PREVIEW_SHAPE, read_xpub
from web.contract.csv_rows import CSV, csv_line
from web.contract.operations import Auth, described
from web.contract.queries import ADDRESS_PARAMETERS, FileFormat, as_described, read_address_query
from web.contract.types import Kas, SessionId, Shape, SompiText
from web.http.endpoint import Request, Routes

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from kasgate.merchant import Merchant
    from kasgate.reports import UsedAddress
    from web.api.merchants import MerchantCalls

_ROWS_PER_READ: Final = 500
_COLUMNS: Final = ("index", "address", "sessionId", "received", "receivedSompi")


class PreviewAnswer(Shape, kw_only=True):
    """The first addresses of an extended public key. The key itself is not returned."""

    network: str
    prefix: str
    account: int
    addresses: list[str]
    warnings: list[str]


class UsedAddressShape(Shape, kw_only=True):
    """An address that was given to a session."""

    index: int
    address: str
    session_id: SessionId
    received: Kas
    received_sompi: SompiText


class AddressesAnswer(Shape, kw_only=True):
    """Used addresses of the current key, by index."""

    addresses: list[UsedAddressShape]
    next_address_index: int
    unpaid_in_a_row: int
    next_cursor: int | UnsetType = UNSET


class WalletCalls:
    def __init__(self, gateway: Gateway, merchants: MerchantCalls) -> None:
        self._gateway = gateway
        self._merchants = merchants

    @described(
        {200: PreviewAnswer},
        auth=Auth.MAYBE_KEY,
        scope=Scope.READ,
        body=PREVIEW_SHAPE,
        problems=(403,),
    )
    async def preview(self, request: Request) -> Answer:
        """Preview the first addresses of an extended public key.

        Compare them with those in your wallet. Nothing is stored. Private keys and keys of another
        depth are refused. No API key is needed where registration is open to the caller.
        """
        caller = request.caller
        if caller.merchant_if_any is None and not await self._merchants.may_register(caller):
            caller.require(Scope.READ)
        found = self._gateway.merchants.preview(read_xpub(request.body))
        return json_answer(
            {
                "network": self._gateway.settings.network.value,
                "prefix": found.prefix,
                "account": found.account,
                "addresses": found.addresses,
                "warnings": found.warnings,
            }
        )

    @described(
        {200: AddressesAnswer},
        auth=Auth.KEY,
        scope=Scope.READ,
        query=as_described(ADDRESS_PARAMETERS),
        files=(CSV,),
    )
    async def addresses(self, request: Request) -> Answer:
        """List the used addresses of the current key.

        unpaidInARow is the length of the longest run of unpaid addresses: a wallet with a smaller
        gap limit does not find money after it. format=csv downloads all addresses as a file.
        """
        merchant = request.caller.merchant
        after, limit, form = read_address_query(request.query)
        if form is FileFormat.CSV:
            return download(self._lines(merchant), CSV, "kasgate-addresses.csv")
        return await self._page(merchant, after, limit)

    async def _page(self, merchant: Merchant, after: int, limit: int) -> Answer:
        store, key = self._gateway.store, merchant.account_key.fingerprint
        found = await store.used_addresses(key, after, limit + 1)
        # The merchant in memory may lag behind: sessions use addresses without updating it.
        stored = await store.merchant(merchant.id) or merchant
        run = await store.longest_unpaid_run(key, stored.next_address_index)
        return json_answer(
            without_absent(
                {
                    "addresses": [_address_fields(used) for used in found[:limit]],
                    "nextAddressIndex": stored.next_address_index,
                    "unpaidInARow": run,
                    "nextCursor": found[limit - 1].index if len(found) > limit else None,
                }
            )
        )

    async def _lines(self, merchant: Merchant) -> AsyncIterator[bytes]:
        """All addresses as CSV, page by page."""
        yield csv_line(_COLUMNS)
        after = -1
        while found := await self._gateway.store.used_addresses(
            merchant.account_key.fingerprint, after, _ROWS_PER_READ
        ):
            rows = (_address_fields(used) for used in found)
            yield b"".join(csv_line([row[name] for name in _COLUMNS]) for row in rows)
            after = found[-1].index


def wallet_routes(gateway: Gateway, merchants: MerchantCalls) -> Routes:
    """The routes about the extended public key and its addresses."""
    calls = WalletCalls(gateway, merchants)
    return Routes(
        "wallet",
        "/api/v1/merchants/me",
        (
            ("POST", "/xpub-preview", calls.preview),
            ("GET", "/addresses", calls.addresses),
        ),
    )


def _address_fields(used: UsedAddress) -> dict[str, int | str]:
    return {
        "index": used.index,
        "address": used.address,
        "sessionId": used.session_id,
        "received": format_kas(used.received),
        "receivedSompi": str(used.received),
    }
