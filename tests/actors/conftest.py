"""Worlds on virtual time."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import structlog
import trio
from trio.testing import MockClock

import actors.build
from kasgate.egress import Egress
from tests.actors.world import World, a_world


def run_on_virtual_time(
    test: Callable[[], Awaitable[Any]],
    *,
    clock: trio.abc.Clock | None = None,
    instruments: Sequence[trio.abc.Instrument] = (),
) -> Any:
    """Like trio.run, with a clock that jumps."""
    clock = clock or MockClock(autojump_threshold=0)
    return trio.run(test, clock=clock, instruments=instruments)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """pytest-trio takes a clock only from a test's own arguments. This adds one to tests whose
    fixtures need virtual time."""
    for item in items:
        is_ours = Path(__file__).parent in item.path.parents
        if is_ours and "autojump_clock" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.trio(run=run_on_virtual_time), append=False)


@pytest.fixture(autouse=True)
def plain_tracebacks() -> Iterator[None]:
    """Without this, printing the locals of every frame of an expected failure takes half a
    second."""
    before = structlog.get_config()
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[structlog.processors.add_log_level, plain])
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def trusted_certificates() -> ssl.SSLContext:
    """Every gateway would read these again, in a tenth of a second."""
    return ssl.create_default_context()


@pytest.fixture(autouse=True)
def one_trust_store(monkeypatch: pytest.MonkeyPatch, trusted_certificates: ssl.SSLContext) -> None:
    """Gateways share the certificates."""
    monkeypatch.setattr(actors.build, "Egress", partial(Egress, tls=trusted_certificates))


@pytest.fixture
async def world(autojump_clock: MockClock) -> AsyncIterator[World]:
    """A gateway that follows a chain of ten blocks a second."""
    async with a_world() as world:
        yield world


@pytest.fixture
async def still_world(autojump_clock: MockClock) -> AsyncIterator[World]:
    """A gateway on a chain where the test makes every block."""
    async with a_world(beating=False) as world:
        yield world
