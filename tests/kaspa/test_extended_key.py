"""Account keys and receive addresses: every vector, and the official SDK as an oracle.

Everything runs on each library of the curve that is installed; tests/kaspa/test_curve.py compares
them directly.
"""

import hashlib
import hmac
import itertools
import traceback
from typing import Any

import kaspa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kasgate.kaspa import curve
from kasgate.kaspa.address import Address, AddressVersion
from kasgate.kaspa.curve import Curve
from kasgate.kaspa.extended_key import (
    AccountKey,
    ExtendedKeyError,
    InvalidChildError,
    ReceiveChain,
    key_warnings,
    parse_account_key,
)
from kasgate.kaspa.networks import Network
from tests.kaspa.test_curve import INSTALLED
from tests.keys import ORDER, public_key_of
from tests.vectors import vectors

KPUB = (
    "kpub2JXpdok4yzBUdLiywgMbE36ixpEnffDhG31kJpRextvhpBQgBJVPcQJ7A99JryUvi8JNBcnzGoiu4qbGcvCfpY1T2"
    "RWndCaUjJqhwDSUNw8"
)
WRITTEN_FORMS = ["kpub", "ktub", "xpub", "tpub", "kdub", "ksub"]
PRIVATE_VERSIONS = {
    "kprv": 0x038F2EF4,
    "ktrv": 0x03909E07,
    "kdrv": 0x038B3D80,
    "ksrv": 0x03904242,
    "xprv": 0x0488ADE4,
    "tprv": 0x04358394,
    "yprv": 0x049D7878,
    "zprv": 0x04B2430C,
    "uprv": 0x044A4E28,
    "vprv": 0x045F18BC,
    "Yprv": 0x0295B005,
    "Zprv": 0x02AA7A99,
}
SEGWIT_VERSIONS = {
    "ypub": 0x049D7CB2,
    "zpub": 0x04B24746,
    "upub": 0x044A5262,
    "vpub": 0x045F1CF6,
    "Ypub": 0x0295B43F,
    "Zpub": 0x02AA7ED3,
}
SDK_NETWORK = {
    Network.MAINNET: "mainnet",
    Network.TESTNET_10: "testnet",
    Network.SIMNET: "simnet",
    Network.DEVNET: "devnet",
}
# Vectors that differ from a good key only by surrounding whitespace, which is accepted here.
FORGIVEN = {"leading space", "trailing newline"}
# Why each refused vector is refused. Those not named have a wrong checksum or a malformed text.
CODES = {
    "empty": "malformed",
    "prefix only": "checksum",
    "checksum broken": "checksum",
    "one char changed": "checksum",
    "one char short": "checksum",
    "one char long": "checksum",
    "prefix upper case": "checksum",
    "'0' not in base58": "malformed",
    "'l' not in base58": "malformed",
    "private key kprv (must be refused AND never logged)": "private_key",
    "private key xprv": "private_key",
    "kpub version over private key payload": "private_key",
    "pubkey prefix 00": "private_key",
    "pubkey prefix 04": "curve_point",
    "x not on curve": "curve_point",
    "x = 0": "curve_point",
    "x >= p": "curve_point",
    "pubkey missing": "malformed",
    "79 bytes": "malformed",
    "unknown version bytes": "unknown_prefix",
    "an address": "malformed",
    "raw hex public key": "malformed",
    "a mnemonic": "private_key",
    "depth 0 with a parent fingerprint": "depth",
    "depth 0 with child number 5": "depth",
}


@pytest.fixture(autouse=True, params=INSTALLED, ids=[type(one).__name__ for one in INSTALLED])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Curve:
    chosen: Curve = request.param
    monkeypatch.setattr(curve, "_chosen", [chosen])
    return chosen


def private_child(secret: int, chain_code: bytes, index: int) -> tuple[int, bytes]:
    """The private key and chain code of a child that is not hardened (BIP-32, CKDpriv)."""
    seed = public_key_of(secret.to_bytes(32, "big")) + index.to_bytes(4, "big")
    digest = hmac.digest(chain_code, seed, "sha512")
    return (secret + int.from_bytes(digest[:32], "big")) % ORDER, digest[32:]


