"""Logs: their format, and that they contain no secret."""

from __future__ import annotations

import io
import json
import logging
import time
import warnings
from pathlib import Path

import pytest
import structlog
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from kasgate.access import secrets
from kasgate.logs.redaction import redact, redact_value
from kasgate.logs.setup import configure_logging
from kasgate.settings.model import LogForm, LogLevel

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "kaspa-vectors.json").read_text("utf-8"))
BODY = "2HtoTgsG6e1c7ixJ6JY49otNSzhEKkwnH6bsPHLAXUdYnfEuYw9LnhT7uRzaS4LSeit2rzutV6z8Fs9usdEGKnNe6p1"
ADDRESS = "kaspa:qqzrk3a4acjla3zc9ngr37u4grtkr0k0mqf6qhmd9lteks00av6asl6rqhjnm"
TX_ID = "ab" * 32
EXTENDED = [
    "kpub", "ktub", "kdub", "ksub", "xpub", "tpub", "ypub", "zpub", "upub", "vpub",
    "kprv", "ktrv", "kdrv", "ksrv", "xprv", "tprv", "yprv", "zprv", "uprv", "vprv",
    "Ypub", "Zprv", "XPUB", "Kprv",
]  # fmt: skip


@pytest.fixture(autouse=True)
def logging_as_it_was():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def logged(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def json_log(level: LogLevel = LogLevel.DEBUG) -> io.StringIO:
    stream = io.StringIO()
    configure_logging(LogForm.JSON, level, stream)
    return stream


# Masking.


@pytest.mark.parametrize("prefix", EXTENDED)
@pytest.mark.parametrize("frame", ["{}", "the key {} is odd", "key%3D{}", "'{}'", "a={}&b=1"])
def test_extended_keys_are_masked_wherever_they_stand(prefix, frame):
    assert BODY not in redact(frame.format(prefix + BODY))


@pytest.mark.parametrize("prefix", ["kpub", "kprv"])
def test_a_mangled_extended_key_is_masked_too(prefix):
    for key in (f"{prefix}{BODY}".lower(), f"{prefix}{BODY}".upper(), prefix + BODY[:20]):
        assert key[4:] not in redact(f"refused {key}")


def test_every_extended_key_of_the_vectors_is_masked():
    found = [
        word
        for word in json.dumps(VECTORS).replace('"', " ").split()
        if word[:4] in EXTENDED and len(word) > 100
    ]
    assert found
    for word in found:
        assert word[4:] not in redact(word)


@pytest.mark.parametrize(
    "secret",
    [secrets.new_api_key(), secrets.new_webhook_secret(), secrets.new_subscription_token()],
    ids=["api key", "webhook secret", "subscription token"],
)
@pytest.mark.parametrize("frame", ["{}", "got {}.", '{{"x": "{}"}}', "({})", "/path/{}/more"])
def test_the_gateway_s_own_secrets_are_masked(secret, frame):
    masked = redact(frame.format(secret))
    assert secret not in masked
    assert secret[-20:] not in masked


def test_a_read_token_is_masked():
    token = secrets.Vault.generate().read_token(
        "3f2b1c4e-1111-4222-8333-444455556666", 1_735_689_600
    )
    assert token.partition(".")[2] not in redact(f"refused {token}")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abc.def.ghi", "abc.def.ghi"),
        ("authorization: Digest username=bob, response=0123", "0123"),
        ("(b'authorization', b'Basic Ym9iOmh1bnRlcjI=')", "Ym9iOmh1bnRlcjI"),
        ("sent bearer operator-token-1", "operator-token-1"),
        ("Cookie: kg=abcd; theme=dark", "abcd"),
        ('{"X-API-Key": "short-key"}', "short-key"),
        ("headers [('x-api-key', 'short-key')]", "short-key"),
        ("token=12345 refused", "12345"),
        ('{"subscriptionToken":"tok-123"}', "tok-123"),
        ("password: hunter2", "hunter2"),
        ("webhook-signature: v1,oa+rFgN7PU", "oa+rFgN7PU"),
        ("GET /ws?token=abc&session=1 HTTP/1.1", "session=1"),
        ("https://bob:hunter2@shop.example/hook", "hunter2"),
        ("https://shop.example/hook?sig=0011", "0011"),
        ("mail from ann.o'neil+shop@mail.example.com failed", "ann.o"),
        ("email 'jörg@bücher.example'", "jörg"),
    ],
)
def test_credentials_queries_and_addresses_of_people_are_masked(text, secret):
    assert secret not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "session_confirmed",
        ADDRESS,
        TX_ID,
        "3f2b1c4e-1111-4222-8333-444455556666",
        "evt_01JTESTVECTOR0000000000000",
        "https://shop.example:8443/hooks/kasgate",
        "ws://127.0.0.1:18110",
        'File "/work/main/kasgate/store/sqlite.py", line 12, in open_store',
        "what happened? nobody knows",
        "+-+---------------- 1 ----------------" + "-" * 60,
        "5 tokens left; the signature was wrong",
        "a_rather_long_name_of_a_test_that_nobody_should_ever_mask",
    ],
)
def test_what_an_operator_needs_is_left_alone(text):
    assert redact(text) == text


