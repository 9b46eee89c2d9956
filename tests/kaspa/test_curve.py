"""The libraries of the curve, held equal to each other and to the curve of cryptography."""

import hmac
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasgate.kaspa import curve
from kasgate.kaspa.curve import _BACKENDS, Curve
from kasgate.kaspa.extended_key import AccountKey
from tests.keys import ORDER, public_key_of


def _installed() -> Iterator[Curve]:
    for backend in _BACKENDS:
        try:
            yield backend()
        except ModuleNotFoundError:
            continue


INSTALLED = tuple(_installed())
SECRETS = st.integers(1, ORDER - 1).map(lambda number: number.to_bytes(32, "big"))
POINT = public_key_of(bytes(31) + b"\7")
LONG_FORM = bytes.fromhex(
    "045cbdf0646e5db4eaa398f365f2ea7a0e3d419b7e0330e39ce92bddedcac4f9bc"
    "6aebca40ba255960a3178d6d861a54dba813d0b813fde7b5a5082628087264da"
)
"""Of the private key 7, as POINT."""
NO_POINTS = {
    "nothing": b"",
    "an x that is on no point": b"\2" + bytes(31) + b"\5",
    "an x beyond the field": b"\2" + b"\xff" * 32,
    "a private key's form": bytes(33),
    "the first byte of the long form": b"\4" + POINT[1:],
    "a byte too few": POINT[:-1],
    "a byte too many": POINT + b"\0",
    "a point's long form": LONG_FORM,
}

each_library = pytest.mark.parametrize(
    "library", INSTALLED, ids=[type(library).__name__ for library in INSTALLED]
)


def test_a_library_is_installed_and_the_first_is_used() -> None:
    assert INSTALLED
    assert type(curve.curve()) is type(INSTALLED[0])
    assert curve.curve() is curve.curve()


def test_without_a_library_the_error_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curve, "_BACKENDS", ())
    monkeypatch.setattr(curve, "_chosen", [])
    with pytest.raises(ImportError, match="wallycore"):
        curve.curve()


@each_library
class TestEachLibrary:
    @given(secret=SECRETS)
    def test_takes_every_point(self, library: Curve, secret: bytes) -> None:
        assert library.is_point(public_key_of(secret))

    @pytest.mark.parametrize("text", NO_POINTS.values(), ids=NO_POINTS)
    def test_takes_nothing_else(self, library: Curve, text: bytes) -> None:
        assert not library.is_point(text)

    @given(data=st.binary(max_size=70))
    def test_answers_for_any_bytes(self, library: Curve, data: bytes) -> None:
        assert not library.is_point(data) or len(data) == 33

    @given(secret=SECRETS, tweak=st.integers(0, ORDER - 1))
    def test_adds_as_the_numbers_add(self, library: Curve, secret: bytes, tweak: int) -> None:
        total = (int.from_bytes(secret, "big") + tweak) % ORDER
        child = library.child_point(public_key_of(secret))
        if total:
            assert child(tweak.to_bytes(32, "big")) == public_key_of(total.to_bytes(32, "big"))
        else:
            with pytest.raises(ValueError, match="tweak"):
                child(tweak.to_bytes(32, "big"))

    @given(secret=SECRETS)
    def test_refuses_a_sum_at_infinity(self, library: Curve, secret: bytes) -> None:
        opposite = ORDER - int.from_bytes(secret, "big")
        child = library.child_point(public_key_of(secret))
        with pytest.raises(ValueError, match="tweak"):
            child(opposite.to_bytes(32, "big"))

    @pytest.mark.parametrize("number", [ORDER, ORDER + 1, 2**256 - 1])
    def test_refuses_a_tweak_beyond_the_order(self, library: Curve, number: int) -> None:
        with pytest.raises(ValueError, match="tweak"):
            library.child_point(POINT)(number.to_bytes(32, "big"))

    @pytest.mark.parametrize("text", NO_POINTS.values(), ids=NO_POINTS)
    def test_adds_to_points_alone(self, library: Curve, text: bytes) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - each library has words of its own
            library.child_point(text)

    @given(secret=SECRETS, chain_code=st.binary(min_size=32, max_size=32))
    def test_derives_the_receive_chain(
        self, library: Curve, secret: bytes, chain_code: bytes
    ) -> None:
        public = public_key_of(secret)
        key = AccountKey(public, chain_code, 1 << 31, b"\1\2\3\4", "kpub")
        found_code, found_key = library.receive_chain(key.to_text("xpub"))
        # BIP-32: child 0 of a public key is the key plus the left half of this HMAC.
        digest = hmac.digest(chain_code, public + bytes(4), "sha512")
        number = (int.from_bytes(secret, "big") + int.from_bytes(digest[:32], "big")) % ORDER
        assert found_code == digest[32:]
        assert found_key == public_key_of(number.to_bytes(32, "big"))

    def test_makes_no_chain_of_what_is_no_point(self, library: Curve) -> None:
        key = AccountKey(
            NO_POINTS["an x that is on no point"], bytes(32), 1 << 31, bytes(4), "kpub"
        )
        with pytest.raises(ValueError):  # noqa: PT011 - each library has words of its own
            library.receive_chain(key.to_text("xpub"))


def test_bip32_derives_the_same_addresses() -> None:
    bip32 = pytest.importorskip("bip32", reason="bip32 has wheels for Python 3.11 and 3.12 alone")
    master = bip32.BIP32.from_seed(bytes(range(32)))
    xpub = master.get_xpub_from_path("m/44h/111111h/0h")
    account = bip32.BIP32.from_xpub(xpub)
    for library in INSTALLED:
        chain_code, public = library.receive_chain(xpub)
        child = library.child_point(public)
        for index in (0, 1, 19, 2**31 - 1):
            tweak = hmac.digest(chain_code, public + index.to_bytes(4, "big"), "sha512")[:32]
            assert child(tweak) == account.get_pubkey_from_path([0, index])