def base58check(content: bytes) -> str:
    """Base58Check, independent of the code under test."""
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    data = content + hashlib.sha256(hashlib.sha256(content).digest()).digest()[:4]
    number = int.from_bytes(data, "big")
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def serialised(
    version: int = 0x038F332E,
    depth: int = 3,
    child_number: int = 1 << 31,
    key: bytes | None = None,
) -> str:
    public_key = parse_account_key(KPUB).public_key
    return base58check(
        version.to_bytes(4, "big")
        + bytes([depth])
        + b"\x01\x02\x03\x04"
        + child_number.to_bytes(4, "big")
        + bytes(range(32))
        + (public_key if key is None else key)
    )


def refusal_of(text: str) -> ExtendedKeyError:
    with pytest.raises(ExtendedKeyError) as refused:
        parse_account_key(text)
    return refused.value


@pytest.mark.parametrize(
    "vector", vectors("kpubs"), ids=lambda vector: f"{vector['network']}-{vector['kpub'][8:16]}"
)
class TestVectors:
    def test_the_key_is_read(self, vector: dict[str, Any]) -> None:
        key = parse_account_key(vector["kpub"])
        assert key.public_key.hex() == vector["public_key"]
        assert key.chain_code.hex() == vector["chain_code"]
        assert key.child_number == vector["child_number"]
        assert key.parent_fingerprint.hex() == vector["parent_fingerprint"]
        assert key.prefix == vector["kpub"][:4]
        assert key.to_text() == vector["kpub"]

    def test_the_bitcoin_form_is_the_same_key(self, vector: dict[str, Any]) -> None:
        key = parse_account_key(vector["kpub"])
        other = parse_account_key(vector["xpub_form"])
        assert key.to_text("xpub") == vector["xpub_form"]
        assert other.prefix == "xpub"
        assert other.fingerprint == key.fingerprint

    def test_the_receive_addresses_follow(self, vector: dict[str, Any]) -> None:
        network = Network(vector["network"].replace("testnet", "testnet-10"))
        chain = ReceiveChain(parse_account_key(vector["kpub"]), network)
        found = [chain.address(index) for index in range(len(vector["receive"]))]
        assert found == vector["receive"]
        assert not set(found) & set(vector["change"])
        for address, public_key in zip(found, vector["receive_pubkeys"], strict=True):
            assert Address.from_text(address).payload.hex() == public_key[2:]

    def test_its_account_is_in_the_child_number(self, vector: dict[str, Any]) -> None:
        assert parse_account_key(vector["kpub"]).child_number == (1 << 31) + vector["account"]


@pytest.mark.parametrize(
    "vector",
    [
        vector
        for vector in vectors("invalid_kpubs") + vectors("lenient_kpubs")
        if vector["why"] not in FORGIVEN
    ],
    ids=lambda vector: vector["why"],
)
def test_every_invalid_and_every_lenient_vector_is_refused(vector: dict[str, Any]) -> None:
    assert refusal_of(vector["kpub"]).code == CODES[vector["why"]]


def test_only_whitespace_around_a_key_is_forgiven() -> None:
    forgiven = [vector for vector in vectors("invalid_kpubs") if vector["why"] in FORGIVEN]
    assert len(forgiven) == len(FORGIVEN)
    for vector in forgiven:
        assert parse_account_key(vector["kpub"]) == parse_account_key(vector["kpub"].strip())
    assert parse_account_key(f"\r\n\t {KPUB} \n") == parse_account_key(KPUB)
    for damaged in [f'"{KPUB}"', f"{KPUB[:50]} {KPUB[50:]}", f"kpub:{KPUB}", f"{KPUB},"]:
        assert refusal_of(damaged).code == "malformed"


@pytest.mark.parametrize("prefix", WRITTEN_FORMS)
def test_a_key_is_the_same_in_every_written_form(prefix: str) -> None:
    key = parse_account_key(KPUB)
    text = key.to_text(prefix)
    assert text.startswith(prefix)
    assert len(text) == 111
    again = parse_account_key(text)
    assert again.prefix == prefix
    assert again.fingerprint == key.fingerprint
    assert again.to_text("kpub") == KPUB
    chain, first = ReceiveChain(again, Network.DEVNET), ReceiveChain(key, Network.DEVNET)
    assert chain.address(5) == first.address(5)


def test_other_key_material_has_another_fingerprint() -> None:
    fingerprints = {parse_account_key(vector["kpub"]).fingerprint for vector in vectors("kpubs")}
    assert len(fingerprints) == len({vector["public_key"] for vector in vectors("kpubs")})
    key = parse_account_key(KPUB)
    assert key.fingerprint == hashlib.sha256(key.public_key + key.chain_code).hexdigest()


def test_a_key_has_no_other_written_form() -> None:
    with pytest.raises(ValueError, match="prefix"):
        parse_account_key(KPUB).to_text("zpub")


