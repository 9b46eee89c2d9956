"""Lists and figures over HTTP, in the shapes of contract.md §4."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
import trio

from kasgate.events import DeliveryState
from kasgate.json_text import iso
from kasgate.reports import DAY_MS, utc_day
from kasgate.warnings import WarningKind
from tests.web.shape import problem_in
from tests.web.world import UNKNOWN_ID, Json, World, a_world, eventually, json_of, key_of

ME = "/api/v1/merchants/me"


async def get(world: World, merchant: Json, path: str) -> Json:
    response = await world.request("GET", f"{ME}/{path}", headers=key_of(merchant))
    assert response.status_code == 200, await response.get_data()
    return await json_of(response)


async def paid(world: World, merchant: Json, amount: str = "10", **fields: object) -> Json:
    """A session that is paid and confirmed."""
    session = await world.session(merchant, amount=amount, requiredConfirmations=1, **fields)
    await world.node.pay(session["address"], amount)
    await has_status(world, session, "confirming")
    await world.node.advance(3)
    await has_status(world, session, "confirmed")
    return session


async def has_status(world: World, session: Json, status: str) -> None:
    async def is_so() -> bool:
        return bool((await world.read(session))["status"] == status)

    await until(is_so)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Check a condition again and again until it is true."""
    with trio.fail_after(60):
        while True:
            if await condition():
                return
            await trio.sleep(0.01)


async def cancelled(world: World, merchant: Json) -> Json:
    session = await world.session(merchant)
    path = f"/api/v1/sessions/{session['id']}/cancel"
    assert (await world.request("POST", path, headers=key_of(merchant))).status_code == 200
    return session


async def test_the_list_has_the_contracts_fields_and_no_others(world: World) -> None:
    merchant = await world.merchant()
    plain = await world.session(merchant)
    bought = await paid(world, merchant, orderId="A-1", description="Two cups")
    answer = await get(world, merchant, "sessions")
    assert answer.keys() == {"sessions", "total", "totalIsExact", "limit", "offset"}
    assert [answer[name] for name in ("total", "totalIsExact", "limit", "offset")] == [
        2, True, 20, 0,
    ]  # fmt: skip
    newest, oldest = answer["sessions"]
    public = await world.read(bought)
    assert newest == {
        "id": bought["id"],
        "address": bought["address"],
        "amount": "10",
        "amountSompi": "1000000000",
        "status": "confirmed",
        "confirmations": 1,
        "txId": public["txId"],
        "orderId": "A-1",
        "description": "Two cups",
        "createdAt": bought["createdAt"],
        "expiresAt": bought["expiresAt"],
        "paidAt": public["paidAt"],
        "confirmedAt": public["confirmedAt"],
        "received": "10",
        "receivedSompi": "1000000000",
        "paidState": "exact",
        "late": False,
        "cancelled": False,
        "needsAttention": False,
        "attention": [],
    }
    assert oldest["id"] == plain["id"]
    assert not {"txId", "orderId", "description", "paidAt", "confirmedAt"} & oldest.keys()


async def test_the_list_has_current_confirmations(world: World) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant, requiredConfirmations=50)
    await world.node.pay(session["address"], "10")
    await has_status(world, session, "confirming")
    await world.node.advance(7)

    async def has_seven() -> bool:
        (listed,) = (await get(world, merchant, "sessions"))["sessions"]
        return bool(listed["confirmations"] == 7)

    await until(has_seven)


async def test_pages_by_cursor(world: World) -> None:
    merchant = await world.merchant()
    made = [(await world.session(merchant))["id"] for _ in range(5)]
    first = await get(world, merchant, "sessions?limit=2")
    second = await get(world, merchant, f"sessions?limit=2&startingAfter={first['nextCursor']}")
    third = await get(world, merchant, f"sessions?limit=2&startingAfter={second['nextCursor']}")
    shown = [session["id"] for page in (first, second, third) for session in page["sessions"]]
    assert sorted(shown) == sorted(made)
    assert len(shown) == 5
    assert "nextCursor" not in third
    skipped = await get(world, merchant, "sessions?limit=2&offset=2")
    assert (skipped["sessions"], skipped["offset"]) == (second["sessions"], 2)


