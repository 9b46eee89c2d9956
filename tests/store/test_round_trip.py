"""The database returns every possible session as it was stored."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from kasgate.access.secrets import Vault
from kasgate.kaspa.utxo import Outpoint
from kasgate.money import MAX_SOMPI, Sompi
from kasgate.sessions.payments import Payment, PaymentState
from kasgate.sessions.session import Session, SessionStatus
from kasgate.sessions.valuation import PaymentValue
from kasgate.store.engine import commit_group, connect_memory, read
from kasgate.store.migrate import migrate
from kasgate.store.queries import merchants, sessions
from kasgate.store.sealing import seal_merchant
from tests.sample_sessions import holding
from tests.store.samples import make_api_key, make_event, make_merchant, make_session

MERCHANT = make_merchant()

_sessions = itertools.count()
"""One database serves all examples, so each needs its own address and transactions."""

times = st.integers(0, 1 << 52)
scores = st.integers(0, (1 << 63) - 1)
amounts = st.integers(1, MAX_SOMPI).map(Sompi)
texts = st.text(max_size=30)


def payments_at(outpoint: Outpoint) -> st.SearchStrategy[Payment]:
    return st.builds(
        Payment,
        outpoint=st.just(outpoint),
        amount=amounts,
        block_daa_score=scores,
        seen_at=times,
        accepted_at=times,
        state=st.sampled_from(PaymentState),
        late=st.booleans(),
        credited=st.booleans(),
        missing_since=st.none() | times,
        spent_evidence=st.none() | scores,
        attested=st.booleans(),
        # A payment's value never changes, so it follows from the outpoint.
        value=st.just(value_at(outpoint)),
    )


def value_at(outpoint: Outpoint) -> PaymentValue | None:
    if outpoint.index % 2:
        return None
    return PaymentValue("EUR", "0.0275", int(outpoint.transaction_id, 16) * 7, outpoint.index)


states = st.fixed_dictionaries(
    {
        "status": st.sampled_from(SessionStatus),
        "cancelled": st.booleans(),
        "tx_id": st.none() | st.just("ab" * 32),
        "paid_at": st.none() | times,
        "confirmed_at": st.none() | times,
        "closed_at": st.none() | times,
    }
)
terms = st.fixed_dictionaries(
    {
        "amount": amounts,
        "required_confirmations": st.integers(1, 100_000),
        "created_at": times,
        "expires_at": times,
        "created_daa_score": st.none() | scores,
        "order_id": st.none() | texts,
        "description": st.none() | texts,
        "metadata": st.none() | st.dictionaries(texts, texts, max_size=4),
        "redirect_url": st.none() | texts,
        "tolerance": st.integers(0, MAX_SOMPI).map(Sompi),
        "needs_attestation": st.booleans(),
        "fiat": st.none() | st.dictionaries(texts, texts | times | st.lists(texts, max_size=3)),
    }
)


Stage = tuple[dict[str, Any], list[Payment]]
"""The changed fields of a session, and its payments then."""


@st.composite
def lives(draw: st.DrawFn) -> tuple[Session, list[Stage]]:
    """A session and its stages: payments are added, changed and moved between them, never lost."""
    chosen: dict[str, Any] = draw(terms)
    number = next(_sessions)
    known: list[Outpoint] = []
    stages = []
    for _ in range(draw(st.integers(1, 4))):
        for _ in range(draw(st.integers(0, 2))):
            known.append(Outpoint(f"{number:064x}", len(known)))
        changes: dict[str, Any] = draw(states)
        payments = [draw(payments_at(outpoint)) for outpoint in draw(st.permutations(known))]
        stages.append((changes, payments))
    return make_session(MERCHANT, number, **chosen), stages


@pytest.fixture(scope="module")
def connection() -> Iterator[sqlite3.Connection]:
    connection = connect_memory()
    migrate(connection)
    sealed = seal_merchant(MERCHANT, Vault.generate())
    add = partial(merchants.add, merchant=sealed, key=make_api_key(MERCHANT))
    commit_group(connection, [add])[0].unwrap()
    yield connection
    connection.close()


# Each example is large; a quarter of the usual number is enough.
@settings(max_examples=settings().max_examples // 4)
@given(lives())
def test_every_stage_of_a_session_is_read_as_it_was_written(
    connection: sqlite3.Connection, life: tuple[Session, list[Stage]]
) -> None:
    session, ((changes, payments), *later) = life
    first = evolve(holding(session, *payments), **changes)
    add = partial(sessions.add, session=first, event=make_event(first), deliveries=())
    commit_group(connection, [add])[0].unwrap()
    stored = read(connection, partial(sessions.by_id, session_id=first.id))
    assert stored == first
    for changes, payments in later:
        changed = evolve(holding(stored, *payments), **changes)
        write = partial(sessions.save, session=changed, events=(), deliveries=())
        stored = commit_group(connection, [write])[0].unwrap()
        assert stored == evolve(changed, version=changed.version + 1)
        assert read(connection, partial(sessions.by_address, address=first.address)) == stored

    row = connection.execute("SELECT * FROM sessions WHERE id = ?", (first.id,)).fetchone()
    assert bool(row["active"]) is stored.is_active
    assert row["confirmations"] == stored.confirmations(None)
    before = first.id[:-1]  # Sorts right before it, and after nearly all others.
    next_active = read(connection, partial(sessions.active, after=before, limit=1))
    assert (next_active == [stored]) is stored.is_active
