"""KAS text to sompi and back."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasgate.money import MAX_SOMPI, SOMPI_PER_KAS, AmountError, format_kas, parse_kas


@pytest.mark.parametrize(
    ("text", "sompi"),
    [
        ("0", 0),
        ("0.0", 0),
        ("1", 100_000_000),
        ("12.5", 1_250_000_000),
        ("0.00000001", 1),
        ("0.1", 10_000_000),
        ("0.10000000", 10_000_000),
        ("007", 700_000_000),
        ("4.35", 435_000_000),  # 4.35 * 10**8 is 434999999.99999994 in floats
        ("92233720368.54775807", None),
        ("29000000000", MAX_SOMPI),
        ("29000000000.00000000", MAX_SOMPI),
        ("29000000000.00000001", None),
        ("29000000001", None),
        ("99999999999999999999999999999", None),
    ],
)
def test_an_amount_is_read_exactly_up_to_the_supply(text: str, sompi: int | None) -> None:
    if sompi is None:
        with pytest.raises(AmountError):
            parse_kas(text)
    else:
        assert parse_kas(text) == sompi


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "1.",
        ".5",
        "1.123456789",
        "-1",
        "+1",
        "1e3",
        "1E3",
        "1_000",
        "1,000",
        "1,5",
        "0x10",
        " 1",
        "1 ",
        "1\n",
        "\n1",
        "1.5\n",
        "1\r\n",
        "1\x00",
        "1.5.5",
        "nan",
        "inf",
        "Infinity",
        "1 KAS",
        "\u0661",  # Arabic-Indic one
        "1.\u0665",
        "\uff11",  # full-width one
        "\u00b2",  # superscript two
        "\ud800",
    ],
)
def test_only_plain_ascii_decimals_are_amounts(text: str) -> None:
    with pytest.raises(AmountError):
        parse_kas(text)


@pytest.mark.parametrize("digits", [60, 5_000, 3_000_000])
@pytest.mark.parametrize("digit", ["0", "9"])
def test_endless_digits_are_refused_without_being_computed(digits: int, digit: str) -> None:
    # int() would take minutes for the longest, or raise its own ValueError at 4300 digits.
    started = time.process_time()
    with pytest.raises(AmountError):
        parse_kas(digit * digits)
    with pytest.raises(AmountError):
        parse_kas("0." + digit * digits)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("text", ["1,5", "29000000001", "9" * 60])
def test_the_refusal_is_a_sentence(text: str) -> None:
    with pytest.raises(AmountError) as refused:
        parse_kas(text)
    sentence = str(refused.value)
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert len(sentence) < 200


@pytest.mark.parametrize(
    ("sompi", "text"),
    [
        (0, "0"),
        (1, "0.00000001"),
        (10, "0.0000001"),
        (1_050_000_000, "10.5"),
        (3 * SOMPI_PER_KAS, "3"),
        (100 * SOMPI_PER_KAS, "100"),
        (100 * SOMPI_PER_KAS + 1, "100.00000001"),
        (MAX_SOMPI, "29000000000"),
        (MAX_SOMPI - 1, "28999999999.99999999"),
        (10 * MAX_SOMPI, "290000000000"),
    ],
)
def test_an_amount_is_written_plainly_without_trailing_zeros(sompi: int, text: str) -> None:
    assert format_kas(sompi) == text


def test_a_negative_amount_is_never_written() -> None:
    with pytest.raises(AmountError):
        format_kas(-1)


@given(st.integers(0, MAX_SOMPI))
def test_what_is_written_is_read_back(sompi: int) -> None:
    text = format_kas(sompi)
    assert parse_kas(text) == sompi
    assert "." not in text or not text.endswith(("0", "."))


@given(st.text(max_size=45) | st.text("0123456789.", max_size=45))
def test_any_text_is_either_an_amount_or_an_amount_error(text: str) -> None:
    try:
        sompi = parse_kas(text)
    except AmountError:
        return
    assert 0 <= sompi <= MAX_SOMPI
    assert set(text) <= set("0123456789.")
    assert parse_kas(format_kas(sompi)) == sompi