async def test_filters_reach_the_list(world: World) -> None:
    merchant = await world.merchant()
    closed = await cancelled(world, merchant)
    sale = await world.session(
        merchant, orderId="B-7", metadata={"who": "Zoë Example"}, description="Box of figs"
    )

    async def found(query: str) -> list[str]:
        return [one["id"] for one in (await get(world, merchant, f"sessions?{query}"))["sessions"]]

    assert await found("status=expired") == [closed["id"]]
    assert await found("orderId=B-7") == [sale["id"]]
    assert await found("q=zo%C3%AB") == [sale["id"]]
    assert await found("q=figs%20b-7") == [sale["id"]]
    assert await found(f"q={closed['address']}") == [closed["id"]]
    today = datetime.now(UTC).date()
    tomorrow = today + timedelta(days=1)
    assert len(await found(f"createdTo={tomorrow}")) == 2
    assert await found(f"createdFrom={tomorrow}T00:00:00Z") == []
    assert await found(f"createdFrom={tomorrow}") == []
    # The same time in another time zone.
    assert len(await found(f"createdFrom={sale['createdAt']}")) >= 1
    at = datetime.fromisoformat(sale["createdAt"]) + timedelta(hours=2)
    shown = at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "%2B02:00"
    assert sale["id"] in await found(f"createdFrom={shown}&createdTo={shown}")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=1e1", "limit"),
        ("limit=%D9%A1", "limit"),
        ("offset=-1", "offset"),
        ("offset=99999999999999999999", "offset"),
        ("status=paid", "status"),
        ("status=", "status"),
        ("orderId=" + "x" * 101, "orderId"),
        ("q=", "q"),
        ("q=%20-%20", "q"),
        ("q=" + "x" * 201, "q"),
        ("q=" + "+".join("abcdefghijklm"), "q"),
        ("createdFrom=yesterday", "createdFrom"),
        ("createdFrom=2025-02-30", "createdFrom"),
        ("createdFrom=2025-01-01T00:00:00", "createdFrom"),
        ("createdTo=2025-W01-1", "createdTo"),
        ("createdFrom=2025-01-02&createdTo=2025-01-01", "createdTo"),
        ("startingAfter=7", "startingAfter"),
        (f"startingAfter={UNKNOWN_ID}", "startingAfter"),
        (f"startingAfter={UNKNOWN_ID}&offset=1", "offset"),
        ("limit=1&limit=2", "limit"),
        ("statuss=expired", "statuss"),
    ],
)
async def test_a_value_out_of_range_is_a_field_error(world: World, query: str, field: str) -> None:
    merchant = await world.merchant()
    response = await world.request("GET", f"{ME}/sessions?{query}", headers=key_of(merchant))
    problem = await problem_in(response, 400, "validation_failed")
    assert [detail["field"] for detail in problem["details"]] == [field]


async def test_all_field_errors_are_reported_together(world: World) -> None:
    merchant = await world.merchant()
    response = await world.request(
        "GET", f"{ME}/webhook-logs?limit=0&event=x&status=y&sessionId=z", headers=key_of(merchant)
    )
    problem = await problem_in(response, 400, "validation_failed")
    fields = {detail["field"] for detail in problem["details"]}
    assert fields == {"limit", "event", "status", "sessionId"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{ME}/sessions"),
        ("GET", f"{ME}/stats"),
        ("GET", f"{ME}/analytics"),
        ("GET", f"{ME}/webhook-logs"),
        ("POST", f"{ME}/webhook-logs/whl_1/retry"),
        ("POST", f"{ME}/regenerate-api-key"),
        ("POST", f"{ME}/regenerate-webhook-secret"),
        ("GET", "/api/v1/events"),
        ("GET", "/api/v1/events/evt_1"),
        ("POST", "/api/v1/events/evt_1/resend"),
    ],
)
async def test_every_report_needs_a_key(world: World, method: str, path: str) -> None:
    await problem_in(await world.request(method, path), 401, "unauthorized")


async def test_statistics_sum_received_amounts(world: World) -> None:
    merchant, other = await world.merchant(), await world.merchant()
    await paid(world, other, "500")
    await paid(world, merchant, "10")
    part = await world.session(merchant, amount="10")
    await world.node.pay(part["address"], "2.5")
    await cancelled(world, merchant)
    over = await world.session(merchant, amount="10", requiredConfirmations=100)
    await world.node.pay(over["address"], "11")
    await has_status(world, over, "confirming")
    nothing = {"count": 0, "received": "0", "receivedSompi": "0"}
    answer = await get(world, merchant, "stats")
    assert answer == {
        "totalSessions": 4,
        "pendingSessions": 1,
        "confirmingSessions": 1,
        "confirmedSessions": 1,
        "expiredSessions": 1,
        "failedSessions": 0,
        "totalReceived": "23.5",
        "totalReceivedSompi": "2350000000",
        "needsAttention": {
            **nothing,
            "reasons": dict.fromkeys(("late", "partial", "overpaid", "reverted"), nothing),
        },
    }


