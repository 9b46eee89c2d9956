"""Two concurrent calls about one thing: one succeeds, the other gets a 409 with the other's effect.
Never a 503: the gateway is available and carried out the other call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import trio.testing
from quart.wrappers import Response

from tests.web.api.test_passwords import API, Owner
from tests.web.api.test_sessions import becomes
from tests.web.api.test_sign_in import Browser
from tests.web.shape import problem_in
from tests.web.world import Json, World, a_world, json_of, key_of

ME = "/api/v1/merchants/me"
Call = Callable[[], Awaitable[Response]]


async def at_once(world: World, *calls: Call) -> list[Response]:
    """Make calls that all wait at the database before any of them continues. Return their answers,
    ordered by status."""
    answers: list[Response] = []

    async def make(call: Call) -> None:
        answers.append(await call())

    world.store.pause()
    async with trio.open_nursery() as nursery:
        for call in calls:
            nursery.start_soon(make, call)
            await trio.testing.wait_all_tasks_blocked(0.05)
        world.store.resume()
    return sorted(answers, key=lambda answer: answer.status_code)


def statuses(answers: Sequence[Response]) -> list[int]:
    return [answer.status_code for answer in answers]


def post(world: World, path: str, merchant: Json, **body: object) -> Call:
    return partial(world.request, "POST", path, json=body, headers=key_of(merchant))


async def conflict_in(response: Response, status: str) -> None:
    """Assert that the problem contains the session's status, as text and as a field."""
    problem = await problem_in(response, 409, "conflict")
    assert f"it is {status} now" in problem["detail"]
    assert problem["details"] == [{"field": "status", "message": status}]


async def test_of_two_decisions_one_is_taken_and_the_other_is_a_conflict(world: World) -> None:
    merchant = await world.merchant()
    for first, second, status in (("accept", "fail", "confirmed"), ("fail", "accept", "failed")):
        session = await world.session(merchant)
        await world.node.pay(session["address"], "6")
        await becomes(world, session, "paidState", "partial")
        path = f"/api/v1/sessions/{session['id']}"
        done, other = await at_once(
            world,
            post(world, f"{path}/{first}", merchant, note="first"),
            post(world, f"{path}/{second}", merchant, note="second"),
        )
        assert done.status_code == 200
        await conflict_in(other, status)
        assert (await world.read(session))["status"] == status


async def test_of_many_equal_calls_one_is_taken(world: World) -> None:
    merchant = await world.merchant()
    for what, status in (("cancel", "expired"), ("fail", "failed")):
        session = await world.session(merchant)
        call = post(world, f"/api/v1/sessions/{session['id']}/{what}", merchant, note="x")
        if what == "cancel":
            path = f"/api/v1/sessions/{session['id']}/cancel"
            call = partial(world.request, "POST", path, headers=key_of(merchant))
        answers = await at_once(world, *[call] * 5)
        assert statuses(answers) == [200, 409, 409, 409, 409]
        for other in answers[1:]:
            await conflict_in(other, status)


async def test_cancel_and_accept_never_both_succeed(world: World) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant)
    await world.node.pay(session["address"], "6")
    await becomes(world, session, "paidState", "partial")
    path = f"/api/v1/sessions/{session['id']}"
    cancel = partial(world.request, "POST", f"{path}/cancel", headers=key_of(merchant))
    done, other = await at_once(world, cancel, post(world, f"{path}/accept", merchant, note="x"))
    assert (await json_of(done))["status"] == "expired"
    await conflict_in(other, "expired")


async def test_a_payment_that_comes_first_is_a_conflict(world: World) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant)
    world.store.pause()
    await world.node.pay(session["address"], "10")
    await trio.testing.wait_all_tasks_blocked(0.05)
    path = f"/api/v1/sessions/{session['id']}/cancel"
    (refused,) = await at_once(
        world, partial(world.request, "POST", path, headers=key_of(merchant))
    )
    await conflict_in(refused, "confirming")
    # A later caller could have known the status: contract.md §5.
    late = await world.request("POST", path, headers=key_of(merchant))
    await problem_in(late, 400, "session_not_pending")


async def test_a_refused_call_does_not_block_the_next(world: World) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant)
    path = f"/api/v1/sessions/{session['id']}"
    done, refused = await at_once(
        world,
        post(world, f"{path}/accept", merchant, note="there is nothing to accept"),
        post(world, f"{path}/fail", merchant, note="sold out"),
    )
    assert (await json_of(done))["status"] == "failed"
    await problem_in(refused, 400, "decision_refused")


