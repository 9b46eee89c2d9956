"""The settings of a gateway: one table, read from the environment and from a TOML file.

Every setting is a row of ``SETTINGS``. The environment variable, the key of the TOML file, the
default, the reader, the text of a refusal, ``kasgate serve --help`` and docs/settings.md all come
from that row. An environment variable wins over the file, the file over the default.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import field, frozen

from kasgate import setting_values as values
from kasgate.kaspa.networks import PUBLIC_NETWORKS, RESOLVER, Network
from kasgate.limits.rate_limits import RateLimits
from kasgate.money import Sompi, format_kas
from kasgate.policy import ConfirmationPolicy, Tier
from kasgate.rates.sources import SOURCES, Source
from kasgate.setting_values import LogLevel, WrongValue

PREFIX: Final = "KASGATE_"
CONFIG_VARIABLE: Final = "KASGATE_CONFIG"
SIMNET_CONTROL_VARIABLE: Final = "KASGATE_SIMNET_CONTROL"
URL_VARIABLE: Final = "KASGATE_URL"
"""Where commands for developers find the gateway, as their --url."""
API_KEY_VARIABLE: Final = "KASGATE_API_KEY"
"""The merchant's key that they use, as their --api-key."""
WEBHOOK_SECRET_VARIABLE: Final = "KASGATE_WEBHOOK_SECRET"  # noqa: S105 - the name, no secret
"""What shops verify webhooks with, and ``kasgate listen`` signs with, as its --secret."""
# Read by other parts of the project than the gateway, so no misspelt setting.
_OTHER_VARIABLES: Final = frozenset(
    {CONFIG_VARIABLE, URL_VARIABLE, API_KEY_VARIABLE, WEBHOOK_SECRET_VARIABLE, "KASGATE_CI"}
)
_WEBHOOK_TAIL: Final = (300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
_SHOWN_CHARACTERS: Final = 80


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


@frozen
class Setting:
    """A row of the table."""

    field: str
    """The name in Settings and in the TOML file."""
    default: Callable[[Mapping[str, Any]], Any]
    """From the values of the rows above it."""
    default_text: str
    """The default in words, for the documents."""
    read: Callable[[object], Any]
    """From text or from a value of TOML; raises WrongValue."""
    allowed: str
    meaning: str
    secret: bool = False

    @property
    def variable(self) -> str:
        """The name of the environment variable."""
        return PREFIX + self.field.upper()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _always(value: object) -> Callable[[Mapping[str, Any]], Any]:
    return lambda _: value


def _default_base_url(above: Mapping[str, Any]) -> str:
    host = above["host"]
    if host in values.WILDCARD_HOSTS:
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{above['port']}"


SETTINGS: Final = (
    Setting(
        "network",
        _always(Network.MAINNET),
        "`mainnet`",
        values.one_of(Network),
        "mainnet, testnet-10, simnet or devnet",
        "The Kaspa network that payments arrive on.",
    ),
    Setting(
        "nodes",
        lambda above: (
            f"grpc://127.0.0.1:{above['network'].grpc_port}",
            f"ws://127.0.0.1:{above['network'].wrpc_json_port}",
        ),
        "the local node of the network: its gRPC port (mainnet 16110, testnet-10 16210, simnet"
        " 16510, devnet 16610), then its wRPC JSON port (18110, 18210, 18510, 18610)",
        values.list_of(values.node_url, at_least=1),
        "grpc://host:port, ws://host:port, wss://host:port, https://host, http://host (this machine"
        " and private networks) or resolver, several separated by commas",
        "The Kaspa nodes to follow, in order of preference. `grpc://` is what kaspad offers by"
        " itself (`kaspad --utxoindex`), `ws://` is its wRPC JSON (`--rpclisten-json` too),"
        " `https://` a REST server like api.kaspa.org, `resolver` the public nodes.",
    ),
    Setting(
        "data_dir",
        lambda _: _user_data_path(),
        "the platform's data directory for `kasgate`, on Linux `~/.local/share/kasgate`",
        values.path,
        "a path",
        "Where the database and the key file live. Made at the first start, for its owner alone.",
    ),
    Setting(
        "database",
        lambda above: above["data_dir"] / "kasgate.db",
        "`kasgate.db` in the data directory",
        values.database_path,
        "a path",
        "The SQLite file; a path, since there is no other engine. One gateway at a time may serve"
        " it.",
    ),
    Setting(
        "key_file",
        lambda above: above["data_dir"] / "kasgate.key",
        "`kasgate.key` in the data directory",
        values.path,
        "a path",
        "The key that encrypts webhook secrets and account keys in the database. Made at the first"
        " start, readable by its owner alone. Keep a copy apart from the backups of the database:"
        " without it they can't be read.",
    ),
    Setting(
        "marks_file",
        lambda above: above["data_dir"] / "addresses.marks",
        "`addresses.marks` in the data directory",
        values.path,
        "a path",
        "How far each account key has given out addresses, apart from the database: so that an"
        " older copy of the database, put back, gives none out again. Leave it where it is when you"
        " restore (docs/backup.md); elsewhere, best on another disk, it also tells when the whole"
        " data directory was put back.",
    ),
    Setting(
        "host",
        _always("127.0.0.1"),
        "`127.0.0.1`",
        values.host,
        "an IP address or a host name, without port",
        "The address to listen on. `0.0.0.0` or `::` for every interface.",
    ),
    Setting(
        "port",
        _always(3001),
        "`3001`",
        values.whole(0, 65_535),
        "1 to 65535, or 0 for any free port",
        "The port to listen on.",
    ),
    Setting(
        "base_url",
        _default_base_url,
        "from host and port",
        values.base_url,
        "http:// or https://, a host, and if need be a port and a path",
        "The public URL of the gateway, for links and pages. Set it behind a reverse proxy;"
        " docs/proxies.md has examples, with and without a path such as `/kasgate`.",
    ),
    Setting(
        "registration",
        _always(Registration.FIRST),
        "`first`",
        values.one_of(Registration),
        "first, open or closed",
        "Who may create a merchant over HTTP. `first`: whoever comes first, then nobody; asks for"
        " the setup code printed at the start unless the gateway is private to its machine: it"
        " listens on loopback, has no other base URL and no trusted proxies. `open`: everybody."
        " `closed`: nobody. `kasgate merchant create` always works.",
    ),
    Setting(
        "session_ttl",
        _always(1_800),
        "`1800`",
        values.duration(60, 86_400),
        "60 to 86400 seconds, plain or as 30m, 12h",
        "How long a shopper has to pay, unless the session says otherwise.",
    ),
    Setting(
        "confirmations",
        _always(10),
        "`10`",
        values.whole(1, 100_000),
        "1 to 100000",
        "Confirmations a payment needs, unless the session says otherwise. Kaspa makes ten a"
        " second.",
    ),
    Setting(
        "confirmation_tiers",
        _always(()),
        "empty",
        values.confirmation_tiers,
        "limit:confirmations by rising limits in KAS, such as 100:10,10000:100,*:600",
        "Confirmations by amount: `100:10,10000:100,*:600` asks for 10 below 100 KAS, for 100 below"
        " 10,000 KAS and for 600 from there on. Amounts that no tier covers need"
        " `KASGATE_CONFIRMATIONS`. A session's own number and a merchant's own policy go first.",
    ),
    Setting(
        "quorum_amount",
        _always(None),
        "none",
        values.kas_above_zero,
        "an amount in KAS above 0, with at most eight decimals",
        "From this amount on a payment is final only once a second, independent source says that"
        " the network accepted it. Needs more than one entry in `KASGATE_NODES`.",
    ),
    Setting(
        "mempool",
        _always(True),
        "`on`",
        values.on_or_off,
        "on or off",
        "Whether shoppers are shown a payment as soon as a node's mempool has it. It is never"
        " counted as money before the network has accepted it.",
    ),
    Setting(
        "late_window",
        _always(30 * 86_400),
        "`30d`",
        values.duration(0, 3_650 * 86_400),
        "seconds, or a number with s, m, h or d, up to 3650d",
        "How long the address of a closed session stays watched for money that comes late.",
    ),
    Setting(
        "operator_token",
        _always(None),
        "none",
        values.token,
        "16 to 200 letters, digits and signs of ASCII without spaces",
        "Bearer token for `/metrics` and for the counts in `/health/detailed`. Without one, neither"
        " is served.",
        secret=True,
    ),
    Setting(
        "min_amount",
        lambda above: above["network"].default_min_amount,
        f"`{format_kas(Network.MAINNET.default_min_amount)}`",
        values.kas_above_zero,
        "an amount in KAS above 0, with at most eight decimals",
        "The smallest amount, in KAS, that a session may ask for. Ordinary wallets can't pay much"
        " less than the default.",
    ),
    Setting(
        "webhook_allow_private",
        _always(()),
        "empty",
        values.list_of(values.ip_network),
        "networks such as 10.0.0.0/8 or fd00::/8, or single addresses, separated by commas",
        "Private networks that webhooks may be sent to, also over plain http and on any port."
        " Without it webhooks reach public addresses alone.",
    ),
    Setting(
        "webhook_tail",
        _always(_WEBHOOK_TAIL),
        "`5m,30m,2h,5h,10h,14h,20h,24h`",
        values.list_or_off(values.duration(1, 30 * 86_400)),
        "delays from 1s to 30d such as 5m,30m,2h separated by commas, or off",
        "The delays before the attempts that follow when a webhook failed five times within 15"
        " seconds.",
    ),
    Setting(
        "trusted_proxies",
        _always(()),
        "empty",
        values.list_of(values.ip_network),
        "networks such as 10.0.0.0/8 or fd00::/8, or single addresses, separated by commas",
        "Reverse proxies whose `X-Forwarded-For`, `-Proto` and `-Host` are believed. From anybody"
        " else these headers are ignored.",
    ),
    Setting(
        "cors_origins",
        _always(()),
        "empty",
        values.list_of(values.origin),
        "origins such as https://shop.example, separated by commas",
        "Sites whose pages may call the merchant endpoints from a browser.",
    ),
    Setting(
        "express",
        _always(True),
        "`on`",
        values.on_or_off,
        "on or off",
        "Whether the calls that come by the thousand (create a session, read it, its status,"
        " WebSockets) are answered in the express lane. The answers are the same either way; off"
        " sends everything through the framework, at a fraction of the speed.",
    ),
    Setting(
        "rate_limits",
        _always(RateLimits()),
        f"`on`: `{values.rates_text(RateLimits())}`",
        values.rate_limits,
        "on, off, or numbers of calls a minute such as merchant=600,polls=3000; what is not named"
        " keeps its default",
        "How often somebody may call: `merchant`, `webhook_tests`, `url_checks` and `resends` by"
        " merchant, `session` by session, the others by address. `polls` are public session calls,"
        " new WebSockets and messages on them, `failures` wrong keys and tokens, `sign_ins` calls"
        " that take a password, `url_checks` webhook URLs that are set. A sixth of a number, at"
        " least ten, may come at once.",
    ),
    Setting(
        "connections_per_address",
        _always(1_000),
        "`1000`",
        values.whole_or_off(1, 1_000_000),
        "1 to 1000000, or off",
        "How many connections may be open at once from one IPv4 address or IPv6 /64; a /48 may have"
        " four times as many. Never more than a quarter of what the limit of open files allows. For"
        " one more, the longest idle one of that address ends. Trusted proxies are exempt; the"
        " WebSockets that come through them are counted by the client's address.",
    ),
    Setting(
        "open_sessions",
        _always(10_000),
        "`10000`",
        values.whole_or_off(1, 1_000_000),
        "1 to 1000000, or off",
        "How many sessions of one merchant may wait for payment or confirmations at once. Beyond"
        " it a new one is refused with 429 `too_many_open_sessions`.",
    ),
    Setting(
        "simnet_control",
        _always(None),
        "none",
        values.host_and_port,
        "HOST:PORT, or [HOST]:PORT for IPv6",
        "The control port of a simulated network (`kasgate simnet` prints it). With it, and on the"
        " network simnet alone, `POST /api/v1/test/sessions/{id}/{action}` pays, reverts, confirms"
        " and expires sessions. Also where `kasgate simnet pay` and its siblings find the network.",
    ),
    Setting(
        "rates",
        _always(False),
        "`off`",
        values.on_or_off,
        "on or off",
        "Whether sessions may be priced in currencies such as the euro. Switched on, the gateway"
        " asks the sources of rates about once a minute; switched off, it asks nobody.",
    ),
    Setting(
        "rate_sources",
        _always(tuple(SOURCES.values())),
        f"all: `{','.join(SOURCES)}`",
        values.rate_sources,
        f"names out of {', '.join(SOURCES)}, at least three that price KAS independently of each"
        " other; a name may say where to ask, as in kraken=https://proxy.example",
        "Whom to ask for rates. A price needs three sources that agree; kaspa and coingecko count"
        " as one, coinbase and ecb price currencies, not KAS.",
    ),
    Setting(
        "log",
        lambda above: LogForm.CONSOLE if above["terminal"] else LogForm.JSON,
        "`console` on a terminal, else `json`",
        values.one_of(LogForm),
        "console or json",
        "The form of the log, which goes to standard error.",
    ),
    Setting(
        "log_level",
        _always(LogLevel.INFO),
        "`info`",
        values.one_of(LogLevel),
        "debug, info, warning or error",
        "The least important lines that are still logged.",
    ),
)
_BY_FIELD: Final = {setting.field: setting for setting in SETTINGS}
_BY_VARIABLE: Final = {setting.variable: setting for setting in SETTINGS}


def load_settings(
    environ: Mapping[str, str],
    *,
    overrides: Mapping[str, object] = {},
    terminal: bool = False,
) -> Settings:
    """Read the settings from an environment, the file that its KASGATE_CONFIG names, and defaults.

    ``overrides`` maps fields of Settings to values that win over everything: text is read as an
    environment variable would be, anything else is taken as it is, and defaults that depend on it
    follow. ``terminal`` says whether a person watches the log. An empty variable counts as unset.
    Touches nothing but the file: no directory is made.

    Raises SettingsError with every problem found.
    """
    problems: list[str] = []
    file_name = environ.get(CONFIG_VARIABLE, "").strip()
    from_file = _read_file(file_name, problems) if file_name else {}
    chosen: dict[str, Any] = {"terminal": terminal}
    given: set[str] = set()
    for setting in SETTINGS:
        name = setting.field
        text = environ.get(setting.variable, "")
        try:
            if name in overrides:
                given.add(name)
                chosen[name] = _overridden(setting, overrides[name])
            elif text.strip():
                given.add(name)
                chosen[name] = _read(setting, setting.variable, text)
            elif name in from_file:
                given.add(name)
                origin = f"{name} in {file_name} ({setting.variable})"
                chosen[name] = _read(setting, origin, from_file[name])
                if isinstance(chosen[name], Path):
                    chosen[name] = values.path(file_name).parent / chosen[name]
            else:
                chosen[name] = setting.default(chosen)
        except SettingsError as refusal:
            problems += refusal.problems
            chosen[name] = _stand_in(setting, chosen)
    problems = problems or _contradictions(chosen)
    if problems:
        raise SettingsError(*problems)
    del chosen["terminal"]
    # What has no row, such as demo: only a command can say it.
    chosen.update({name: value for name, value in overrides.items() if name not in chosen})
    return Settings(**chosen, warnings=_warnings(environ, chosen, given))


def _stand_in(setting: Setting, above: Mapping[str, Any]) -> object:
    """In place of a value that was refused, for the rows below, which may build on it."""
    try:
        return setting.default(above)
    except SettingsError:
        return Path()


def _overridden(setting: Setting, value: object) -> object:
    if isinstance(value, str):
        return _read(setting, f"{setting.variable}, given by the command,", value)
    return value


def _read(setting: Setting, origin: str, value: object) -> object:
    """The value read, or SettingsError with one sentence about it."""
    try:
        return setting.read(value)
    except WrongValue as wrong:
        shown = "a value that can't be used" if setting.secret else _quoted(value)
        reason = f" {wrong}" if str(wrong) else ""
        raise SettingsError(f"{origin} is {shown}.{reason} Allowed: {setting.allowed}.") from None


def _user_data_path() -> Path:
    """Raises SettingsError for a user without a home directory, as containers have them."""
    import platformdirs  # noqa: PLC0415 - a megabyte, for those who name no directory

    try:
        found = platformdirs.user_data_path("kasgate", appauthor=False)
    except (RuntimeError, KeyError):
        found = Path("~")
    if not found.is_absolute():
        raise SettingsError(
            "KASGATE_DATA_DIR is not set, and this user has no home directory that the data could"
            " be kept in. Set KASGATE_DATA_DIR to a directory that this user may write to."
        )
    return found


def _read_file(name: str, problems: list[str]) -> dict[str, object]:
    """The TOML file's settings. What is wrong with the file as a whole goes to ``problems``."""
    import tomllib  # noqa: PLC0415 - for those who have such a file

    try:
        path = values.path(name)
    except WrongValue as wrong:
        problems.append(f"{CONFIG_VARIABLE} is {_quoted(name)}. {wrong} Allowed: a path.")
        return {}
    try:
        content = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except FileNotFoundError:
        problems.append(f"{CONFIG_VARIABLE} names {path}, which does not exist.")
        return {}
    except OSError as error:
        problems.append(f"{CONFIG_VARIABLE} names {path}, which can't be read: {error.strerror}.")
        return {}
    except UnicodeDecodeError:
        problems.append(f"{CONFIG_VARIABLE} names {path}, which is not UTF-8 text.")
        return {}
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{CONFIG_VARIABLE} names {path}, which is not valid TOML: {error}.")
        return {}
    for key in content:
        if key not in _BY_FIELD:
            problems.append(f"{path} has the key {_quoted(key)}, {_unknown(key, _BY_FIELD)}")
    return content


def _contradictions(chosen: Mapping[str, Any]) -> list[str]:
    """What each setting allows and two together do not."""
    found = []
    network: Network = chosen["network"]
    nodes: tuple[str, ...] = chosen["nodes"]
    if RESOLVER in nodes and network not in PUBLIC_NETWORKS:
        found.append(
            f"KASGATE_NODES has resolver, and KASGATE_NETWORK is {network.value}, of which there"
            " are no public nodes. Name a node of your own."
        )
    # Two ports of one machine are most likely one node, except where everything runs on one.
    is_public = network in PUBLIC_NETWORKS
    sources = {urlsplit(node).hostname or node for node in nodes} if is_public else set(nodes)
    if chosen["quorum_amount"] is not None and len(sources) == 1:
        found.append(
            "KASGATE_QUORUM_AMOUNT is set, so large sessions wait for a second, independent source,"
            " and KASGATE_NODES names one machine only. Add a node that somebody else runs, or a"
            " REST server such as https://api.kaspa.org."
        )
    return found


def _warnings(
    environ: Mapping[str, str], chosen: Mapping[str, Any], given: set[str]
) -> tuple[str, ...]:
    found = [
        f"The environment has {name}, {_unknown(name, _BY_VARIABLE)}"
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in _BY_VARIABLE and name not in _OTHER_VARIABLES
    ]
    if chosen["host"] in values.WILDCARD_HOSTS and "base_url" not in given:
        found.append(
            f"KASGATE_BASE_URL is not set, so links say {chosen['base_url']}, which works on this"
            " machine alone."
        )
    if chosen["simnet_control"] is not None and chosen["network"] is not Network.SIMNET:
        found.append(
            f"{SIMNET_CONTROL_VARIABLE} is set, but the network is {chosen['network'].value}:"
            " nothing is paid by a test call there."
        )
    return tuple(found)


def _unknown(name: str, known: Mapping[str, Setting]) -> str:
    """The end of a sentence about a name that is no setting."""
    close = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    return f"which is no setting.{hint}"


def _quoted(given: object) -> str:
    text = str(given)
    shown = text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
    # repr escapes line breaks and other control characters, so that one problem stays one line.
    return repr(shown)