async def test_statistics_name_addresses_that_no_session_has(world: World) -> None:
    merchant, other = await world.merchant(), await world.merchant()
    warnings = world.gateway.warnings
    text = "Addresses 3 to 5 may have been given out."
    kind = WarningKind.FORGOTTEN_ADDRESSES
    warnings.report(warnings.made(kind, "key", text, merchant_id=merchant["id"]))
    await warnings.store_now()
    (warning,) = warnings.open
    stats = await get(world, merchant, "stats")
    assert stats["unaccounted"] == [{"text": text, "since": iso(warning.since)}]
    assert "unaccounted" not in await get(world, other, "stats")


async def part_paid_and_cancelled(world: World, merchant: Json, kas: str, **fields: object) -> Json:
    """A session for 10 KAS that was closed after a part was paid."""
    session = await world.session(merchant, **fields)
    await world.node.pay(session["address"], kas)

    async def has_come() -> bool:
        return bool((await world.read(session))["received"] == kas)

    await until(has_come)
    path = f"/api/v1/sessions/{session['id']}/cancel"
    assert (await world.request("POST", path, headers=key_of(merchant))).status_code == 200
    return session


async def late_on(world: World, session: Json, kas: str) -> None:
    await world.node.pay(session["address"], kas)

    async def is_late() -> bool:
        return bool((await world.read(session))["late"])

    await until(is_late)


async def test_part_paid_late_and_unpaid_expired_sessions_differ(
    world: World,
) -> None:
    merchant = await world.merchant()
    nothing = await cancelled(world, merchant)
    part = await part_paid_and_cancelled(world, merchant, "9")
    late = await cancelled(world, merchant)
    await late_on(world, late, "10")
    over = await world.session(merchant, requiredConfirmations=1)
    await world.node.pay(over["address"], "11.5")
    await has_status(world, over, "confirming")
    await world.node.advance(3)
    await has_status(world, over, "confirmed")
    names = {nothing["id"]: "nothing", part["id"]: "part", late["id"]: "late", over["id"]: "over"}

    async def found(query: str = "") -> set[str]:
        page = await get(world, merchant, f"sessions?{query}")
        return {names[one["id"]] for one in page["sessions"]}

    told = ("received", "receivedSompi", "paidState", "late", "cancelled", "needsAttention")
    rows = {
        names[one["id"]]: (*(one[name] for name in told), one["attention"])
        for one in (await get(world, merchant, "sessions"))["sessions"]
    }
    assert rows == {
        "nothing": ("0", "0", "none", False, True, False, []),
        "part": ("9", "900000000", "partial", False, True, True, ["partial"]),
        "late": ("10", "1000000000", "exact", True, True, True, ["late"]),
        "over": ("11.5", "1150000000", "over", False, False, True, ["overpaid"]),
    }
    assert await found("paidState=none") == {"nothing"}
    assert await found("paidState=partial") == {"part"}
    assert await found("paidState=exact") == {"late"}
    assert await found("paidState=over") == {"over"}
    assert await found("late=true") == {"late"}
    assert await found("late=false&status=expired") == {"nothing", "part"}
    assert await found("cancelled=true") == {"nothing", "part", "late"}
    assert await found("cancelled=false") == {"over"}
    assert await found("needsAttention=true") == {"part", "late", "over"}
    assert await found("needsAttention=false") == {"nothing"}
    assert await found("needsAttention=true&paidState=partial&cancelled=true") == {"part"}
    assert await found("needsAttention=true&late=false&status=confirmed") == {"over"}
    for wrong in ("late=yes", "late=1", "needsAttention=", "paidState=some", "cancelled=True"):
        response = await world.request("GET", f"{ME}/sessions?{wrong}", headers=key_of(merchant))
        await problem_in(response, 400, "validation_failed")

    needing = (await get(world, merchant, "stats"))["needsAttention"]
    assert (needing["count"], needing["received"]) == (3, "30.5")
    assert {
        reason: (of["count"], of["receivedSompi"]) for reason, of in needing["reasons"].items()
    } == {
        "late": (1, "1000000000"),
        "partial": (1, "900000000"),
        "overpaid": (1, "1150000000"),
        "reverted": (0, "0"),
    }