def test_the_repr_of_a_key_shows_no_key_material() -> None:
    key = parse_account_key(KPUB)
    shown = f"{key!r} {key}"
    assert "kpub" in shown
    for material in (key.public_key, key.chain_code):
        assert material.hex()[:12] not in shown
        assert repr(material) not in shown
    assert KPUB[4:16] not in shown


class TestPrivateKeys:
    """Keys that can spend are refused, and the exception contains no trace of them."""

    @staticmethod
    def assert_leaves_no_trace(secret: str) -> None:
        error = refusal_of(secret)
        assert error.code == "private_key"
        assert error.__cause__ is None
        assert error.__context__ is None
        # The frame of this test holds the secret itself; the frames below must not.
        assert error.__traceback__ is not None
        frames = traceback.TracebackException.from_exception(error, capture_locals=True)
        own = [frame for frame in frames.stack if frame.filename != __file__]
        assert own
        seen = "".join(
            [str(error), repr(error), repr(error.args), repr(vars(error))]
            + [f"{frame.line} {frame.locals}" for frame in own]
        )
        for start in range(0, len(secret) - 8, 4):
            assert secret[start : start + 8] not in seen

    @pytest.mark.parametrize(("prefix", "version"), PRIVATE_VERSIONS.items())
    def test_a_private_key_is_refused_in_every_written_form(
        self, prefix: str, version: int
    ) -> None:
        secret = serialised(version=version, key=bytes(1) + b"\x42" * 32)
        assert secret.startswith(prefix)
        self.assert_leaves_no_trace(secret)

    @pytest.mark.parametrize("prefix", ["kprv", "ktrv", "xprv", "tprv"])
    def test_the_sdks_private_keys_are_refused(self, prefix: str) -> None:
        seed = kaspa.Mnemonic.random(12).to_seed()
        for path in ("m/44'/111111'/0'", "m/44'", "m/44'/111111'/0'/0/0"):
            secret = kaspa.XPrv(seed).derive_path(path).into_string(prefix)
            assert secret.startswith(prefix)
            self.assert_leaves_no_trace(secret)

    def test_a_damaged_private_key_is_still_one(self) -> None:
        secret = serialised(version=PRIVATE_VERSIONS["kprv"], key=bytes(1) + b"\x42" * 32)
        for damaged in (secret[:-1], secret + "x", secret[:40], f"  {secret}\n", secret * 1000):
            self.assert_leaves_no_trace(damaged)
        self.assert_leaves_no_trace("KPRV" + secret[4:])

    def test_private_bytes_under_a_public_prefix_are_refused(self) -> None:
        for depth in (0, 3, 5):
            self.assert_leaves_no_trace(serialised(depth=depth, key=bytes(1) + b"\x42" * 32))

    @pytest.mark.parametrize("word_count", [12, 24])
    def test_a_recovery_phrase_is_refused(self, word_count: int) -> None:
        self.assert_leaves_no_trace(kaspa.Mnemonic.random(word_count).phrase)

    @pytest.mark.parametrize(
        "vector", vectors("invalid_kpubs") + vectors("lenient_kpubs"), ids=lambda v: v["why"]
    )
    def test_no_refusal_repeats_what_it_was_given(self, vector: dict[str, Any]) -> None:
        text = vector["kpub"]
        if vector["why"] in FORGIVEN or len(text) < 12:
            return
        error = refusal_of(text)
        rendered = f"{error} {error!r} {error.__context__!r} {error.__cause__!r}"
        assert text[4:12] not in rendered


@pytest.mark.parametrize(("prefix", "version"), SEGWIT_VERSIONS.items())
def test_bitcoins_segwit_forms_are_refused_by_name(prefix: str, version: int) -> None:
    text = serialised(version=version)
    assert text.startswith(prefix)
    error = refusal_of(text)
    assert error.code == "unsupported_prefix"
    assert "ypub, zpub" in str(error)


@pytest.mark.parametrize("depth", [0, 1, 2, 4, 5, 255])
def test_only_an_account_key_is_accepted(depth: int) -> None:
    error = refusal_of(serialised(depth=depth))
    assert error.code == "depth"
    assert "m/44'/111111'/account'" in str(error)


@pytest.mark.parametrize("child_number", [0, 7, (1 << 31) - 1])
def test_an_account_that_is_not_hardened_is_refused(child_number: int) -> None:
    assert refusal_of(serialised(child_number=child_number)).code == "not_hardened"