async def test_two_callers_who_revoke_or_rename_a_key(world: World) -> None:
    merchant = await world.merchant()
    made = await post(world, "/api/v1/merchants/keys", merchant, name="Till", scope="create")()
    till = (await json_of(made))["key"]
    path = f"/api/v1/merchants/keys/{till['id']}"
    revoke = partial(world.request, "DELETE", path, headers=key_of(merchant))
    answers = await at_once(world, revoke, revoke)
    assert statuses(answers) == [204, 409]
    await problem_in(answers[1], 409, "conflict")
    await problem_in(await revoke(), 404, "key_not_found")

    made = await post(world, "/api/v1/merchants/keys", merchant, name="Till", scope="create")()
    path = f"/api/v1/merchants/keys/{(await json_of(made))['key']['id']}"
    revoke = partial(world.request, "DELETE", path, headers=key_of(merchant))
    rename = partial(world.request, "PATCH", path, json={"name": "Door"}, headers=key_of(merchant))
    gone, renamed = await at_once(world, revoke, rename)
    assert gone.status_code == 204
    await problem_in(renamed, 409, "conflict")

    regenerate = post(world, f"{ME}/regenerate-api-key", merchant)
    answers = await at_once(world, regenerate, regenerate)
    assert statuses(answers) == [200, 409]
    await problem_in(answers[1], 409, "conflict")
    await problem_in(await regenerate(), 401, "unauthorized")


async def test_of_two_new_webhook_secrets_one_is_made(world: World) -> None:
    """The second call would end the secret that receivers know from the first."""
    merchant = await world.merchant()
    renew = post(world, f"{ME}/regenerate-webhook-secret", merchant)
    done, other = await at_once(world, renew, renew)
    secret = (await json_of(done))["webhookSecret"]
    await problem_in(other, 409, "conflict")
    (stored,) = await world.store.merchants()
    assert stored.webhook_secret == secret
    assert stored.previous_webhook_secret == merchant["webhookSecret"]
    assert (await renew()).status_code == 200


async def test_two_callers_who_change_a_profile_keep_both_changes(world: World) -> None:
    merchant, other = await world.merchant(), await world.merchant()

    def patch(who: Json, **changes: object) -> Call:
        return partial(world.request, "PATCH", ME, json=changes, headers=key_of(who))

    answers = await at_once(
        world, patch(merchant, name="New"), patch(merchant, requiredConfirmations=7)
    )
    assert statuses(answers) == [200, 200]
    profile = await json_of(await world.request("GET", ME, headers=key_of(merchant)))
    assert (profile["name"], profile["requiredConfirmations"]) == ("New", 7)
    email = "one@shop.example"
    answers = await at_once(world, patch(merchant, email=email), patch(other, email=email))
    assert statuses(answers) == [200, 409]
    await problem_in(answers[1], 409, "conflict")


async def test_two_registrations_with_one_wallet(world: World) -> None:
    body = {"name": "Bean There", "xpub": world.keys.pop(0)}
    register = partial(world.request, "POST", "/api/v1/merchants", json=body)
    answers = await at_once(world, register, register)
    assert statuses(answers) == [201, 409]
    await problem_in(answers[1], 409, "conflict")


async def test_a_repeated_call_that_overtakes_the_first(world: World) -> None:
    merchant = await world.merchant()
    headers = key_of(merchant) | {"Idempotency-Key": "one"}
    create = partial(
        world.request, "POST", "/api/v1/sessions", json={"amount": "10"}, headers=headers
    )
    answers = await at_once(world, create, create)
    assert statuses(answers) == [201, 409]
    await problem_in(answers[1], 409, "idempotency_in_flight")


async def test_two_callers_who_send_a_delivery_again(world: World) -> None:
    merchant = await world.merchant(webhookUrl="http://127.0.0.2:9/hook")
    await world.session(merchant)
    logs = await json_of(await world.request("GET", f"{ME}/webhook-logs", headers=key_of(merchant)))
    (log,) = logs["logs"]
    retry = post(world, f"{ME}/webhook-logs/{log['id']}/retry", merchant)
    assert statuses(await at_once(world, retry, retry)) == [200, 200]


async def test_two_callers_who_confirm_change_or_remove_a_password() -> None:
    async with a_world(rate_limits="off") as world:
        merchant = await world.merchant()
        owner, browser = Owner(world, merchant), Browser(world)
        await browser.sign_in(merchant["apiKey"])
        await owner.set_up(browser)
        await owner.reauthenticate(browser)

        def change(password: str) -> Call:
            return partial(browser.change, "PATCH", f"{API}/password", json={"password": password})

        answers = await at_once(world, change("tea and crumpets"), change("scones and cream"))
        assert statuses(answers) == [200, 200]
        remove = partial(browser.change, "DELETE", f"{API}/password")
        answers = await at_once(world, remove, change("another good password"))
        assert statuses(answers) == [204, 409]
        await problem_in(answers[1], 409, "conflict")