async def test_a_dismissed_session_needs_attention_again_when_more_money_comes(
    world: World,
) -> None:
    merchant = await world.merchant()
    session = await part_paid_and_cancelled(world, merchant, "9")
    path = f"/api/v1/sessions/{session['id']}"
    response = await world.request(
        "POST", f"{path}/dismiss", json={"note": "Paid back"}, headers=key_of(merchant)
    )
    assert response.status_code == 200
    assert await json_of(response) == {
        "id": session["id"],
        "status": "expired",
        "message": "Session needs no attention any more.",
    }

    async def needing() -> int:
        count: int = (await get(world, merchant, "stats"))["needsAttention"]["count"]
        listed = await get(world, merchant, "sessions?needsAttention=true")
        assert listed["total"] == len(listed["sessions"]) == count
        own = await world.read(session, headers=key_of(merchant))
        assert own["needsAttention"] is bool(count)
        return count

    assert await needing() == 0
    (*_, line) = await world.store.audit_of_session(session["id"])
    assert (line.action, line.note, line.details["receivedSompi"]) == (
        "session.dismissed", "Paid back", "900000000",
    )  # fmt: skip
    again = await world.request(
        "POST", f"{path}/dismiss", json={"note": "x"}, headers=key_of(merchant)
    )
    problem = await problem_in(again, 400, "decision_refused")
    assert "needs attention" in problem["message"]
    await late_on(world, session, "0.5")
    assert await needing() == 1
    own = await world.read(session, headers=key_of(merchant))
    assert own["attention"] == ["late", "partial"]


async def test_turnover_beyond_64_bits_is_a_string_of_digits(world: World) -> None:
    """The whole supply five times a day: coins can be sent on and come again."""
    merchant = await world.merchant()
    whole = "29000000000"
    for _ in range(5):
        session = await world.session(merchant, amount=whole, requiredConfirmations=1)
        await world.node.pay(session["address"], whole)
        await has_status(world, session, "confirming")
    stats = await get(world, merchant, "stats")
    assert (stats["totalReceived"], stats["totalReceivedSompi"]) == (
        "145000000000",
        "14500000000000000000",
    )
    analytics = await get(world, merchant, "analytics?period=week")
    assert analytics["summary"]["totalVolumeSompi"] == "14500000000000000000"
    assert analytics["dailyBreakdown"][-1]["volumeSompi"] == "14500000000000000000"
    assert analytics["topPayments"][0]["amountSompi"] == "2900000000000000000"
    addresses = await get(world, merchant, "addresses")
    assert {one["receivedSompi"] for one in addresses["addresses"]} == {"2900000000000000000"}


async def test_analytics_of_the_last_week(world: World) -> None:
    merchant = await world.merchant()
    await paid(world, merchant, "10", orderId="first")
    await paid(world, merchant, "20.00000001")
    await cancelled(world, merchant)
    answer = await get(world, merchant, "analytics")
    today = utc_day(world.gateway.clock())
    days = answer["dailyBreakdown"]
    assert [day["date"] for day in days] == [
        datetime.fromtimestamp(number * DAY_MS / 1000, UTC).date().isoformat()
        for number in range(today - 6, today + 1)
    ]
    assert days[-1] == {
        "date": days[-1]["date"],
        "sessions": 3,
        "confirmed": 2,
        "expired": 1,
        "volume": "30.00000001",
        "volumeSompi": "3000000001",
    }
    assert days[0] == {
        "date": days[0]["date"],
        "sessions": 0,
        "confirmed": 0,
        "expired": 0,
        "volume": "0",
        "volumeSompi": "0",
    }
    assert answer["period"] == {
        "start": f"{days[0]['date']}T00:00:00.000Z",
        "end": f"{days[-1]['date']}T23:59:59.999Z",
        "timeZone": "UTC",
        "label": "Last 7 days",
    }
    assert answer["summary"] == {
        "totalSessions": 3,
        "confirmedSessions": 2,
        "totalVolume": "30.00000001",
        "totalVolumeSompi": "3000000001",
        "conversionRate": 66.67,
        "averagePayment": "15",
        "averagePaymentSompi": "1500000000",
    }
    assert answer["comparison"] == {
        "volumeChange": 100.0,
        "sessionsChange": 100.0,
        "conversionChange": 66.67,
        "previousVolume": "0",
        "previousVolumeSompi": "0",
        "previousSessions": 0,
    }
    assert answer["statusDistribution"] == {
        "pending": 0,
        "confirming": 0,
        "confirmed": 2,
        "expired": 1,
        "failed": 0,
    }
    largest, smaller = answer["topPayments"]
    assert largest.keys() == {"id", "txId", "amount", "amountSompi", "confirmedAt"}
    assert (largest["amount"], largest["amountSompi"]) == ("20.00000001", "2000000001")
    assert smaller["orderId"] == "first"


