"""Where webhooks may go, and how they are sent."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st
from outcome import Value

import kasgate.egress.names
from kasgate.egress import DeliveryFailed, Egress, Names, UrlRefused, client
from kasgate.egress.connection import Connection
from kasgate.egress.idle import MAX_IDLE_PER_SERVER, IdleConnections
from kasgate.egress.lookups import Lookup
from kasgate.egress.names import CHECK_LOOKUPS, LOOKUPS_PER_TENANT, NameLookup
from kasgate.egress.policy import IPNetwork, Policy, is_public
from kasgate.limits.fair_share import ResourceBusy
from tests.receivers import OK, Received, answering, receiving, server_tls

PUBLIC = "93.184.216.34"
LOOPBACK = (ip_network("127.0.0.0/8"),)
HEADERS = {"X-Test": "yes"}


class FakeNames:
    """A resolver with prepared answers, the last of each name repeatedly. It counts the
    questions."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self._answers = {name: list(given) for name, given in answers.items()}
        self.asked = 0

    async def begin(self, host: str, port: int, tenant: str) -> Lookup[list[str]]:
        await trio.lowlevel.checkpoint()
        self.asked += 1
        answers = self._answers[host.partition(".")[0]]
        lookup: Lookup[list[str]] = Lookup()
        lookup.finish(Value(list(answers.pop(0) if len(answers) > 1 else answers[0])))
        return lookup


TLS = ssl.create_default_context()


