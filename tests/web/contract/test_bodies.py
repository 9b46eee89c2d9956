"""The bodies that clients may send, and the errors for all others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasgate.json_text import iso
from kasgate.money import Sompi
from tests.web.shape import problem_in
from tests.web.world import World, key_of
from web.contract.bodies import (
    new_session_reader,
    read_merchant_changes,
    read_new_merchant,
    read_since,
)
from web.contract.problems import Problem

MINIMUM = Sompi(20_000_000)
read_new_session = new_session_reader(MINIMUM)


def problems_of(body: bytes) -> dict[str, str]:
    """The errors in the body of a new session, by field."""
    with pytest.raises(Problem) as caught:
        read_new_session(body)
    return {detail.field: detail.message for detail in caught.value.details}


def session_body(**fields: Any) -> bytes:
    return msgspec.json.encode({"amount": "1", **fields})


def test_a_full_body_is_stored_unchanged() -> None:
    asked = read_new_session(
        session_body(
            amount="12.50",
            orderId="<b>SKU</b> \u0000 ü",
            metadata={"colour": "=cmd()"},
            redirectUrl="https://shop.example/thanks?a=1#b",
            expiresIn=60,
            requiredConfirmations=1,
        )
    )
    assert asked.amount == 1_250_000_000
    assert asked.order_id == "<b>SKU</b> \u0000 ü"
    assert asked.metadata == {"colour": "=cmd()"}
    assert asked.redirect_url == "https://shop.example/thanks?a=1#b"
    assert (asked.expires_in, asked.required_confirmations) == (60, 1)


def test_all_errors_are_reported_together() -> None:
    problems = problems_of(
        msgspec.json.encode(
            {
                "orderId": 7,
                "metadata": {"colour": 1, "k" * 51: "x", "size": "y" * 501},
                "redirectUrl": "javascript:alert(1)",
                "expiresIn": 59,
                "requiredConfirmations": "3",
                "price": "1",
            }
        )
    )
    assert problems.keys() == {
        "amount",
        "orderId",
        "metadata.colour",
        f"metadata.{'k' * 51}",
        "metadata.size",
        "redirectUrl",
        "expiresIn",
        "requiredConfirmations",
        "price",
    }


@pytest.mark.parametrize(
    "amount",
    [
        *("0", "0.19999999", "-1", "+1", "1e3", "1.", ".5", "1,5", " 1", "1 ", "1\n", "0x1"),
        *("1.123456789", "9" * 60, "29000000000.00000001", "NaN", "", "\u0661"),
    ],
)
def test_an_invalid_amount_is_refused(amount: str) -> None:
    assert problems_of(session_body(amount=amount)).keys() == {"amount"}


@pytest.mark.parametrize("amount", [1, 1.5, True, None, [], ["1"]])
def test_an_amount_in_kas_must_be_a_string(amount: object) -> None:
    assert "must be a string" in problems_of(session_body(amount=amount))["amount"]


@pytest.mark.parametrize("amount", ["0.2", "29000000000", "00.20000000"])
def test_the_bounds_of_an_amount_are_amounts(amount: str) -> None:
    read = read_new_session(session_body(amount=amount)).amount
    assert isinstance(read, int)
    assert read >= MINIMUM


@pytest.mark.parametrize(
    "fields",
    [
        {"orderId": "x" * 101},
        {"orderId": None},
        {"description": ""},
        {"description": " \u2009 "},
        {"description": "x" * 301},
        {"description": "one\ntwo"},
        {"description": "ends\n"},
        {"description": "bell \u0007"},
        {"description": "line\u2028separator"},
        {"description": None},
        {"description": ["x"]},
        {"metadata": []},
        {"metadata": {"a": {"b": "c"}}},
        {"metadata": {"a": None}},
        {"metadata": {"": "x"}},
        {"metadata": {str(number): "" for number in range(21)}},
        {"metadata": {str(number): "x" * 500 for number in range(3)}},
        {"redirectUrl": "//shop.example"},
        {"redirectUrl": "ftp://shop.example"},
        {"redirectUrl": "https://"},
        {"redirectUrl": "https://shop.example/\nX: y"},
        {"redirectUrl": "https://[shop"},
        {"redirectUrl": "https://shop.example/" + "x" * 2048},
        {"expiresIn": 86_401},
        {"expiresIn": 60.5},
        {"expiresIn": True},
        {"requiredConfirmations": 0},
        {"requiredConfirmations": 1_000_001},
        {"requiredConfirmations": 10**30},
    ],
)
def test_a_field_beyond_its_limits_is_a_field_error(fields: dict[str, Any]) -> None:
    (name,) = fields
    assert {field.partition(".")[0] for field in problems_of(session_body(**fields))} == {name}


def test_values_at_the_limits_are_allowed() -> None:
    metadata = {f"{number:02}": "x" * 48 for number in range(20)}
    asked = read_new_session(session_body(orderId="x" * 100, metadata=metadata, expiresIn=86_400))
    assert asked.metadata == metadata
    asked = read_new_session(session_body(description="\N{HOT BEVERAGE}" * 300))
    assert asked.description == "\N{HOT BEVERAGE}" * 300


def test_the_errors_about_a_body_are_bounded() -> None:
    body = msgspec.json.encode({f"{'f' * 1000}{number}": 1 for number in range(1_000)})
    problems = problems_of(body)
    assert len(problems) <= 50
    assert all(len(name) < 100 for name in problems)


MALFORMED = [
    b"",
    b"{",
    b"nul",
    b'{"amount": "1",}',
    b'{"amount": NaN}',
    b'{"amount": 1e999}',
    b'{"amount": ' + b"9" * 5_000 + b"}",
    b'{"amount": "\\ud800"}',
    b'{"amount": "\xff"}',
    b"\xef\xbb\xbf{}",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"amount": "1"} {}',
]


@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: repr(body[:20]))
def test_malformed_json_is_reported_as_malformed_json(body: bytes) -> None:
    with pytest.raises(Problem) as caught:
        read_new_session(body)
    assert caught.value.kind.status == 400
    assert caught.value.kind.code == "malformed_json"


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"1", b"1.5", b"true"])
def test_a_body_is_an_object(body: bytes) -> None:
    assert problems_of(body).keys() == {"body"}


def test_null_clears_only_what_is_optional() -> None:
    changes = read_merchant_changes(b'{"email": null, "webhookUrl": null, "name": "x"}')
    assert changes == {"email": None, "webhook_url": None, "name": "x"}
    with pytest.raises(Problem):
        read_merchant_changes(b'{"name": null}')
    with pytest.raises(Problem):
        read_merchant_changes(b'{"xpub": null}')


def refusal_of(read: Callable[[bytes], object], body: bytes) -> Problem | None:
    try:
        read(body)
    except Problem as problem:
        return problem
    return None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=5,
)
likely_names = st.sampled_from(
    ["amount", "orderId", "metadata", "redirectUrl", "expiresIn", "name", "xpub", "email"]
)


@given(st.dictionaries(likely_names | st.text(), json_values, max_size=3).map(msgspec.json.encode))
def test_any_json_is_read_or_refused(body: bytes) -> None:
    for read in (read_new_session, read_new_merchant, read_merchant_changes):
        problem = refusal_of(read, body)
        if problem is not None:
            assert problem.kind.status == 400
            msgspec.json.encode([detail.field + detail.message for detail in problem.details])


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with pytest.raises(Problem) as caught:
        read_new_session(body)
    assert caught.value.kind.status == 400


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 201),
        ("application/json; charset=utf-8", 201),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
        ("application/jsonp", 415),
    ],
)
async def test_a_body_needs_the_content_type_of_json(
    world: World, content_type: str, status: int
) -> None:
    merchant = await world.merchant()
    headers = key_of(merchant) | ({"Content-Type": content_type} if content_type else {})
    response = await world.request(
        "POST", "/api/v1/sessions", data=b'{"amount": "1"}', headers=headers
    )
    assert response.status_code == status
    if status == 415:
        await problem_in(response, 415, "unsupported_media_type")


async def test_a_body_of_256_kib_is_read_and_one_byte_more_is_too_large(world: World) -> None:
    merchant = await world.merchant()
    headers = key_of(merchant) | {"Content-Type": "application/json"}
    for size, status, code in (
        (256 * 1024, 400, "malformed_json"),
        (256 * 1024 + 1, 413, "payload_too_large"),
        (2 * 1024 * 1024, 413, "payload_too_large"),
    ):
        response = await world.request(
            "POST", "/api/v1/sessions", data=b" " * size, headers=headers
        )
        await problem_in(response, status, code)


@given(st.integers(min_value=0, max_value=253_402_300_799_999))
def test_a_time_is_read_to_the_millisecond(at: int) -> None:
    assert read_since(msgspec.json.encode({"since": iso(at)})) == at