async def test_a_session_that_is_not_yet_watched_counts_as_pending() -> None:
    async with a_world(reachable=False) as world:
        merchant = await world.merchant()
        session = await world.session(merchant)
        assert session["status"] == "created"
        assert (await get(world, merchant, "stats"))["pendingSessions"] == 1
        distribution = (await get(world, merchant, "analytics?period=day"))["statusDistribution"]
        assert distribution == {
            "pending": 1,
            "confirming": 0,
            "confirmed": 0,
            "expired": 0,
            "failed": 0,
        }


@pytest.mark.parametrize(
    ("query", "days", "label"),
    [
        ("", 7, "Last 7 days"),
        ("period=day", 1, "Today"),
        ("period=week", 7, "Last 7 days"),
        ("period=month", 30, "Last 30 days"),
        ("period=year", 365, "Last 365 days"),
        ("startDate=2024-02-01&endDate=2024-02-29", 29, "Custom"),
        ("period=month&endDate=2024-02-29", 30, "Custom"),
        ("startDate=2024-02-29&endDate=2024-02-29", 1, "Custom"),
        ("endDate=1970-01-02", 7, "Custom"),
        ("endDate=9999-12-31&period=year", 365, "Custom"),
    ],
)
async def test_periods_are_whole_utc_days(world: World, query: str, days: int, label: str) -> None:
    merchant = await world.merchant()
    answer = await get(world, merchant, f"analytics?{query}")
    assert len(answer["dailyBreakdown"]) == days
    assert answer["period"]["label"] == label


@pytest.mark.parametrize(
    ("zone", "day", "start", "end"),
    [
        # The clock goes back: 25 hours. It goes forward: 23 hours.
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00.000Z", "2026-10-25T22:59:59.999Z"),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z", "2026-03-29T21:59:59.999Z"),
        ("Asia/Kathmandu", "2026-12-01", "2026-11-30T18:15:00.000Z", "2026-12-01T18:14:59.999Z"),
    ],
)
async def test_a_period_has_the_days_of_a_time_zone(
    world: World, zone: str, day: str, start: str, end: str
) -> None:
    merchant = await world.merchant()
    query = f"startDate={day}&endDate={day}&timeZone={zone}"
    answer = await get(world, merchant, f"analytics?{query}")
    assert [each["date"] for each in answer["dailyBreakdown"]] == [day]
    assert answer["period"] == {"start": start, "end": end, "timeZone": zone, "label": "Custom"}


async def test_figures_and_lists_of_a_day_in_a_time_zone_agree(world: World) -> None:
    merchant = await world.merchant()
    await paid(world, merchant, "10")
    await cancelled(world, merchant)
    now = datetime.fromtimestamp(world.gateway.clock() / 1000, UTC)
    for zone in ("Pacific/Kiritimati", "Pacific/Niue", "Asia/Kolkata", "UTC"):
        today = now.astimezone(ZoneInfo(zone)).date()
        answer = await get(world, merchant, f"analytics?period=day&timeZone={zone}")
        assert [day["date"] for day in answer["dailyBreakdown"]] == [today.isoformat()]
        assert answer["summary"]["totalVolume"] == "10"
        assert answer["summary"]["totalSessions"] == 2
        assert [payment["amount"] for payment in answer["topPayments"]] == ["10"]
        days = f"createdFrom={today}&createdTo={today}&timeZone={zone}"
        assert (await get(world, merchant, f"sessions?{days}"))["total"] == 2
        later = today + timedelta(days=1)
        assert (await get(world, merchant, f"sessions?createdFrom={later}&timeZone={zone}"))[
            "total"
        ] == 0