@given(st.text("qpzry9x8gf2tvdw0s3jn54khce6mua7l", min_size=61, max_size=63))
def test_no_address_is_taken_for_a_key(payload):
    # Version bytes 0, 1 and 8 make the first character q or p.
    for text in (f"kaspa:q{payload}", f"kaspatest:p{payload}"):
        assert redact(text) == text


@given(st.text(max_size=300))
def test_masking_twice_changes_nothing_more(text):
    once = redact(text)
    assert redact(once) == once


@pytest.mark.parametrize(
    "unit", ["a", "a@", "xprv", "kpub", "token=", "?a", "://a", "bearer ", "Aa0", "cookie: ", "\n"]
)
def test_no_text_is_slow(unit):
    started = time.process_time()
    assert len(redact(unit * 1_000_000)) < 40_000
    assert time.process_time() - started < 2


def test_values_of_any_type_are_searched():
    @frozen
    class Order:
        note: str

    masked = redact_value(
        {
            "order": Order("kprv" + BODY),
            "list": ["kg_live_abc", b"kg_live_abc", ("kg_live_abc",), {"kg_live_abc"}],
            "apiKey": "plain",
            "tokens": 5,
            "ann@mail.example": 1,
        }
    )
    text = json.dumps(masked)
    assert BODY not in text
    assert "kg_live_abc" not in text
    assert "plain" not in text
    assert "ann" not in text
    assert '"tokens": 5' in text


def test_endless_structures_are_cut():
    endless: list[object] = []
    endless.append(endless)
    assert len(json.dumps(redact_value(endless))) < 100
    assert len(str(redact_value(list(range(10_000))))) < 2_000


# The format of a line.


def test_a_json_line_has_the_time_the_level_the_event_and_its_facts():
    stream = json_log()
    structlog.get_logger().info("session_confirmed", session_id="s1", amount=5)
    (line,) = logged(stream)
    assert list(line) == ["timestamp", "level", "event", "session_id", "amount"]
    assert line["level"] == "info"
    assert line["event"] == "session_confirmed"
    stamp = str(line["timestamp"])
    assert len(stamp) == len("2025-01-01T00:00:00.000Z")
    assert stamp.endswith("Z")


def test_a_console_line_is_plain_when_nobody_watches():
    stream = io.StringIO()
    configure_logging(LogForm.CONSOLE, LogLevel.INFO, stream)
    structlog.get_logger().warning("node_lost", url="ws://127.0.0.1:1")
    (line,) = stream.getvalue().splitlines()
    assert "node_lost" in line
    assert "url=ws://127.0.0.1:1" in line
    assert "\x1b" not in line


def test_lines_below_the_level_are_left_out():
    stream = json_log(LogLevel.WARNING)
    log = structlog.get_logger()
    log.info("chatter")
    log.warning("trouble")
    assert [line["event"] for line in logged(stream)] == ["trouble"]


def test_the_context_is_on_every_line():
    stream = json_log()
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger().info("asked")
    assert logged(stream)[0]["request_id"] == "r1"


@pytest.mark.parametrize("form", LogForm)
def test_secrets_come_out_of_no_line_in_either_form(form):
    stream = io.StringIO()
    configure_logging(form, LogLevel.INFO, stream)
    log = structlog.get_logger()
    log.info(f"new kpub{BODY}", key="kprv" + BODY, email="ann@mail.example", nested=[{"a": BODY}])
    log.bind(authorization="hunter2hunter2").info("bound")
    secret_local = "xprv" + BODY
    try:
        int(secret_local)
    except ValueError:
        log.exception("failed")
    text = stream.getvalue()
    assert "failed" in text
    assert "Traceback" in text
    assert BODY not in text
    assert "ann@" not in text
    assert "hunter2" not in text


def test_what_libraries_log_comes_the_same_way_from_warnings_up():
    stream = json_log()
    library = logging.getLogger("hypercorn.error")
    library.info("chatter")
    library.warning("refused %s", "kg_live_abcdef")
    library.log(35, "between warning and error")
    library.error("wrong %d", "format")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    lines = logged(stream)
    assert [line["level"] for line in lines] == ["warning", "warning", "error", "warning"]
    assert lines[0]["logger"] == "hypercorn.error"
    assert lines[0]["event"] == "refused kg_live_[redacted]"
    assert lines[3]["logger"] == "py.warnings"


def test_a_library_s_exception_keeps_its_traceback():
    stream = json_log()
    try:
        int("kprv" + BODY)
    except ValueError:
        logging.getLogger("lib").exception("broke")
    (line,) = logged(stream)
    assert "ValueError" in str(line["exception"])
    assert BODY not in stream.getvalue()


def test_a_stream_that_can_t_be_written_stops_nobody():
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    configure_logging(LogForm.JSON, LogLevel.INFO, Full())
    structlog.get_logger().info("into the void")
    closed = json_log()
    closed.close()
    structlog.get_logger().info("into the void")