@pytest.fixture(autouse=True)
def quick_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the real wait before a refusal."""
    monkeypatch.setattr(client, "REFUSAL_S", 0.01)


def an_egress(
    allow_private: tuple[IPNetwork, ...] = LOOPBACK,
    *,
    names: Names | None = None,
    tls: ssl.SSLContext = TLS,
) -> Egress:
    """One that may reach loopback, unless told otherwise."""
    return Egress(allow_private, names=names, checked_names=names, tls=tls)


def always(*addresses: str) -> FakeNames:
    return FakeNames(shop=[addresses])


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example/hook",
        "//shop.example/hook",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https:shop.example",
        "https://",
        "https:///hook",
        "https://:443/",
        "http://shop.example/hook",
        "https://shop.example:22/",
        "https://shop.example:25/",
        "https://shop.example:6379/",
        "https://shop.example:80/",
        "https://shop.example:0/",
        "https://shop.example:65536/",
        "https://shop.example:٤٤٣/",
        "https://shop.example:443:443/",
        "https://user@shop.example/",
        "https://user:pass@shop.example/",
        "https://good.example@127.0.0.1/",
        "https://shop.example/#top",
        "https://shop.example#@127.0.0.1/",
        "https://shop.example\\@127.0.0.1/",
        "https://shop.example/\r\nX-Evil: 1",
        "https://shop.example/a b",
        "https://shop.example/\x00",
        " https://shop.example/",
        "https://shop.example/\n",
        "https://sh\top.example/",
        "https://-shop.example/",
        "https://shop..example/",
        "https://.example/",
        f"https://{'a' * 64}.example/",
        f"https://{'a.' * 127}example/",
        "https://sh%6fp.example/",
        "https://shop.example%00.example/",
        "https://shop$.example/",
        "https://\ud800.example/",
        "https://shop.example/\ud800",
        f"https://shop.example/{'a' * 2_048}",
        # Loopback and private networks, in every spelling.
        "https://127.0.0.1/",
        "https://127.1/",
        "https://127.0.0.1./",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0x7f.0.0.0x1/",
        "https://0177.0.0.1/",
        "https://017700000001/",
        "https://127.0.0.01/",
        "https://256.0.0.1/",
        "https://0x/",
        "https://\uff11\uff12\uff17.\uff10.\uff10.\uff11/",
        "https://①②⑦.⓪.⓪.①/",
        "https://127。0。0。1/",
        "https://0/",
        "https://0.0.0.0/",
        "https://10.0.0.1/",
        "https://100.64.0.1/",
        "https://100.100.100.200/",
        "https://168.63.129.16/",
        "https://169.254.169.254/latest/meta-data/",
        "https://172.16.0.1/",
        "https://172.31.255.255/",
        "https://192.0.0.192/",
        "https://192.0.2.1/",
        "https://192.168.1.1/",
        "https://198.18.0.1/",
        "https://198.51.100.1/",
        "https://203.0.113.1/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://[::1]/",
        "https://[::]/",
        "https://[0:0:0:0:0:0:0:1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[::127.0.0.1]/",
        "https://[::ffff:0:127.0.0.1]/",
        "https://[64:ff9b::127.0.0.1]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[64:ff9b:1::1.1.1.1]/",
        "https://[2002:7f00:1::]/",
        "https://[2002:a9fe:a9fe::1]/",
        "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
        "https://[fe80::1]/",
        "https://[fe80::1%25eth0]/",
        "https://[fec0::1]/",
        "https://[fc00::1]/",
        "https://[fd00:ec2::254]/",
        "https://[ff02::1]/",
        "https://[2001:db8::1]/",
        "https://[100::1]/",
        "https://[3fff::1]/",
        "https://[5f00::1]/",
        "https://[::1/",
        "https://::1/",
        "https://[v1.fe80::a]/",
    ],
)
async def test_a_hostile_url_is_refused_without_a_question_to_dns(url: str) -> None:
    names = always(PUBLIC)
    with pytest.raises(UrlRefused) as refused:
        await an_egress((), names=names).verify(url)
    assert str(refused.value).endswith(".") or "#" in str(refused.value)
    with pytest.raises(UrlRefused):
        await an_egress((), names=names).post(url, HEADERS, b"{}")
    assert names.asked == 0


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "host_header"),
    [
        ("https://shop.example", "shop.example", 443, "/", "shop.example"),
        ("HTTPS://Shop.Example:443/Hook", "shop.example", 443, "/Hook", "shop.example"),
        ("https://shop.example:8443/", "shop.example", 8443, "/", "shop.example:8443"),
        ("https://shop.example?a=1&b=%20", "shop.example", 443, "/?a=1&b=%20", "shop.example"),
        ("https://shop.example./x", "shop.example", 443, "/x", "shop.example"),
        ("https://a_b.example/", "a_b.example", 443, "/", "a_b.example"),
        ("https://bücher.example/ü", "xn--bcher-kva.example", 443, "/%C3%BC", None),
        ('https://shop.example/<"^`{|}>', "shop.example", 443, "/%3C%22%5E%60%7B%7C%7D%3E", None),
        ("https://1.1.1.1/", "1.1.1.1", 443, "/", "1.1.1.1"),
        (
            "https://[2606:4700:4700::1111]:8443/",
            "2606:4700:4700::1111",
            8443,
            "/",
            "[2606:4700:4700::1111]:8443",
        ),
        ("https://[64:ff9b::1.1.1.1]/", "64:ff9b::101:101", 443, "/", "[64:ff9b::101:101]"),
        ("https://[::ffff:1.1.1.1]/", "1.1.1.1", 443, "/", "1.1.1.1"),
    ],
)
async def test_an_honest_url_is_taken_apart(
    url: str, host: str, port: int, path: str, host_header: str | None
) -> None:
    egress = an_egress((), names=FakeNames(**{host.partition(".")[0]: [[PUBLIC]]}))
    target = egress.check(url)
    assert (target.scheme, target.host, target.port, target.path) == ("https", host, port, path)
    assert target.host_header == (host if host_header is None else host_header)
    await egress.verify(url)


@given(url=st.text(st.characters(exclude_categories=()), max_size=60).map("https://".__add__))
def test_any_text_is_either_refused_or_safe_to_put_on_the_wire(url: str) -> None:
    try:
        target = Policy().check(url)
    except UrlRefused:
        return
    for part in (target.path, target.host_header):
        assert part.isascii()
        assert part.isprintable()
        assert " " not in part
    assert target.address is None or is_public(target.address)


@given(number=st.integers(0, 2**32 - 1))
def test_an_ipv4_address_is_judged_alike_however_ipv6_carries_it(number: int) -> None:
    plain = ip_address(number)
    for carried in (0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80):
        assert is_public(ip_address(carried)) == is_public(plain)
    if plain.is_loopback or plain.is_link_local or plain.is_multicast or plain.is_private:
        assert not is_public(plain)


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["10.1.2.3"],
        ["::1"],
        ["::ffff:192.168.0.1"],
        ["64:ff9b::a00:1"],
        ["fe80::1%eth0"],
        [PUBLIC, "127.0.0.1"],
        [PUBLIC, "2606:4700:4700::1111", "fd00::1"],
    ],
)
async def test_a_name_with_one_private_address_is_refused_at_save_and_at_each_send(
    addresses: list[str],
) -> None:
    egress = an_egress((), names=always(*addresses))
    with pytest.raises(UrlRefused, match="private"):
        await egress.verify("https://shop.example/hook")
    with pytest.raises(UrlRefused, match="private"):
        await egress.post("https://shop.example/hook", HEADERS, b"{}")


async def test_a_name_that_turns_private_after_it_was_saved_is_refused_when_sent() -> None:
    names = FakeNames(shop=[[PUBLIC], ["127.0.0.1"]])
    egress = an_egress((), names=names)
    await egress.verify("https://shop.example/hook")
    with pytest.raises(UrlRefused):
        await egress.post("https://shop.example/hook", HEADERS, b"{}")
    assert names.asked == 2


async def test_the_address_that_was_checked_is_the_one_connected_to() -> None:
    names = FakeNames(shop=[["127.0.0.1"], ["10.0.0.1"]])
    async with receiving(answering(OK)) as receiver:
        egress = an_egress(names=names)
        answer = await egress.post(f"http://shop.example:{receiver.port}/h", HEADERS, b"{}")
        assert answer.status == 200
        assert names.asked == 1
        assert receiver.requests[0].headers["host"] == f"shop.example:{receiver.port}"


async def test_opened_networks_are_open_and_others_stay_shut() -> None:
    egress = an_egress((ip_network("10.8.0.0/16"), ip_network("::1/128")), names=always("10.8.1.2"))
    await egress.verify("http://shop.example:9000/hook")
    await egress.verify("https://10.8.0.1:1234/")
    await egress.verify("http://[::1]:8080/")
    await egress.verify("http://[::ffff:10.8.0.1]/")
    for url in (
        "http://10.9.0.1/",
        "http://127.0.0.1/",
        "http://1.1.1.1/",
        "https://1.1.1.1:9000/",
        "http://[2606:4700:4700::1111]/",
    ):
        with pytest.raises(UrlRefused):
            await egress.verify(url)
    with pytest.raises(UrlRefused, match="https"):
        await an_egress(names=always(PUBLIC)).verify("http://shop.example/")
    with pytest.raises(UrlRefused, match="port"):
        await an_egress(names=always(PUBLIC)).verify("https://shop.example:9000/")


def no_such_name(_host: str, _port: int) -> list[str]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


class SlowNames:
    """A name server that does not answer until it is released, in threads like the real one."""

    def __init__(self, release: threading.Event) -> None:
        self.asked: list[str] = []
        self.release = release

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if not host.startswith("shop."):
            self.release.wait(30)
        return ["127.0.0.1"]


@pytest.fixture
def slow_names() -> Iterator[SlowNames]:
    release = threading.Event()
    yield SlowNames(release)
    release.set()


async def test_a_name_that_does_not_resolve_is_refused_at_save_and_at_each_send() -> None:
    for names in (NameLookup(1, no_such_name), always(), always("not an address")):
        egress = an_egress((), names=names)
        with pytest.raises(UrlRefused, match="cannot be found"):
            await egress.verify("https://shop.example/")
        with pytest.raises(UrlRefused, match="cannot be found"):
            await egress.post("https://shop.example/", HEADERS, b"{}")


async def test_a_merchant_cannot_tell_a_private_name_from_one_that_is_not_there(
    autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "REFUSAL_S", 3.0)
    sentences, details, times = set(), set(), set()
    for names in (always("10.0.0.1"), always("127.0.0.1"), always("fd00::1"), always()):
        egress = an_egress((), names=names)
        for ask in (
            egress.verify("https://shop.example/"),
            egress.post("https://shop.example/", HEADERS, b"{}"),
        ):
            began = trio.current_time()
            with pytest.raises(UrlRefused) as refused:
                await ask
            sentences.add(str(refused.value))
            details.add(refused.value.detail)
            times.add(round(trio.current_time() - began, 3))
    assert len(sentences) == 1
    assert times == {3.0}
    assert len(details) == 2  # The operator learns which of the two it is.


async def test_names_are_looked_up_by_the_system() -> None:
    lookup = await NameLookup(1).begin("127.0.0.1", 443, "a")
    assert "127.0.0.1" in await lookup.result()
    with pytest.raises(UrlRefused, match="private"):
        await an_egress(()).verify("https://localhost/")


async def test_one_slow_name_takes_one_thread_however_many_ask(slow_names: SlowNames) -> None:
    names = NameLookup(1, slow_names)
    with trio.move_on_after(0.05) as gave_up:
        await (await names.begin("slow.example", 443, "a")).result()
    assert gave_up.cancelled_caught
    with trio.fail_after(30):
        for number in range(20):
            await names.begin("slow.example", 443, str(number))
    assert slow_names.asked == ["slow.example"]


async def test_names_that_never_answer_hold_no_more_than_their_merchants_share(
    slow_names: SlowNames, nursery: trio.Nursery
) -> None:
    names = NameLookup(64, slow_names)
    for number in range(30):
        nursery.start_soon(names.begin, f"slow{number}.example", 443, "a")
    await trio.testing.wait_all_tasks_blocked()
    assert names.under_way == LOOKUPS_PER_TENANT
    with trio.fail_after(30):
        assert await (await names.begin("shop.example", 443, "b")).result() == ["127.0.0.1"]


async def test_a_lookup_waits_for_a_slot_and_says_so_when_none_comes(
    slow_names: SlowNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = NameLookup(1, slow_names)
    await names.begin("slow.example", 443, "a")
    monkeypatch.setattr(kasgate.egress.names, "SLOT_WAIT_S", 0.01)
    for ask in (
        names.begin("shop.example", 443, "b"),
        an_egress(names=names).post("https://shop.example/", HEADERS, b"{}", "b"),
        an_egress(names=names).verify("https://shop.example/", "b"),
    ):
        with pytest.raises(ResourceBusy, match="name lookups"):
            await ask


async def test_two_who_wait_for_a_slot_for_one_name_share_its_lookup(
    slow_names: SlowNames, nursery: trio.Nursery
) -> None:
    names = NameLookup(2, slow_names)
    await names.begin("first.example", 443, "a")
    second = await names.begin("second.example", 443, "a")
    found = []

    async def ask(tenant: str) -> None:
        found.append(await names.begin("third.example", 443, tenant))

    for tenant in "bc":
        nursery.start_soon(ask, tenant)
    await trio.testing.wait_all_tasks_blocked()
    slow_names.release.set()
    with trio.fail_after(30):
        await second.result()
        for lookup in (await names.begin("third.example", 443, "d"), *found):
            assert await lookup.result() == ["127.0.0.1"]


async def test_urls_that_are_checked_keep_no_request_waiting(
    slow_names: SlowNames, nursery: trio.Nursery
) -> None:
    async with receiving(answering(OK)) as receiver:
        checked = NameLookup(CHECK_LOOKUPS, slow_names)
        names = NameLookup(1, slow_names)
        egress = Egress(LOOPBACK, names=names, checked_names=checked, tls=TLS)
        for number in range(64):
            tenant = f"evil{number % 16}"
            nursery.start_soon(egress.verify, f"https://slow{number}.example/", tenant)
        await trio.testing.wait_all_tasks_blocked()
        assert checked.under_way == CHECK_LOOKUPS
        url = f"http://shop.example:{receiver.port}/"
        with trio.fail_after(30):
            assert (await egress.post(url, HEADERS, b"{}", "honest")).status == 200
        nursery.cancel_scope.cancel()


async def test_a_post_arrives_as_it_was_meant_and_the_answer_comes_back() -> None:
    reply = (
        b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 14\r\n\r\n"
        + "später \0 mehr".encode()
    )
    async with receiving(answering(reply)) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/hook?shop=1"
        answer = await an_egress().post(url, HEADERS, '{"ü":1}'.encode())
    assert (answer.status, answer.retry_after) == (503, "7")
    assert answer.headers["x-a"] == "2"
    assert answer.body_text == "später \N{REPLACEMENT CHARACTER} mehr"
    request = receiver.requests[0]
    assert request.request_line == "POST /hook?shop=1 HTTP/1.1"
    assert request.headers["x-test"] == "yes"
    assert request.body == '{"ü":1}'.encode()


async def test_a_header_cannot_smuggle_another_one() -> None:
    async with receiving(answering(OK)) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/"
        for value in ("a\r\nX-Evil: 1", "a\nb", "a\0b"):
            with pytest.raises(ValueError, match="line break"):
                await an_egress().post(url, {"X-Test": value}, b"{}")
        assert receiver.requests == []


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with receiving(answering(OK)) as inside:
        location = f"http://127.0.0.1:{inside.port}/secret".encode()
        reply = b"HTTP/1.1 307 No\r\nContent-Length: 0\r\nLocation: %b\r\n\r\n" % location
        async with receiving(answering(reply)) as receiver:
            answer = await an_egress().post(f"http://127.0.0.1:{receiver.port}/", HEADERS, b"{}")
        assert answer.status == 307
        assert inside.connections == 0


async def test_an_endless_body_is_cut_and_its_status_counts() -> None:
    cut = trio.Event()

    async def endless(_request: Received, stream: trio.abc.Stream) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                await stream.send_all("für immer ".encode() * 1_000)
        except trio.BrokenResourceError:
            cut.set()
            raise

    async with receiving(endless) as receiver:
        egress = an_egress()
        answer = await egress.post(f"http://127.0.0.1:{receiver.port}/", HEADERS, b"{}")
        assert answer.status == 200
        assert answer.body_text == ("für immer " * 50)
        with trio.fail_after(30):
            await cut.wait()
        assert egress.idle_connections == 0


async def test_a_body_that_drips_is_over_when_the_time_is(
    mock_clock: trio.testing.MockClock,
) -> None:
    dripped = trio.Event()

    async def drip(_request: Received, stream: trio.abc.Stream) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for _ in range(9):
            await stream.send_all(b".")
        dripped.set()
        await trio.sleep_forever()

    async with receiving(drip) as receiver, trio.open_nursery() as nursery:

        @nursery.start_soon
        async def pass_time() -> None:
            await dripped.wait()
            mock_clock.jump(9.9)
            await trio.testing.wait_all_tasks_blocked()
            mock_clock.jump(0.2)

        with pytest.raises(DeliveryFailed, match="No complete answer within 10 seconds"):
            await an_egress().post(f"http://127.0.0.1:{receiver.port}/", HEADERS, b"{}")
        assert trio.current_time() > 10


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (b"HTTP/1.1 200 OK\r\n" + b"X-Bomb: %b\r\n" % (b"a" * 90) * 1_000 + b"\r\n", "valid HTTP"),
        (b"HTTP/1.1 200 OK\r\nX-Bomb: " + b"a" * 100_000, "valid HTTP"),
        (b"HTTP/1.1 100 Go on\r\n\r\n" * 100, "valid HTTP"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "valid HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "valid HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "valid HTTP"),
        (b"HTTP/1.1 101 Switch\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", "valid HTTP"),
        (b"", "valid HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "valid HTTP"),
    ],
)
async def test_an_answer_that_is_none_fails_the_delivery(reply: bytes, sentence: str) -> None:
    async def handle(_request: Received, stream: trio.abc.Stream) -> None:
        await stream.send_all(reply)
        await stream.aclose()

    async with receiving(handle) as receiver:
        egress = an_egress()
        with trio.fail_after(30), pytest.raises(DeliveryFailed, match=sentence):
            await egress.post(f"http://127.0.0.1:{receiver.port}/", HEADERS, b"{}")
        assert egress.idle_connections == 0


async def test_a_closed_port_fails_the_delivery() -> None:
    async with receiving(answering(OK)) as receiver:
        pass
    with pytest.raises(DeliveryFailed, match="refused the connection"):
        await an_egress().post(f"http://127.0.0.1:{receiver.port}/", HEADERS, b"{}")


async def test_a_dead_address_does_not_hide_a_living_one() -> None:
    async with receiving(answering(OK)) as receiver:
        egress = an_egress(names=always("127.0.0.2", "127.0.0.1"))
        answer = await egress.post(f"http://shop.example:{receiver.port}/", HEADERS, b"{}")
        assert answer.status == 200


async def test_a_connection_serves_several_deliveries() -> None:
    async with receiving(answering(OK)) as receiver:
        egress = an_egress()
        for _ in range(3):
            await egress.post(f"http://127.0.0.1:{receiver.port}/", HEADERS, b"{}")
        assert [request.connection for request in receiver.requests] == [1, 1, 1]
        assert egress.idle_connections == 1


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n",
    ],
)
async def test_a_connection_that_promises_no_more_is_not_kept(reply: bytes) -> None:
    async with receiving(answering(reply)) as receiver:
        egress = an_egress()
        for _ in range(2):
            answer = await egress.post(f"http://127.0.0.1:{receiver.port}/", HEADERS, b"{}")
            assert answer.status == 200
        assert egress.idle_connections == 0
        assert receiver.connections == 2


async def test_bytes_that_came_before_the_request_are_not_its_answer() -> None:
    answered, spoke_up = trio.Event(), trio.Event()

    async def unasked(_request: Received, stream: trio.abc.Stream) -> None:
        await stream.send_all(OK)
        await answered.wait()
        await stream.send_all(OK)
        spoke_up.set()

    async with receiving(unasked) as receiver:
        egress = an_egress()
        url = f"http://127.0.0.1:{receiver.port}/"
        await egress.post(url, HEADERS, b"1")
        answered.set()
        await spoke_up.wait()
        await egress.post(url, HEADERS, b"2")
        assert [request.connection for request in receiver.requests] == [1, 2]


async def test_a_kept_connection_that_dies_on_the_next_request_is_replaced_once() -> None:
    async def die_on_the_second(request: Received, stream: trio.abc.Stream) -> None:
        if request.connection == 1 and len(receiver.requests) == 2:
            raise trio.BrokenResourceError
        await stream.send_all(OK)

    async with receiving(die_on_the_second) as receiver:
        egress = an_egress()
        url = f"http://127.0.0.1:{receiver.port}/"
        await egress.post(url, HEADERS, b"1")
        answer = await egress.post(url, HEADERS, b"2")
        assert answer.status == 200
        assert [(r.connection, r.body) for r in receiver.requests] == [
            (1, b"1"),
            (1, b"2"),
            (2, b"2"),
        ]


async def test_a_fresh_connection_that_dies_is_not_tried_again() -> None:
    async def die(_request: Received, _stream: trio.abc.Stream) -> None:
        await trio.lowlevel.checkpoint()
        raise trio.BrokenResourceError

    async with receiving(die) as receiver:
        with pytest.raises(DeliveryFailed):
            await an_egress().post(f"http://127.0.0.1:{receiver.port}/", HEADERS, b"{}")
        assert receiver.connections == 1


async def test_a_kept_connection_that_dies_within_its_answer_is_not_tried_again() -> None:
    async def half(request: Received, stream: trio.abc.Stream) -> None:
        if request.body == b"1":
            await stream.send_all(OK)
            return
        await stream.send_all(OK[:20])
        raise trio.BrokenResourceError

    async with receiving(half) as receiver:
        egress = an_egress()
        url = f"http://127.0.0.1:{receiver.port}/"
        await egress.post(url, HEADERS, b"1")
        with pytest.raises(DeliveryFailed):
            await egress.post(url, HEADERS, b"2")
        assert receiver.connections == 1


async def test_kept_connections_are_closed_when_their_time_is_over(
    mock_clock: trio.testing.MockClock,
) -> None:
    async with receiving(answering(OK)) as receiver, trio.open_nursery() as nursery:
        egress = an_egress()
        await nursery.start(egress.run)
        await egress.post(f"http://127.0.0.1:{receiver.port}/", HEADERS, b"{}")
        assert egress.idle_connections == 1
        mock_clock.jump(29)
        await trio.testing.wait_all_tasks_blocked()
        assert egress.idle_connections == 1
        mock_clock.jump(1)
        await trio.testing.wait_all_tasks_blocked()
        assert egress.idle_connections == 0
        await egress.post(f"http://127.0.0.1:{receiver.port}/", HEADERS, b"{}")
        assert receiver.connections == 2
        nursery.cancel_scope.cancel()
    assert egress.idle_connections == 0


async def test_even_a_busy_connection_is_replaced_so_that_its_name_is_judged_again(
    mock_clock: trio.testing.MockClock,
) -> None:
    names = FakeNames(shop=[["127.0.0.1"], ["10.0.0.1"]])
    async with receiving(answering(OK)) as receiver:
        egress = an_egress(names=names)
        url = f"http://shop.example:{receiver.port}/"
        while trio.current_time() < 310:
            await egress.post(url, HEADERS, b"{}")
            mock_clock.jump(20)
        mock_clock.rate = 1.0
        with pytest.raises(UrlRefused):
            await egress.post(url, HEADERS, b"{}")
        assert receiver.connections == 1


async def test_a_server_keeps_a_few_idle_connections_and_no_more() -> None:
    everybody = trio.Event()

    async def together(_request: Received, stream: trio.abc.Stream) -> None:
        if len(receiver.requests) == 20:
            everybody.set()
        await everybody.wait()
        await stream.send_all(OK)

    async with receiving(together) as receiver:
        egress = an_egress()
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(
                    egress.post, f"http://127.0.0.1:{receiver.port}/", HEADERS, b"{}"
                )
        assert receiver.connections == 20
        assert egress.idle_connections == MAX_IDLE_PER_SERVER


async def test_a_connection_may_be_taken_before_its_time_is_watched() -> None:
    async with receiving(answering(OK)) as receiver, trio.open_nursery() as nursery:
        target = Policy(LOOPBACK).check(f"http://127.0.0.1:{receiver.port}/")
        connection = await Connection.open(target, [ip_address("127.0.0.1")], None)
        idle = IdleConnections()
        nursery.start_soon(idle.run)
        await trio.testing.wait_all_tasks_blocked()
        idle.put(target, connection)
        assert idle.take(target) is connection
        await trio.testing.wait_all_tasks_blocked()
        idle.put(target, connection)
        await trio.testing.wait_all_tasks_blocked()
        assert len(idle) == 1
        nursery.cancel_scope.cancel()
    assert len(idle) == 0


async def test_cancellation_closes_the_connection() -> None:
    asked = trio.Event()

    async def never(_request: Received, stream: trio.abc.Stream) -> None:
        asked.set()
        await stream.receive_some()

    async with receiving(never) as receiver:
        egress = an_egress()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(egress.post, f"http://127.0.0.1:{receiver.port}/", HEADERS, b"{}")
            await asked.wait()
            nursery.cancel_scope.cancel()
        with trio.fail_after(30):
            while receiver.open_connections:
                await trio.testing.wait_all_tasks_blocked()


async def test_a_self_signed_certificate_is_refused() -> None:
    tls, _ = server_tls("127.0.0.1")
    async with receiving(answering(OK), tls) as receiver:
        with pytest.raises(DeliveryFailed, match="certificate is not accepted"):
            await Egress(LOOPBACK).post(f"https://127.0.0.1:{receiver.port}/", HEADERS, b"{}")
        assert receiver.requests == []


async def test_a_certificate_has_to_be_for_the_name_in_the_url() -> None:
    tls, trusted = server_tls("shop.example")
    client = ssl.create_default_context(cadata=trusted)
    names = FakeNames(shop=[["127.0.0.1"]], other=[["127.0.0.1"]])
    async with receiving(answering(OK), tls) as receiver:
        egress = an_egress(names=names, tls=client)
        for _ in range(2):
            answer = await egress.post(f"https://shop.example:{receiver.port}/", HEADERS, b"{}")
            assert answer.body_text == "ok"
        assert receiver.connections == 1
        with pytest.raises(DeliveryFailed, match="certificate is not accepted"):
            await egress.post(f"https://other.example:{receiver.port}/", HEADERS, b"{}")


async def test_https_to_a_server_that_speaks_plain_http_fails() -> None:
    async def plain(stream: trio.SocketStream) -> None:
        await stream.send_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, plain, listeners)
        with pytest.raises(DeliveryFailed, match=r"TLS failed|connection"):
            await an_egress().post(f"https://127.0.0.1:{port}/", HEADERS, b"{}")
        nursery.cancel_scope.cancel()


async def test_the_first_requests_over_tls_wait_for_the_certificates_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Behind a lock they went on one by one, each in a turn of the loop of its own."""
    turn, opened, loaded = 0, list[int](), 0

    def load() -> ssl.SSLContext:
        nonlocal loaded
        loaded += 1
        if loaded == 1:
            raise OSError("too many open files")
        return TLS

    async def count_turns() -> None:
        nonlocal turn
        while True:
            turn += 1
            await trio.lowlevel.checkpoint()

    async def refuse(*_arguments: object) -> None:
        opened.append(turn)
        raise ConnectionRefusedError

    async def ask() -> None:
        with pytest.raises(DeliveryFailed):
            await egress.post("https://127.0.0.1:9/", {}, b"")

    monkeypatch.setattr(ssl, "create_default_context", load)
    monkeypatch.setattr(Connection, "open", refuse)
    egress = Egress(LOOPBACK)
    async with trio.open_nursery() as outer:
        outer.start_soon(count_turns)
        async with trio.open_nursery() as nursery:
            for _ in range(100):
                nursery.start_soon(ask)
        outer.cancel_scope.cancel()
    # The first one met the error; another one loaded the certificates for all that were left.
    assert (len(opened), loaded) == (99, 2)
    assert max(opened) - min(opened) < 5
