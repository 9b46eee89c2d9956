"""Payment URIs as wallets read them."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasgate.kaspa.address import Address, AddressVersion
from kasgate.kaspa.networks import Network
from kasgate.kaspa.uri import PaymentUri, PaymentUriError, parse_payment_uri, payment_uri
from kasgate.money import MAX_SOMPI, AmountError, Sompi, parse_kas

ADDRESS = "kaspa:qqd6e65yefepe9wk0m9vuxdufxd80sphy67gwwd0vdaumzdt4tc9s3qt0lqeh"
TESTNET_ADDRESS = "kaspatest:qqd6e65yefepe9wk0m9vuxdufxd80sphy67gwwd0vdaumzdt4tc9ssxd5s7gn"

addresses = st.builds(
    lambda network, payload: Address(network.address_prefix, AddressVersion.PUBKEY, payload),
    st.sampled_from(Network),
    st.binary(min_size=32, max_size=32),
)
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


def test_the_example_of_the_facts_sheet() -> None:
    uri = payment_uri(ADDRESS, parse_kas("12.5"), "Shop", "Order 42")
    assert uri == f"{ADDRESS}?amount=12.5&label=Shop&message=Order%2042"


def test_the_testnet_address_is_its_own_scheme() -> None:
    assert payment_uri(TESTNET_ADDRESS, 20_000_000) == f"{TESTNET_ADDRESS}?amount=0.2"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (1, "0.00000001"),
        (100_000_000, "1"),
        (1_000_000_000_000_000, "10000000"),
        (MAX_SOMPI, "29000000000"),
    ],
)
def test_the_amount_is_plain_decimal_kas(amount: int, text: str) -> None:
    assert payment_uri(ADDRESS, amount) == f"{ADDRESS}?amount={text}"


def test_empty_parts_are_left_out() -> None:
    assert payment_uri(ADDRESS) == ADDRESS
    assert payment_uri(ADDRESS, None, "", "") == ADDRESS
    assert payment_uri(ADDRESS, label="", message="x") == f"{ADDRESS}?message=x"


def test_a_label_cannot_smuggle_in_another_amount() -> None:
    uri = payment_uri(ADDRESS, 100_000_000, "Shop&amount=0.00000001#", "100% + tax = ?")
    assert uri == (
        f"{ADDRESS}?amount=1&label=Shop%26amount%3D0.00000001%23"
        "&message=100%25%20%2B%20tax%20%3D%20%3F"
    )
    assert parse_payment_uri(uri).amount == 100_000_000


def test_text_of_any_language_is_utf_8_percent_encoded() -> None:
    uri = payment_uri(ADDRESS, label="Café ☕/é")
    assert uri == f"{ADDRESS}?label=Caf%C3%A9%20%E2%98%95%2F%C3%A9"


@pytest.mark.parametrize("amount", [0, -1, MAX_SOMPI + 1])
def test_an_amount_nobody_can_pay_is_not_written(amount: int) -> None:
    with pytest.raises(AmountError):
        payment_uri(ADDRESS, amount)


def test_a_lone_surrogate_is_a_named_error() -> None:
    with pytest.raises(PaymentUriError):
        payment_uri(ADDRESS, label="\ud800")


@given(addresses, st.none() | st.integers(1, MAX_SOMPI), st.none() | words, st.none() | words)
def test_what_is_written_is_read_back(
    address: Address, amount: int | None, label: str | None, message: str | None
) -> None:
    uri = payment_uri(str(address), amount, label, message)
    wanted = PaymentUri(address, None if amount is None else Sompi(amount), label, message)
    assert parse_payment_uri(uri) == wanted
    assert uri.isascii()
    assert not set(uri) & set(" +#,")


@given(st.integers(1, MAX_SOMPI), words, words)
def test_an_ordinary_url_parser_reads_the_same(amount: int, label: str, message: str) -> None:
    parts = urlsplit(payment_uri(ADDRESS, amount, label, message))
    assert f"{parts.scheme}:{parts.path}" == ADDRESS
    assert parts.fragment == ""
    query = parse_qs(parts.query, strict_parsing=True, errors="strict")
    assert parse_kas(query["amount"][0]) == amount
    assert query["label"] == [label]
    assert query["message"] == [message]


@pytest.mark.parametrize(
    "query",
    [
        "?",
        "?amount",
        "?amount=",
        "?amount=1,5",
        "?amount=1e2",
        "?amount=-1",
        "?amount=0",
        "?amount=+1",
        "?amount=1&amount=1",
        "?amount=1&",
        "?&amount=1",
        "?amount=29000000001",
        "?Amount=1",
        "?memo=x",
        "?req-x=1",
        "?label=a+b",
        "?label=a b",
        "?label=a%2",
        "?label=a%zz",
        "?label=%ff",
        "?label=a=b",
        "?label=x?message=y",
        "?label=x#fragment",
        "#fragment",
        "?label=é",
        "?amount=1\n",
        "?label=" + "a" * 5000,
    ],
)
def test_a_malformed_uri_is_refused(query: str) -> None:
    with pytest.raises(PaymentUriError):
        parse_payment_uri(ADDRESS + query)


@pytest.mark.parametrize(
    "text", ["", "?amount=1", "amount=1", ADDRESS.upper(), ADDRESS[6:], "kaspa://" + ADDRESS[6:]]
)
def test_a_uri_without_a_good_address_is_refused(text: str) -> None:
    with pytest.raises(PaymentUriError):
        parse_payment_uri(text)


def test_a_percent_encoded_amount_still_has_to_be_an_amount() -> None:
    assert parse_payment_uri(f"{ADDRESS}?amount=1%2E5").amount == 150_000_000
    with pytest.raises(PaymentUriError):
        parse_payment_uri(f"{ADDRESS}?amount=1%2C5")
