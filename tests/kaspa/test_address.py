"""The address codec: every vector, the official SDK as oracle, and every refusal."""

from typing import Any

import kaspa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kasgate.kaspa.address import (
    Address,
    AddressError,
    AddressVersion,
    address_of_script,
    decode,
    encode,
)
from kasgate.kaspa.networks import Network
from tests.vectors import vectors

CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
GOOD = "kaspa:qp0l70zd5x85ttwd6jv7g3s3a8llzj96d8dncn4zmhv4tlzx5k2jyqh70xmfj"
PREFIXES = [network.address_prefix for network in Network]

payloads = st.one_of(
    st.tuples(st.just(AddressVersion.PUBKEY), st.binary(min_size=32, max_size=32)),
    st.tuples(st.just(AddressVersion.PUBKEY_ECDSA), st.binary(min_size=33, max_size=33)),
    st.tuples(st.just(AddressVersion.SCRIPT_HASH), st.binary(min_size=32, max_size=32)),
)
addresses = st.builds(
    lambda prefix, content: Address(prefix, *content), st.sampled_from(PREFIXES), payloads
)


@pytest.mark.parametrize("vector", vectors("addresses"), ids=lambda vector: vector["address"])
def test_every_address_vector_is_written_read_and_paid_to(vector: dict[str, Any]) -> None:
    payload = bytes.fromhex(vector["payload"])
    address = Address(vector["prefix"], AddressVersion(vector["version"]), payload)
    assert str(address) == vector["address"]
    assert encode(vector["prefix"], vector["version"], payload) == vector["address"]
    assert decode(vector["address"]) == (vector["prefix"], vector["version"], payload)
    assert Address.from_text(vector["address"]) == address
    assert address.script_public_key == vector["json_spk"]
    assert address.script_public_key[4:] == vector["script_public_key"]["script"]
    assert address_of_script(vector["json_spk"], vector["prefix"]) == vector["address"]


def test_the_vectors_cover_every_kind_on_every_network() -> None:
    seen = {(vector["prefix"], vector["version"]) for vector in vectors("addresses")}
    assert {prefix for prefix, _ in seen} == set(PREFIXES)
    assert {version for _, version in seen} == set(AddressVersion)


@pytest.mark.parametrize(
    "vector",
    vectors("invalid_addresses") + vectors("lenient_addresses"),
    ids=lambda vector: vector["why"],
)
def test_every_invalid_and_every_lenient_vector_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(AddressError):
        Address.from_text(vector["address"])


@pytest.mark.parametrize(
    ("prefix", "version", "payload", "text"),
    [
        ("a", 0, b"", "a:qqeq69uvrh"),
        ("a", 8, b"", "a:pq99546ray"),
        ("b", 8, b" ", "b:pqsqzsjd64fv"),
        ("b", 8, b"-", "b:pqksmhczf8ud"),
        ("b", 8, b"abc", "b:ppskycc8txxxn2w"),
        ("b", 8, b"1234598760", "b:pqcnyve5x5unsdekxqeusxeyu2"),
    ],
)
def test_the_bare_codec_agrees_with_rusty_kaspas_toy_vectors(
    prefix: str, version: int, payload: bytes, text: str
) -> None:
    assert encode(prefix, version, payload) == text
    assert decode(text) == (prefix, version, payload)
    with pytest.raises(AddressError):
        Address.from_text(text)


@given(
    st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12),
    st.integers(0, 255),
    st.binary(max_size=40),
)
def test_the_bare_codec_reads_what_it_writes(prefix: str, version: int, payload: bytes) -> None:
    assert decode(encode(prefix, version, payload)) == (prefix, version, payload)


@pytest.mark.parametrize("version", [-1, 256])
def test_a_version_is_one_byte(version: int) -> None:
    with pytest.raises(AddressError):
        encode("kaspa", version, bytes(32))


@given(addresses)
def test_an_address_survives_its_text_and_its_script(address: Address) -> None:
    assert Address.from_text(str(address)) == address
    assert address_of_script(address.script_public_key, address.prefix) == str(address)


@given(addresses)
def test_the_sdk_reads_our_addresses_and_pays_to_the_same_script(address: Address) -> None:
    official = kaspa.Address(str(address))
    assert official.to_string() == str(address)
    assert official.prefix == address.prefix
    script = kaspa.pay_to_address_script(official)
    assert f"{script.version:04x}{script.script}" == address.script_public_key


@given(st.binary(min_size=32, max_size=32), st.sampled_from(["mainnet", "testnet", "simnet"]))
def test_the_sdks_addresses_are_read_and_written_alike(secret: bytes, network: str) -> None:
    assume(0 < int.from_bytes(secret, "big") < 2**255)
    key = kaspa.PrivateKey(secret.hex())
    schnorr = key.to_address(network).to_string()
    ecdsa = key.to_address_ecdsa(network).to_string()
    assert str(Address.from_text(schnorr)) == schnorr
    assert Address.from_text(schnorr).version is AddressVersion.PUBKEY
    assert str(Address.from_text(ecdsa)) == ecdsa
    assert Address.from_text(ecdsa).version is AddressVersion.PUBKEY_ECDSA
    x_only = key.to_public_key().to_x_only_public_key().to_string()
    assert Address.from_text(schnorr).payload.hex() == x_only


@given(addresses, st.data())
def test_up_to_five_wrong_characters_are_always_noticed(
    address: Address, data: st.DataObject
) -> None:
    text = list(str(address))
    start = len(address.prefix) + 1
    places = data.draw(st.sets(st.integers(start, len(text) - 1), min_size=1, max_size=5))
    for place in sorted(places):
        text[place] = data.draw(st.sampled_from(CHARSET.replace(text[place], "")))
    with pytest.raises(AddressError):
        Address.from_text("".join(text))