async def test_a_list_has_the_sessions_of_a_reason(world: World) -> None:
    merchant = await world.merchant()
    part = await part_paid_and_cancelled(world, merchant, "2.5")
    for reason, expected in (("partial", [part["id"]]), ("late", []), ("overpaid", [])):
        answer = await get(world, merchant, f"sessions?attention={reason}")
        assert [session["id"] for session in answer["sessions"]] == expected
        assert answer["totalIsExact"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("timeZone=Mars/Olympus", "timeZone"),
        ("timeZone=../../etc/passwd", "timeZone"),
        ("timeZone=Europe/Berlin&endDate=9999-12-31", "endDate"),
        ("period=decade", "period"),
        ("startDate=junk", "startDate"),
        ("startDate=2025-01-01T00:00:00Z", "startDate"),
        ("endDate=31.1.2025", "endDate"),
        ("startDate=2025-01-02&endDate=2025-01-01", "startDate"),
        ("startDate=9999-01-01", "startDate"),
        ("startDate=2020-01-01&endDate=2024-01-01", "startDate"),
        ("endDate=1969-12-31", "endDate"),
    ],
)
async def test_an_invalid_period_is_a_field_error(world: World, query: str, field: str) -> None:
    merchant = await world.merchant()
    response = await world.request("GET", f"{ME}/analytics?{query}", headers=key_of(merchant))
    problem = await problem_in(response, 400, "validation_failed")
    assert [detail["field"] for detail in problem["details"]] == [field]


# The webhook log: the receiver at 127.0.0.2:9 refuses every connection.

HOOK = "http://127.0.0.2:9/hook"


async def logs(world: World, merchant: Json, query: str = "") -> list[Json]:
    found: list[Json] = (await get(world, merchant, f"webhook-logs{query}"))["logs"]
    return found


async def test_the_webhook_log_and_a_retry(world: World) -> None:
    merchant, other = await world.merchant(webhookUrl=HOOK), await world.merchant()
    session = await world.session(merchant, metadata={"k": "ü"})

    async def was_attempted(times: int) -> bool:
        return bool((await logs(world, merchant))[0]["attempts"] >= times)

    await until(partial(was_attempted, 1))
    (line,) = await logs(world, merchant)
    (event,) = await world.store.events_of_session(session["id"])
    assert line.keys() == {
        "id", "sessionId", "event", "status", "statusCode", "attempts", "deliveryId", "createdAt",
        "deliveredAt", "nextRetryAt", "payload", "response", "amount", "amountSompi", "received",
        "receivedSompi", "paidState", "late", "cancelled",
    }  # fmt: skip
    assert (line["sessionId"], line["deliveryId"]) == (session["id"], event.id)
    assert (line["event"], line["status"]) == ("payment.pending", "pending")
    assert (line["statusCode"], line["deliveredAt"]) == (None, None)
    assert isinstance(line["response"], str)
    assert line["payload"]["metadata"] == {"k": "ü"}

    # Delivered according to the log; it is sent again nevertheless.
    delivery = await world.store.delivery(line["id"])
    assert delivery is not None
    path = f"{ME}/webhook-logs/{line['id']}/retry"
    foreign = await world.request("POST", path, headers=key_of(other))
    await problem_in(foreign, 404, "delivery_not_found")
    before = delivery.attempts
    response = await world.request("POST", path, headers=key_of(merchant))
    assert response.status_code == 200
    answer = await json_of(response)
    assert answer.keys() == {"message", "logId"}
    assert answer["logId"] == line["id"]
    await until(partial(was_attempted, before + 1))
    unknown = await world.request(
        "POST", f"{ME}/webhook-logs/whl_unknown/retry", headers=key_of(merchant)
    )
    await problem_in(unknown, 404, "delivery_not_found")


async def test_the_webhook_log_by_filter(world: World) -> None:
    merchant = await world.merchant(webhookUrl=HOOK)
    first = await world.session(merchant)
    second = await cancelled(world, merchant)
    page = await get(world, merchant, "webhook-logs?limit=1&offset=1")
    assert (page["total"], page["totalIsExact"], page["limit"], page["offset"]) == (3, True, 1, 1)
    assert len(page["logs"]) == 1

    async def of(query: str) -> list[str]:
        return [line["sessionId"] for line in await logs(world, merchant, f"?{query}")]

    assert await of("event=payment.expired") == [second["id"]]
    assert await of(f"sessionId={first['id']}") == [first["id"]]
    assert await of(f"status={DeliveryState.DELIVERED}") == []
    assert len(await of("status=pending")) == 3


