"""Looks for nodes in the usual places: the ports of each network, on this machine and others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import trio
from attrs import frozen

from kasgate.cli.doctor.findings import State
from kasgate.cli.doctor.remote_checks import NodeAnswer, ask_node
from kasgate.kaspa.networks import Network

CONNECT_S: Final = 1.5
ANSWER_S: Final = 5.0
MOST_HOSTS: Final = 8
LOOPBACK: Final = "127.0.0.1"


@frozen
class Found:
    """A node that answers."""

    url: str
    answer: NodeAnswer

    @property
    def is_usable(self) -> bool:
        return self.answer.finding.state is State.OK


def usual_urls(host: str) -> list[str]:
    """The URLs of a node with the default ports of each network on a host."""
    shown = f"[{host}]" if ":" in host else host
    return [
        url
        for network in Network
        for url in (
            f"grpc://{shown}:{network.grpc_port}",
            f"ws://{shown}:{network.wrpc_json_port}",
        )
    ]


def look_for_nodes(network: Network, hosts: Sequence[str]) -> list[Found]:
    """The nodes that answer on these hosts, those to follow first. Runs Trio."""
    places = [(host, url) for host in hosts[:MOST_HOSTS] for url in usual_urls(host)]
    return trio.run(_ask_all, network, places)


def ask_about(network: Network, urls: Sequence[str]) -> list[Found]:
    """The answers of the nodes at these URLs. Runs Trio."""

    async def ask() -> list[Found]:
        found: dict[str, Found] = {}

        async def keep(url: str) -> None:
            found[url] = Found(url, await ask_node(network, url, ANSWER_S))

        async with trio.open_nursery() as nursery:
            for url in urls:
                nursery.start_soon(keep, url)
        return [found[url] for url in urls]

    return trio.run(ask)


async def _ask_all(network: Network, places: Sequence[tuple[str, str]]) -> list[Found]:
    found: list[Found] = []

    async def ask(host: str, url: str) -> None:
        if await _is_open(host, int(url.rpartition(":")[2])):
            found.append(Found(url, await ask_node(network, url, ANSWER_S)))

    async with trio.open_nursery() as nursery:
        for host, url in places:
            nursery.start_soon(ask, host, url)
    order = {url: place for place, (_, url) in enumerate(places)}
    found.sort(key=lambda one: (not one.is_usable, not _belongs(one, network), order[one.url]))
    return found


def _belongs(one: Found, network: Network) -> bool:
    return one.answer.network_id == network.value


async def _is_open(host: str, port: int) -> bool:
    """Whether anything listens there, so that a closed port is no finding."""
    try:
        with trio.fail_after(CONNECT_S):
            stream = await trio.open_tcp_stream(host, port)
    except (OSError, trio.TooSlowError):
        return False
    await stream.aclose()
    return True
