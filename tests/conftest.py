"""Profiles and fixtures for the whole suite."""

from __future__ import annotations

import os
import signal

import trio
from hypothesis import HealthCheck, settings

pytest_plugins = ("tests.plugins.side_by_side",)

settings.register_profile(
    "dev", max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("nightly", parent=settings.get_profile("dev"), max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def pytest_configure() -> None:
    """A run started in the background ignores SIGINT, and so would every process that it starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_runtest_logfinish() -> None:
    """A test that pytest-timeout ended leaves Trio marked as running, and every later test of the
    process would fail."""
    trio._core._run.GLOBAL_RUN_CONTEXT.__dict__.clear()