async def test_the_webhook_log_by_order_amount_and_several_events(world: World) -> None:
    merchant, other = await world.merchant(webhookUrl=HOOK), await world.merchant(webhookUrl=HOOK)
    await world.session(other, orderId="A-1")
    small = await world.session(merchant, amount="2", orderId="A-1")
    part = await part_paid_and_cancelled(world, merchant, "9", orderId="B-2")
    plain = await world.session(merchant, amount="30")
    names = {small["id"]: "small", part["id"]: "part", plain["id"]: "plain"}

    async def of(query: str) -> list[str]:
        found = await logs(world, merchant, f"?{query}")
        return [f"{names[one['sessionId']]} {one['event'].partition('.')[2]}" for one in found]

    everything = ["plain pending", "part expired", "part partial", "part pending", "small pending"]
    assert await of("") == everything
    assert await of("orderId=A-1") == ["small pending"]
    assert await of("orderId=B-2&event=payment.partial,payment.pending") == everything[2:4]
    assert await of("orderId=C-3") == []
    assert await of("event=payment.expired,payment.partial") == everything[1:3]
    assert await of("amountFrom=1000000000") == everything[:4]
    assert await of("amountTo=1000000000") == everything[1:]
    assert await of("amountFrom=200000001&amountTo=2999999999&event=payment.pending") == [
        "part pending"
    ]
    assert await of(f"sessionId={part['id']}&amountTo=999999999") == []
    row = (await logs(world, merchant, "?event=payment.partial"))[0]
    assert (row["orderId"], row["amount"], row["amountSompi"]) == ("B-2", "10", "1000000000")
    assert (row["received"], row["receivedSompi"], row["paidState"]) == (
        "9", "900000000", "partial",
    )  # fmt: skip
    assert (row["late"], row["cancelled"]) == (False, True)
    assert "orderId" not in (await logs(world, merchant, "?amountFrom=3000000000"))[0]

    for wrong in (
        "event=payment.partial,",
        "event=payment.partial,x",
        "amountFrom=-1",
        "amountFrom=1.5",
        "amountFrom=2&amountTo=1",
        "startingAfter=whl_nobody",
        "startingAfter=whl_nobody&offset=1",
    ):
        response = await world.request(
            "GET", f"{ME}/webhook-logs?{wrong}", headers=key_of(merchant)
        )
        assert response.status_code == 400, wrong
        await problem_in(response, 400)


@pytest.mark.parametrize("query", ["", "amountTo=2000000000&", "orderId=A-1&"])
async def test_the_webhook_log_by_cursor(world: World, query: str) -> None:
    merchant = await world.merchant(webhookUrl=HOOK)
    for _ in range(5):
        await world.session(merchant, orderId="A-1")
    shown: list[str] = []
    cursor = ""
    for _ in range(3):
        page = await get(world, merchant, f"webhook-logs?{query}limit=2{cursor}")
        shown += [line["id"] for line in page["logs"]]
        cursor = f"&startingAfter={page.get('nextCursor')}"
    assert "nextCursor" not in page
    assert len(set(shown)) == len(shown) == 5
    assert shown == sorted(shown, reverse=True)


async def test_a_retry_needs_a_webhook_url(world: World) -> None:
    merchant = await world.merchant(webhookUrl=HOOK)
    await world.session(merchant)
    (line,) = await logs(world, merchant)
    response = await world.request("PATCH", ME, json={"webhookUrl": None}, headers=key_of(merchant))
    assert response.status_code == 200
    path = f"{ME}/webhook-logs/{line['id']}/retry"
    response = await world.request("POST", path, headers=key_of(merchant))
    await problem_in(response, 409, "no_webhook_url")


# Keys and secrets


async def test_a_new_key_works_and_the_old_one_does_not(world: World) -> None:
    merchant = await world.merchant()
    response = await world.request("POST", f"{ME}/regenerate-api-key", headers=key_of(merchant))
    assert response.status_code == 200
    answer = await json_of(response)
    assert answer.keys() == {"apiKey", "message"}
    assert answer["apiKey"].startswith("kg_live_")
    await problem_in(await world.request("GET", ME, headers=key_of(merchant)), 401, "unauthorized")
    profile = await world.request("GET", ME, headers=key_of(answer))
    assert (await json_of(profile))["id"] == merchant["id"]