def test_the_sdks_keys_above_and_below_the_account_are_refused() -> None:
    master = kaspa.XPrv(kaspa.Mnemonic.random(12).to_seed())
    for path in ("m/44'", "m/44'/111111'", "m/44'/111111'/0'/0", "m/44'/111111'/0'/0/0"):
        text = master.derive_path(path).to_xpub().into_string("kpub")
        assert refusal_of(text).code == "depth"
    unhardened = master.derive_path("m/44'/111111'/0").to_xpub().into_string("kpub")
    assert refusal_of(unhardened).code == "not_hardened"


@pytest.mark.parametrize("text", ["1" * 3_000_000, "z" * 3_000_000, "k " * 1_000_000])
def test_a_huge_text_is_refused_at_once(text: str) -> None:
    assert refusal_of(text).code == "malformed"


@given(st.text(max_size=120) | st.text("123456789ABCDEFabcdef", max_size=120))
def test_any_other_text_is_an_extended_key_error(text: str) -> None:
    error = refusal_of(text)
    assert error.code in {"malformed", "checksum", "private_key", "unsupported_prefix"}


@given(st.integers(4, 110), st.data())
def test_one_wrong_character_is_always_noticed(place: int, data: st.DataObject) -> None:
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    wrong = data.draw(st.sampled_from(alphabet.replace(KPUB[place], "")))
    assert refusal_of(KPUB[:place] + wrong + KPUB[place + 1 :]).code == "checksum"


class TestWarnings:
    @pytest.mark.parametrize(
        ("prefix", "network"),
        [
            ("kpub", Network.MAINNET),
            ("xpub", Network.MAINNET),
            ("ktub", Network.TESTNET_10),
            ("tpub", Network.TESTNET_10),
            ("ktub", Network.SIMNET),
            ("ksub", Network.SIMNET),
            ("ktub", Network.DEVNET),
            ("kdub", Network.DEVNET),
        ],
    )
    def test_a_key_at_home_gives_none(self, prefix: str, network: Network) -> None:
        assert (
            key_warnings(parse_account_key(parse_account_key(KPUB).to_text(prefix)), network) == ()
        )

    @pytest.mark.parametrize(
        ("prefix", "network", "home"),
        [
            ("kpub", Network.TESTNET_10, "mainnet"),
            ("kpub", Network.SIMNET, "mainnet"),
            ("xpub", Network.DEVNET, "mainnet"),
            ("ktub", Network.MAINNET, "testnet-10 or simnet or devnet"),
            ("tpub", Network.MAINNET, "testnet-10"),
            ("kdub", Network.MAINNET, "devnet"),
            ("kdub", Network.SIMNET, "devnet"),
            ("ksub", Network.TESTNET_10, "simnet"),
        ],
    )
    def test_a_key_of_another_network_gives_one_that_names_both(
        self, prefix: str, network: Network, home: str
    ) -> None:
        key = parse_account_key(parse_account_key(KPUB).to_text(prefix))
        (warning,) = key_warnings(key, network)
        assert prefix in warning
        assert home in warning
        assert network.value in warning
        assert KPUB[4:16] not in warning


