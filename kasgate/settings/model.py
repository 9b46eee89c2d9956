"""The settings of a gateway, and the names of their variables."""

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
"""The gateway's URL for the commands for developers, like their --url."""
API_KEY_VARIABLE: Final = "KASGATE_API_KEY"
"""The merchant's API key for these commands, like their --api-key."""
WEBHOOK_SECRET_VARIABLE: Final = "KASGATE_WEBHOOK_SECRET"  # noqa: S105 - the name, no secret
"""Shops verify webhooks with it, and ``kasgate listen`` signs with it, like its --secret."""


class SettingsError(ValueError):
    """The gateway can't start with these settings.

    The text has one line per problem; each names the variable, or the file, and the allowed values.
    No line contains the value of a secret. ``problems`` holds the lines.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Registration(StrEnum):
    """Controls the creation of merchants over HTTP."""

    FIRST = "first"
    """Anyone until the first merchant exists, then nobody."""
    OPEN = "open"
    CLOSED = "closed"


class LogForm(StrEnum):
    """How log lines are written."""

    CONSOLE = "console"
    """For a person at a terminal."""
    JSON = "json"
    """One JSON object per line."""


class LogLevel(StrEnum):
    """The importance of a log line."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@frozen(kw_only=True)
class Settings:
    """All settings of a gateway. ``SETTINGS`` documents each field."""

    network: Network
    nodes: tuple[str, ...]
    data_dir: Path
    database: Path
    key_file: Path
    marks_file: Path
    backup_dir: Path | None
    """None without scheduled backups."""
    backup_every: int
    """Seconds."""
    backup_keep: int
    backup_passphrase_file: Path | None
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
    security_contact: tuple[str, ...]
    """URIs."""
    min_amount: Sompi
    webhook_allow_private: tuple[IPv4Network | IPv6Network, ...]
    webhook_tail: tuple[int, ...]
    """Seconds before each further attempt; empty if there is no slow tail."""
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    cors_origins: tuple[str, ...]
    express: bool
    rate_limits: RateLimits | None
    """None without rate limits."""
    connections_per_address: int | None
    """None for no limit."""
    open_sessions: int | None
    """The limit of one merchant; None for no limit."""
    simnet_control: tuple[str, int] | None
    rates: bool
    rate_sources: tuple[Source, ...]
    log: LogForm
    log_level: LogLevel
    file: Path | None = None
    """The settings file that was read."""
    demo: bool = False
    warnings: tuple[str, ...] = ()
    """Sentences for the operator about likely mistakes that do not prevent the start."""

    @property
    def base_path(self) -> str:
        """The path of the public URL: empty, or such as ``/kasgate``."""
        return urlsplit(self.base_url).path

    @property
    def confirmation_policy(self) -> ConfirmationPolicy:
        """The confirmations of a payment if neither its session nor its merchant sets them."""
        return ConfirmationPolicy(self.confirmations, self.confirmation_tiers)

    @property
    def sandbox_control(self) -> tuple[str, int] | None:
        """The control port of the simulated network, on which test calls may pay sessions; None on
        every other network, regardless of the variables."""
        return self.simnet_control if self.network is Network.SIMNET else None

    @property
    def listens_beyond_loopback(self) -> bool:
        """Whether other machines may reach it directly. A host name other than localhost counts as
        reachable, because its address is not known here."""
        return not _is_loopback(self.host)

    @property
    def is_private(self) -> bool:
        """Whether only this machine is meant to reach it: it listens on loopback, its public URL is
        on loopback, and no reverse proxy is set."""
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