@given(addresses, st.characters(), st.data())
def test_a_character_too_many_is_never_passed_over(
    address: Address, character: str, data: st.DataObject
) -> None:
    text = str(address)
    place = data.draw(st.integers(0, len(text)))
    with pytest.raises(AddressError):
        Address.from_text(text[:place] + character + text[place:])


@pytest.mark.parametrize("character", ["\u00e9", "\u20ac", "\u200b", "\ufeff", "\ud800", "\x00"])
def test_a_character_outside_ascii_is_never_passed_over(character: str) -> None:
    for place in (0, 6, 20, len(GOOD)):
        with pytest.raises(AddressError):
            Address.from_text(GOOD[:place] + character + GOOD[place:])


@given(addresses, st.sampled_from(PREFIXES))
def test_an_address_of_one_network_is_none_of_another(address: Address, prefix: str) -> None:
    assume(prefix != address.prefix)
    with pytest.raises(AddressError):
        Address.from_text(str(address).replace(address.prefix, prefix))


def test_one_address_has_one_text() -> None:
    # The version byte and 32 bytes leave one padding bit, 33 bytes leave three. Each non-zero
    # padding with a correct checksum, and each surplus group, must be refused.
    for version, size, padding_bits in [(0, 32, 1), (1, 33, 3), (8, 32, 1)]:
        content = version << 8 * size | 0xA5
        for padding in range(1, 1 << padding_bits):
            text = _with_checksum("kaspa", (content << padding_bits) | padding, 8 * (1 + size))
            with pytest.raises(AddressError, match="left over"):
                Address.from_text(text)
        assert Address.from_text(
            _with_checksum("kaspa", content << padding_bits, 8 * (1 + size))
        ).payload == (0xA5).to_bytes(size, "big")


def _with_checksum(prefix: str, number: int, bits: int) -> str:
    """An address by the definition in kaspa.md §1, bit by bit, independent of the code under
    test."""
    groups = -(-bits // 5)
    data = [number >> 5 * i & 31 for i in reversed(range(groups))]
    register = 1
    for value in [ord(c) & 31 for c in prefix] + [0] + data + [0] * 8:
        top = register >> 35
        register = ((register & 0x07FFFFFFFF) << 5) ^ value
        for i, constant in enumerate(
            [0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470]
        ):
            if top >> i & 1:
                register ^= constant
    register ^= 1
    check = [register >> 5 * i & 31 for i in reversed(range(8))]
    return prefix + ":" + "".join(CHARSET[value] for value in data + check)


@given(st.text(max_size=80) | st.text(CHARSET, max_size=70).map(lambda body: "kaspa:" + body))
def test_any_text_is_either_an_address_or_an_address_error(text: str) -> None:
    try:
        address = Address.from_text(text)
    except AddressError:
        return
    assert str(address) == text


@pytest.mark.parametrize("text", [GOOD * 100_000, "kaspa:" + "q" * 3_000_000, ":" * 74])
def test_a_huge_text_is_refused_at_once(text: str) -> None:
    with pytest.raises(AddressError, match="too long"):
        Address.from_text(text)


def test_an_address_cannot_be_made_of_parts_that_do_not_fit() -> None:
    with pytest.raises(AddressError):
        Address("bitcoincash", AddressVersion.PUBKEY, bytes(32))
    with pytest.raises(AddressError):
        Address("kaspa", AddressVersion.PUBKEY, bytes(33))
    with pytest.raises(AddressError):
        Address("kaspa", AddressVersion.PUBKEY_ECDSA, bytes(32))
    with pytest.raises(AddressError):
        Address("kaspa", 2, bytes(32))  # type: ignore[arg-type]


@settings(max_examples=30)
@given(payloads)
def test_upper_case_hex_of_a_script_names_the_same_address(
    content: tuple[AddressVersion, bytes],
) -> None:
    address = Address("kaspasim", *content)
    assert address_of_script(address.script_public_key.upper(), "kaspasim") == str(address)


KEY = "5f" * 32


@pytest.mark.parametrize(
    "script",
    [
        "",
        "0000",
        f"000120{KEY}ac",  # a script version that does not exist
        f"20{KEY}ac",  # without the script version
        f"000020{KEY}ab",  # Schnorr length, ECDSA opcode
        f"000021{KEY}ac",
        f"000020{KEY}acac",
        f"000020{KEY}",
        f"000021{KEY}ffac",
        f"0000aa20{KEY}88",
        f"0000aa21{KEY}ff87",
        f"0000a820{KEY}87",  # another hash function
        "0000" + "6a" * 34,
        f"000020{'zz' * 32}ac",
        f"000020{'5f ' * 21}5ac",  # fromhex would skip the spaces
        f"000020{' ' * 64}ac",
        "000020" + "\u0660" * 64 + "ac",  # Arabic-Indic zeros
    ],
)
def test_a_script_that_is_not_standard_has_no_address(script: str) -> None:
    assert address_of_script(script, "kaspa") is None


@given(st.text("0123456789abcdef", max_size=80))
def test_any_script_has_an_address_that_pays_to_it_or_none(script: str) -> None:
    text = address_of_script(script, "kaspa")
    if text is not None:
        assert Address.from_text(text).script_public_key == script


def test_a_script_is_asked_for_on_a_known_network_only() -> None:
    with pytest.raises(AddressError):
        address_of_script(Address.from_text(GOOD).script_public_key, "bitcoincash")
