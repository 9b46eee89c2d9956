"""What a gateway is told from outside: its settings, and the variables that name them."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from attrs import field, frozen

from kasgate.kaspa.networks import Network
from kasgate.limits.rate_limits import RateLimits
from kasgate.money import Sompi
from kasgate.rates.sources import Source
from kasgate.sessions.policy import ConfirmationPolicy, Tier

PREFIX: Final = "KASGATE_"
CONFIG_VARIABLE: Final = "KASGATE_CONFIG"
SIMNET_CONTROL_VARIABLE: Final = "KASGATE_SIMNET_CONTROL"
URL_VARIABLE: Final = "KASGATE_URL"
"""Where commands for developers find the gateway, as their --url."""
API_KEY_VARIABLE: Final = "KASGATE_API_KEY"
"""The merchant's key that they use, as their --api-key."""
WEBHOOK_SECRET_VARIABLE: Final = "KASGATE_WEBHOOK_SECRET"  # noqa: S105 - the name, no secret
"""What shops verify webhooks with, and ``kasgate listen`` signs with, as its --secret."""


class SettingsError(ValueError):
    """Settings that a gateway can't start with.

    The text has one line per problem; each names the variable, or the file, and what is allowed.
    The value of a secret is in none of them. ``problems`` holds the lines.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Registration(StrEnum):
    """Who may create a merchant over HTTP."""

    FIRST = "first"
    """Anyone until the first merchant exists, then nobody."""
    OPEN = "open"
    CLOSED = "closed"


class LogForm(StrEnum):
    """How log lines are written."""

    CONSOLE = "console"
    """For a person at a terminal."""
    JSON = "json"
    """One JSON object a line."""


class LogLevel(StrEnum):
    """How important a line of the log is."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@frozen(kw_only=True)
class Settings:
    """Everything a gateway is told from outside. ``SETTINGS`` says what each field means."""

    network: Network
    nodes: tuple[str, ...]
    data_dir: Path
    database: Path
    key_file: Path
    marks_file: Path
    host: str
    port: int
    base_url: str
    """Without a slash at its end."""
    registration: Registration
    session_ttl: int
    """Seconds."""
    confirmations: int
    confirmation_tiers: tuple[Tier, ...]
    quorum_amount: Sompi | None
    mempool: bool
    late_window: int
    """Seconds."""
    operator_token: str | None = field(repr=False)
    min_amount: Sompi
    webhook_allow_private: tuple[IPv4Network | IPv6Network, ...]
    webhook_tail: tuple[int, ...]
    """Seconds before each further attempt; empty when there is no slow tail."""
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    cors_origins: tuple[str, ...]
    express: bool
    rate_limits: RateLimits | None
    """None when nothing is limited."""
    connections_per_address: int | None
    """None for any number."""
    open_sessions: int | None
    """Of one merchant; None for any number."""
    simnet_control: tuple[str, int] | None
    rates: bool
    rate_sources: tuple[Source, ...]
    log: LogForm
    log_level: LogLevel
    demo: bool = False
    warnings: tuple[str, ...] = ()
    """Sentences for the operator about what looks like a mistake, though the start goes on."""

    @property
    def base_path(self) -> str:
        """The path of the public URL: empty, or such as ``/kasgate``."""
        return urlsplit(self.base_url).path

    @property
    def confirmation_policy(self) -> ConfirmationPolicy:
        """How many confirmations a payment needs where neither session nor merchant says."""
        return ConfirmationPolicy(self.confirmations, self.confirmation_tiers)

    @property
    def sandbox_control(self) -> tuple[str, int] | None:
        """The control port of the simulated network, on which sessions may be paid by one call;
        None on every other network, whatever the variables say."""
        return self.simnet_control if self.network is Network.SIMNET else None

    @property
    def listens_beyond_loopback(self) -> bool:
        """Whether other machines may reach it directly. A host name counts as reachable, except
        for localhost: what it resolves to is not known here."""
        return not _is_loopback(self.host)

    @property
    def is_private(self) -> bool:
        """Whether nobody but this machine is meant to reach it: it listens on loopback, its public
        URL is there too, and no reverse proxy is known."""
        public = urlsplit(self.base_url).hostname or ""
        return (
            not self.listens_beyond_loopback and _is_loopback(public) and not self.trusted_proxies
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