class TestReceiveChain:
    @pytest.mark.parametrize("round_", range(4))
    def test_random_wallets_get_the_sdks_addresses_on_every_network(self, round_: int) -> None:
        words = 12 if round_ % 2 else 24
        master = kaspa.XPrv(kaspa.Mnemonic.random(words).to_seed())
        account = master.derive_path(f"m/44'/111111'/{round_}'").to_xpub()
        for network, prefix in itertools.product(Network, ("kpub", "ktub", "xpub", "tpub")):
            text = account.into_string(prefix)
            key = parse_account_key(text)
            assert key.to_text() == text
            assert key.child_number == (1 << 31) + round_
            assert key.chain_code.hex() == account.chain_code
            chain = ReceiveChain(key, network)
            # The SDK's list form of change addresses is not used as an oracle: kaspa.md §2.1.
            official = kaspa.PublicKeyGenerator.from_xpub(text)
            expected = official.receive_addresses_as_strings(SDK_NETWORK[network], 0, 12)
            assert [chain.address(index) for index in range(len(expected))] == expected
            assert len(expected) >= 12

    @settings(max_examples=60)
    @given(st.integers(0, 2**31 - 1), st.sampled_from(Network))
    def test_any_index_gets_the_address_of_the_sdk(self, index: int, network: Network) -> None:
        address = ReceiveChain(parse_account_key(KPUB), network).address(index)
        official = kaspa.PublicKeyGenerator.from_xpub(KPUB)
        assert address == official.receive_address_as_string(SDK_NETWORK[network], index)

    @settings(max_examples=40)
    @given(
        st.integers(1, ORDER - 1),
        st.binary(min_size=32, max_size=32),
        st.integers(0, 2**31 - 1),
    )
    def test_any_key_and_chain_code_derive_as_the_private_key_does(
        self, secret: int, chain_code: bytes, index: int
    ) -> None:
        public_key = public_key_of(secret.to_bytes(32, "big"))
        key = AccountKey(public_key, chain_code, 1 << 31, bytes(4), "kpub")
        assert parse_account_key(key.to_text()) == key
        chain_secret, chain_code = private_child(secret, chain_code, 0)
        child, _ = private_child(chain_secret, chain_code, index)
        address = ReceiveChain(key, Network.MAINNET).address(index)
        expected = public_key_of(child.to_bytes(32, "big"))
        assert Address.from_text(address) == Address("kaspa", AddressVersion.PUBKEY, expected[1:])

    @pytest.mark.parametrize("index", [2**31 - 1, 2**31 - 2, 1_000_000])
    def test_the_last_indexes_exist(self, index: int) -> None:
        official = kaspa.PublicKeyGenerator.from_xpub(KPUB)
        address = ReceiveChain(parse_account_key(KPUB), Network.MAINNET).address(index)
        assert address == official.receive_address_as_string("mainnet", index)

    @pytest.mark.parametrize("index", [-1, 2**31, 2**32, 10**30])
    def test_an_index_beyond_the_chain_is_refused(self, index: int) -> None:
        chain = ReceiveChain(parse_account_key(KPUB), Network.MAINNET)
        with pytest.raises(ValueError, match="index"):
            chain.address(index)

    def test_addresses_do_not_depend_on_the_order_they_are_asked_in(self) -> None:
        chain = ReceiveChain(parse_account_key(KPUB), Network.MAINNET)
        forward = [chain.address(index) for index in range(20)]
        assert [chain.address(index) for index in reversed(range(20))] == forward[::-1]
        assert len(set(forward)) == 20

    def test_a_point_off_the_curve_makes_no_chain(self) -> None:
        key = AccountKey(b"\x02" + bytes(32), bytes(32), 1 << 31, bytes(4), "kpub")
        with pytest.raises(ValueError, match="public key"):
            ReceiveChain(key, Network.MAINNET)

    def test_its_repr_shows_no_key_material(self) -> None:
        key = parse_account_key(KPUB)
        shown = repr(ReceiveChain(key, Network.MAINNET))
        assert key.chain_code.hex() not in shown
        assert repr(key.chain_code) not in shown


class TestInvalidChild:
    """No index without a key is known, so the test replaces the hash that decides it."""

    @pytest.mark.parametrize("number", [ORDER, ORDER + 1, 2**256 - 1])
    def test_a_hash_beyond_the_order_skips_the_index(
        self, monkeypatch: pytest.MonkeyPatch, number: int
    ) -> None:
        chain = ReceiveChain(parse_account_key(KPUB), Network.MAINNET)
        self.fix_hash(monkeypatch, number)
        with pytest.raises(InvalidChildError) as skipped:
            chain.address(77)
        assert skipped.value.index == 77

    def test_a_sum_at_infinity_skips_the_index(self, monkeypatch: pytest.MonkeyPatch) -> None:
        secret, chain_code = 12345, bytes(range(32))
        public_key = public_key_of(secret.to_bytes(32, "big"))
        key = AccountKey(public_key, chain_code, 1 << 31, bytes(4), "kpub")
        chain_secret, _ = private_child(secret, chain_code, 0)
        chain = ReceiveChain(key, Network.MAINNET)
        self.fix_hash(monkeypatch, ORDER - chain_secret)
        with pytest.raises(InvalidChildError):
            chain.address(0)

    def test_a_hash_just_below_the_order_is_a_key(self, monkeypatch: pytest.MonkeyPatch) -> None:
        chain = ReceiveChain(parse_account_key(KPUB), Network.MAINNET)
        self.fix_hash(monkeypatch, ORDER - 1)
        assert Address.from_text(chain.address(0)).version is AddressVersion.PUBKEY

    @staticmethod
    def fix_hash(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
        digest = number.to_bytes(32, "big") + bytes(32)
        monkeypatch.setattr(hmac, "digest", lambda *_: digest)
