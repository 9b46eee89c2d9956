"""Merchants, sessions and events to store."""

from __future__ import annotations

import hashlib
import itertools
import uuid

from attrs import evolve

from kasgate.access.api_keys import ApiKey, Scope, new_key
from kasgate.access.secrets import new_subscription_token, new_webhook_secret
from kasgate.events import Event
from kasgate.ids import time_sortable
from kasgate.kaspa.extended_key import AccountKey
from kasgate.kaspa.utxo import Outpoint
from kasgate.merchant import Merchant
from kasgate.money import Sompi
from kasgate.sessions.payments import Payment
from kasgate.sessions.session import EventType, Session, SessionStatus
from kasgate.store.calls import Store
from tests.keys import public_key_of

NOW = 1_760_000_000_000
_numbers = itertools.count(1)


def make_key(prefix: str = "kpub") -> AccountKey:
    secret = hashlib.sha256(f"account {next(_numbers)}".encode()).digest()
    return AccountKey(
        public_key=public_key_of(secret),
        chain_code=hashlib.sha256(secret).digest(),
        child_number=1 << 31,
        parent_fingerprint=b"\0\1\2\3",
        prefix=prefix,
    )


def make_merchant(**changes: object) -> Merchant:
    number = next(_numbers)
    merchant = Merchant(
        id=time_sortable("mer", NOW + number),
        name=f"Shop {number}",
        account_key=make_key(),
        webhook_secret=new_webhook_secret(),
        created_at=NOW,
        updated_at=NOW,
        email=f"shop{number}@example.com",
        webhook_url="https://shop.example/hook",
    )
    return evolve(merchant, **changes)  # type: ignore[arg-type]


def make_api_key(merchant: Merchant, **changes: object) -> ApiKey:
    """A key with scope manage, whose text is not known."""
    text = f"kg_live_sample{next(_numbers)}"
    key = new_key(merchant.id, "First key", Scope.MANAGE, text, merchant.created_at)
    return evolve(key, **changes)  # type: ignore[arg-type]


def make_session(merchant: Merchant, index: int = 0, **changes: object) -> Session:
    session = Session(
        id=str(uuid.uuid4()),
        merchant_id=merchant.id,
        account_key=merchant.account_key.fingerprint,
        address=f"kaspasim:{merchant.account_key.fingerprint[:20]}{index}",
        address_index=index,
        amount=Sompi(1_000_000_000),
        required_confirmations=10,
        created_at=NOW,
        expires_at=NOW + 1_800_000,
        created_daa_score=5_000,
        subscription_token=new_subscription_token(),
        order_id="<b>SKU</b>",
        description="A cup of tea",
        metadata={"colour": "sky \N{SNOWMAN}"},
    )
    return evolve(session, **changes)  # type: ignore[arg-type]


def make_event(
    session: Session, type_: EventType = EventType.PENDING, at: int = NOW, payload: str = "{}"
) -> Event:
    return Event(
        id=time_sortable("evt", at),
        type=type_,
        merchant_id=session.merchant_id,
        session_id=session.id,
        created_at=at,
        payload=payload,
    )


def make_payment(amount: int = 400_000_000, **changes: object) -> Payment:
    transaction_id = hashlib.sha256(f"transaction {next(_numbers)}".encode()).hexdigest()
    payment = Payment(
        outpoint=Outpoint(transaction_id, 0),
        amount=Sompi(amount),
        block_daa_score=5_100,
        seen_at=NOW + 100,
        accepted_at=NOW + 90,
    )
    return evolve(payment, **changes)  # type: ignore[arg-type]


def expired(session: Session, at: int = NOW) -> Session:
    return evolve(session, status=SessionStatus.EXPIRED, closed_at=at)


async def open_shop(store: Store, **changes: object) -> Merchant:
    """A merchant in the store, with a key."""
    merchant = make_merchant(**changes)
    await store.add_merchant(merchant, make_api_key(merchant))
    return merchant


async def open_session(store: Store, merchant: Merchant, index: int = 0) -> Session:
    """A session in the store, with its first event and delivery."""
    session = make_session(merchant, index)
    await store.add_session(session, make_event(session), deliver=True)
    return session
