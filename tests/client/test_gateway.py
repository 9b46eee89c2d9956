"""The clients against the real application on a loopback port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import pytest
import trio

from kasgate.client import AsyncKasGate, KasGate, NotFound, Price, Unauthorized
from tests.rates.servers import rate_servers
from tests.web.world import UNKNOWN_ID, World, a_world, eventually, served


@asynccontextmanager
async def a_gateway() -> AsyncIterator[tuple[World, str]]:
    """A running gateway, and its URL."""
    async with a_world() as world, served(world) as serving:
        yield world, f"http://127.0.0.1:{serving.port}"


async def reaches(kasgate: AsyncKasGate, session_id: str, status: str) -> None:
    with trio.fail_after(30):
        while True:
            if (await kasgate.sessions.status(session_id)).status == status:
                return
            await trio.sleep(0.01)


async def is_paid(kasgate: AsyncKasGate, session_id: str, state: str) -> None:
    with trio.fail_after(30):
        while True:
            if (await kasgate.sessions.get(session_id)).paid_state == state:
                return
            await trio.sleep(0.01)


async def test_a_shop_s_day_with_the_asynchronous_client():
    async with a_gateway() as (world, url):
        async with AsyncKasGate(url) as stranger:
            merchant = await stranger.merchants.create(
                "Bean There", world.keys.pop(0), webhook_url="http://127.0.0.2:9/hook"
            )
            assert merchant.webhook_secret.startswith("whsec_")
            assert merchant.webhook_secret not in repr(merchant)
            with pytest.raises(Unauthorized):
                await stranger.merchants.me()
        async with AsyncKasGate(url, merchant.api_key) as kasgate:
            assert (await kasgate.merchants.me()).name == "Bean There"
            changed = await kasgate.merchants.update(name="Tea Too", webhook_url=None)
            assert (changed.name, changed.webhook_url) == ("Tea Too", None)
            changed = await kasgate.merchants.update(
                confirmation_tiers=[{"below": "100", "confirmations": 5}, {"confirmations": 50}],
                underpayment_tolerance="0.1",
                session_lifetime=900,
                accept_late_payments_for=7_200,
            )
            assert [tier.confirmations for tier in changed.confirmation_tiers] == [5, 50]
            assert changed.underpayment_tolerance == "0.1"
            assert (changed.session_lifetime, changed.accept_late_payments_for) == (900, 7_200)
            session = await kasgate.sessions.create("10", order_id="A-1", metadata={"table": "5"})
            assert session.checkout_url.endswith(session.id)
            await world.node.pay(session.address, "10")
            await reaches(kasgate, session.id, "confirming")
            await world.node.advance(5)
            await reaches(kasgate, session.id, "confirmed")
            found = await kasgate.sessions.get(session.id)
            assert (found.status, found.received_sompi) == ("confirmed", 1_000_000_000)
            assert (found.order_id, found.metadata) == ("A-1", {"table": "5"})
            assert found.payments[0].state == "confirmed"
            listed = [one async for one in kasgate.sessions.payments(session.id)]
            assert listed == list(found.payments)
            assert (found.merchant_name, found.network) == ("Tea Too", "simnet")
            assert (await kasgate.sessions.token(session.id)).token
            other = await kasgate.sessions.create("5")
            assert (await kasgate.sessions.fail(other.id, "out of beans")).status == "failed"
            third = await kasgate.sessions.create("10", idempotency_key="order-3")
            await world.node.pay(third.address, "4")
            await kasgate.sessions.cancel(third.id)
            assert (await kasgate.sessions.accept(third.id, "good enough")).status == "confirmed"
            assert not (await kasgate.rates()).enabled
            part = await kasgate.sessions.create("10", order_id="A-4")
            await world.node.pay(part.address, "4")
            await is_paid(kasgate, part.id, "partial")
            await kasgate.sessions.cancel(part.id)
            (needing,) = [one async for one in kasgate.sessions.list(needs_attention=True)]
            assert (needing.id, needing.received_sompi) == (part.id, 400_000_000)
            assert (needing.cancelled, needing.attention) == (True, ("partial",))
            stats = await kasgate.merchants.stats()
            assert stats.needs_attention.reasons["partial"].count == 1
            assert (await kasgate.sessions.get(part.id)).needs_attention
            assert (await kasgate.sessions.dismiss(part.id, "paid back")).status == "expired"
            assert (await kasgate.merchants.stats()).needs_attention.count == 0


async def test_the_ordinary_client_in_a_thread():
    async with a_gateway() as (world, url):
        merchant = await world.merchant()

        def shop() -> str:
            with KasGate(url, merchant["apiKey"]) as kasgate:
                session = kasgate.sessions.create("0.2")
                assert kasgate.sessions.cancel(session.id).status == "expired"
                with pytest.raises(NotFound) as caught:
                    kasgate.sessions.get(UNKNOWN_ID)
                assert caught.value.code == "session_not_found"
                return kasgate.sessions.get(session.id).status

        assert await trio.to_thread.run_sync(shop) == "expired"


async def test_the_asynchronous_client_under_asyncio():
    async with a_gateway() as (world, url):
        merchant = await world.merchant()

        async def shop() -> str:
            async with AsyncKasGate(url, merchant["apiKey"]) as kasgate:
                session = await kasgate.sessions.create("0.2")
                return (await kasgate.sessions.status(session.id)).status

        assert await trio.to_thread.run_sync(asyncio.run, shop()) == "pending"


async def test_a_price_in_euros():
    async with (
        rate_servers() as servers,
        a_world(rates="on", rate_sources=servers.setting) as world,
        served(world) as serving,
    ):
        standing = world.gateway.rates.standing
        await eventually(lambda: all(one.reading for one in standing()))
        merchant = await world.merchant()
        async with AsyncKasGate(f"http://127.0.0.1:{serving.port}", merchant["apiKey"]) as kasgate:
            session = await kasgate.sessions.create(Price("19.99", "EUR"))
            assert session.fiat is not None
            assert (session.fiat.value, session.fiat.currency) == ("19.99", "EUR")
            assert (await kasgate.sessions.get(session.id)).fiat == session.fiat
            (listed,) = [one async for one in kasgate.sessions.list()]
            assert listed.fiat == session.fiat
            euro = next(one for one in (await kasgate.rates()).rates if one.currency == "EUR")
            assert euro.rate == session.fiat.rate
            assert {source.name for source in euro.sources} == set(session.fiat.sources)


async def test_the_books_of_this_month():
    async with (
        rate_servers() as servers,
        a_world(rates="on", rate_sources=servers.setting) as world,
    ):
        standing = world.gateway.rates.standing
        await eventually(lambda: all(one.reading or one.failures for one in standing()))
        merchant = await world.merchant()
        async with served(world) as serving:
            url = f"http://127.0.0.1:{serving.port}"
            async with AsyncKasGate(url, merchant["apiKey"]) as kasgate:
                assert "EUR" in (await kasgate.rates()).currencies
                changed = await kasgate.merchants.update(display_currency="EUR")
                assert changed.display_currency == "EUR"
                made = await kasgate.sessions.create("9", order_id="A-1")
                await world.node.pay(made.address, "9")
                await is_paid(kasgate, made.id, "exact")
                (payment,) = (await kasgate.sessions.get(made.id)).payments
                assert payment.value is not None
                assert payment.value.amount == "0.25"
                assert [paid.value async for paid in kasgate.sessions.payments(made.id)] == [
                    payment.value
                ]
                statement = await kasgate.books.statement(time_zone="UTC")
                assert statement.received.received == "9"
                assert statement.received.value is not None
                assert statement.received.value.amount == "0.25"
                assert [line.order_id for line in statement.payments] == ["A-1"]
                assert statement.payments[0].value == payment.value
                file = (await kasgate.books.export()).decode()
                assert file.splitlines()[0].startswith("date,dateUtc,orderId,")
                assert ",9.00000000,EUR," in file
                koinly = await kasgate.books.export("koinly", first=date(2026, 1, 1))
                assert b"Net Worth Amount" in koinly