async def test_a_new_webhook_secret_is_shown_once(world: World) -> None:
    merchant = await world.merchant()
    path = f"{ME}/regenerate-webhook-secret"
    answer = await json_of(await world.request("POST", path, headers=key_of(merchant)))
    assert answer.keys() == {"webhookSecret", "message"}
    assert answer["webhookSecret"].startswith("whsec_")
    assert answer["webhookSecret"] != merchant["webhookSecret"]
    stored = await world.store.merchant(merchant["id"])
    assert stored is not None
    assert stored.webhook_secret == answer["webhookSecret"]
    assert stored.previous_webhook_secret == merchant["webhookSecret"]


# Events


async def events(world: World, merchant: Json, query: str = "") -> Json:
    response = await world.request("GET", f"/api/v1/events{query}", headers=key_of(merchant))
    assert response.status_code == 200, await response.get_data()
    return await json_of(response)


async def test_an_event_is_the_webhooks_body_and_three_fields(world: World) -> None:
    merchant = await world.merchant(webhookUrl=HOOK)
    session = await world.session(merchant, orderId="7")
    page = await events(world, merchant)
    assert page.keys() == {"events", "hasMore", "nextCursor"}
    (event,) = page["events"]
    (line,) = await logs(world, merchant)
    assert event == line["payload"] | {
        "id": line["deliveryId"],
        "type": "payment.pending",
        "createdAt": session["createdAt"],
    }
    path = f"/api/v1/events/{event['id']}"
    one = await world.request("GET", path, headers=key_of(merchant))
    assert await json_of(one) == event
    other = await world.merchant()
    for unknown, key in ((path, other), ("/api/v1/events/evt_1", merchant)):
        response = await world.request("GET", unknown, headers=key_of(key))
        await problem_in(response, 404, "event_not_found")


async def test_reading_on_after_the_last_event_misses_none(world: World) -> None:
    merchant = await world.merchant()
    assert await events(world, merchant) == {"events": [], "hasMore": False}
    await world.session(merchant)
    first = await events(world, merchant)
    nothing = await events(world, merchant, f"?after={first['nextCursor']}")
    assert nothing == {"events": [], "hasMore": False, "nextCursor": first["nextCursor"]}
    closed = await cancelled(world, merchant)
    page = await events(world, merchant, f"?after={first['nextCursor']}&limit=1")
    assert (page["hasMore"], len(page["events"])) == (True, 1)
    page = await events(world, merchant, f"?after={page['nextCursor']}&limit=1")
    assert page["hasMore"] is False
    assert page["events"][0]["type"] == "payment.expired"

    newest = await events(world, merchant, "?order=newest&limit=1")
    assert newest["events"] == page["events"]
    of_type = await events(world, merchant, "?type=payment.expired")
    assert of_type["events"] == page["events"]
    of_session = await events(world, merchant, f"?sessionId={closed['id']}")
    assert len(of_session["events"]) == 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("after=evt_unknown", "after"),
        ("after=", "after"),
        ("limit=101", "limit"),
        ("type=payment", "type"),
        ("order=asc", "order"),
        ("sessionId=1", "sessionId"),
        ("before=evt_1", "before"),
    ],
)
async def test_an_invalid_query_of_the_log_is_a_field_error(
    world: World, query: str, field: str
) -> None:
    merchant = await world.merchant()
    response = await world.request("GET", f"/api/v1/events?{query}", headers=key_of(merchant))
    problem = await problem_in(response, 400, "validation_failed")
    assert [detail["field"] for detail in problem["details"]] == [field]


async def test_an_event_that_was_never_sent_can_be_sent_later(world: World) -> None:
    merchant = await world.merchant()
    await world.session(merchant)
    (event,) = (await events(world, merchant))["events"]
    path = f"/api/v1/events/{event['id']}/resend"
    response = await world.request("POST", path, headers=key_of(merchant))
    await problem_in(response, 409, "no_webhook_url")

    await world.request("PATCH", ME, json={"webhookUrl": HOOK}, headers=key_of(merchant))
    for _ in range(2):  # The second time a delivery exists already.
        response = await world.request("POST", path, headers=key_of(merchant))
        assert response.status_code == 200, await response.get_data()
        answer = await json_of(response)
        assert answer.keys() == {"message", "eventId", "logId"}
        (line,) = await logs(world, merchant)
        assert (line["id"], line["deliveryId"]) == (answer["logId"], event["id"])
    await eventually(lambda: world.gateway.redelivery.dispatcher.pending == 1)
    other = await world.merchant()
    response = await world.request("POST", path, headers=key_of(other))
    await problem_in(response, 404, "event_not_found")
