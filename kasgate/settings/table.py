"""The table of all settings, one row each.

The environment variable, the key of the TOML file, the default, the reader, the text of a refusal,
and ``kasgate serve --help`` come from the row in ``SETTINGS``. A test compares docs/settings.md
with the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from kasgate.kaspa.networks import Network
from kasgate.limits.rate_limits import RateLimits
from kasgate.money import SMALLEST_PAYABLE, format_kas
from kasgate.rates.sources import SOURCES
from kasgate.settings import values
from kasgate.settings.model import PREFIX, LogForm, LogLevel, Registration, SettingsError

_WEBHOOK_TAIL: Final = (300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)


@frozen
class Setting:
    """A row of the table."""

    field: str
    """The field of Settings and key of the TOML file."""
    default: Callable[[Mapping[str, Any]], Any]
    """Computes the default from the values of the rows above."""
    default_text: str
    """The default in words, for the documentation."""
    read: Callable[[object], Any]
    """Reads text or a TOML value; raises WrongValue."""
    allowed: str
    meaning: str
    secret: bool = False

    @property
    def variable(self) -> str:
        """The name of the environment variable."""
        return PREFIX + self.field.upper()


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
        "The Kaspa nodes to follow, in order of preference. `grpc://` is kaspad's default"
        " (`kaspad --utxoindex`), `ws://` is its wRPC JSON (add `--rpclisten-json`), `https://` is"
        " a REST server like api.kaspa.org, `resolver` stands for the public nodes.",
    ),
    Setting(
        "data_dir",
        lambda _: _user_data_path(),
        "the platform's data directory for `kasgate`, on Linux `~/.local/share/kasgate`",
        values.path,
        "a path",
        "The directory of the database and the key file. Created at the first start, readable by"
        " its owner alone.",
    ),
    Setting(
        "database",
        lambda above: above["data_dir"] / "kasgate.db",
        "`kasgate.db` in the data directory",
        values.database_path,
        "a path",
        "The SQLite file; a path, because there is no other engine. Only one gateway at a time may"
        " serve it.",
    ),
    Setting(
        "key_file",
        lambda above: above["data_dir"] / "kasgate.key",
        "`kasgate.key` in the data directory",
        values.path,
        "a path",
        "The key that encrypts webhook secrets and account keys in the database. Created at the"
        " first start, readable by its owner alone. Keep a copy apart from the backups of the"
        " database: they can't be read without it.",
    ),
    Setting(
        "marks_file",
        lambda above: above["data_dir"] / "addresses.marks",
        "`addresses.marks` in the data directory",
        values.path,
        "a path",
        "The file that notes how far each account key has given out addresses. With it, a restored"
        " older copy of the database does not give out addresses again. Leave it in place when you"
        " restore (docs/backup.md). On another disk, it also detects that the whole data directory"
        " was restored.",
    ),
    Setting(
        "backup_dir",
        _always(None),
        "none",
        values.path,
        "a path",
        "The directory that the gateway writes backups of its database to, by itself. Best on"
        " another disk. Without it there are no scheduled backups (docs/backup.md).",
    ),
    Setting(
        "backup_every",
        _always(86_400),
        "`24h`",
        values.duration(300, 30 * 86_400),
        "300 seconds to 30d, plain or as 30m, 12h, 7d",
        "The time between two scheduled backups. One that was due while the gateway was off is made"
        " a minute after the start.",
    ),
    Setting(
        "backup_keep",
        _always(14),
        "`14`",
        values.whole(1, 10_000),
        "1 to 10000",
        "How many scheduled backups stay. Older ones of this database are removed.",
    ),
    Setting(
        "backup_passphrase_file",
        _always(None),
        "none",
        values.path,
        "a path",
        "A file whose first line is the passphrase that backups are encrypted with, at least 12"
        " characters. Without it they are not encrypted; the secrets in the database are, with the"
        " key file.",
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
        "http:// or https://, a host, and optionally a port and a path",
        "The public URL of the gateway, for links and pages. Set it behind a reverse proxy;"
        " docs/proxies.md has examples, with and without a path such as `/kasgate`.",
    ),
    Setting(
        "registration",
        _always(Registration.FIRST),
        "`first`",
        values.one_of(Registration),
        "first, open or closed",
        "Controls who may create a merchant over HTTP. `first`: anyone until there is a merchant,"
        " then nobody. It requires the setup code printed at the start, unless the gateway is"
        " private to its machine: it listens on loopback, has no other base URL and no trusted"
        " proxies. `open`: everybody. `closed`: nobody. `kasgate merchant create` always works.",
    ),
    Setting(
        "session_ttl",
        _always(1_800),
        "`1800`",
        values.duration(60, 86_400),
        "60 to 86400 seconds, plain or as 30m, 12h",
        "How long a shopper has to pay, unless the session or the merchant's profile sets another"
        " time.",
    ),
    Setting(
        "confirmations",
        _always(10),
        "`10`",
        values.whole(1, 100_000),
        "1 to 100000",
        "Confirmations that a payment needs, unless the session, the merchant's profile or"
        " `KASGATE_CONFIRMATION_TIERS` sets another number. Kaspa makes ten a second.",
    ),
    Setting(
        "confirmation_tiers",
        _always(()),
        "empty",
        values.confirmation_tiers,
        "limit:confirmations by rising limits in KAS, such as 100:10,10000:100,*:600",
        "Confirmations by amount: `100:10,10000:100,*:600` requires 10 below 100 KAS, 100 below"
        " 10,000 KAS, and 600 above. Amounts that no tier covers need `KASGATE_CONFIRMATIONS`. The"
        " number of the session, and the tiers or the number of the merchant's profile, take"
        " precedence.",
    ),
    Setting(
        "quorum_amount",
        _always(None),
        "none",
        values.kas_above_zero,
        "an amount in KAS above 0, with at most eight decimals",
        "From this amount on, a payment is final only after a second, independent source reports"
        " that the network accepted it. Needs more than one entry in `KASGATE_NODES`.",
    ),
    Setting(
        "mempool",
        _always(True),
        "`on`",
        values.on_or_off,
        "on or off",
        "Whether shoppers see a payment as soon as a node's mempool has it. It never counts as"
        " money before the network has accepted it.",
    ),
    Setting(
        "late_window",
        _always(30 * 86_400),
        "`30d`",
        values.duration(0, 3_650 * 86_400),
        "seconds, or a number with s, m, h or d, up to 3650d",
        "How long the address of a closed session stays watched for late money.",
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
        "security_contact",
        _always(()),
        "empty",
        values.list_of(values.contact),
        "e-mail addresses, or URLs with mailto:, https: or tel:, separated by commas",
        "Where people report a vulnerability of this gateway. With it, the gateway serves"
        " `/.well-known/security.txt` (RFC 9116).",
    ),
    Setting(
        "min_amount",
        lambda above: above["network"].default_min_amount,
        f"`{format_kas(Network.MAINNET.default_min_amount)}`",
        values.kas_above_zero,
        "an amount in KAS above 0, with at most eight decimals",
        "The smallest amount, in KAS, that a session may ask for. Ordinary wallets send no"
        f" output below {format_kas(SMALLEST_PAYABLE)} KAS; the default leaves room for their"
        " change.",
    ),
    Setting(
        "webhook_allow_private",
        _always(()),
        "empty",
        values.list_of(values.ip_network),
        "networks such as 10.0.0.0/8 or fd00::/8, or single addresses, separated by commas",
        "Private networks that webhooks may be sent to, also over plain http and on any port."
        " Without it, webhooks are sent only to public addresses.",
    ),
    Setting(
        "webhook_tail",
        _always(_WEBHOOK_TAIL),
        "`5m,30m,2h,5h,10h,14h,20h,24h`",
        values.list_or_off(values.duration(1, 30 * 86_400)),
        "delays from 1s to 30d such as 5m,30m,2h separated by commas, or off",
        "The delays of further attempts after a webhook has failed five times within 15 seconds.",
    ),
    Setting(
        "trusted_proxies",
        _always(()),
        "empty",
        values.list_of(values.ip_network),
        "networks such as 10.0.0.0/8 or fd00::/8, or single addresses, separated by commas",
        "Reverse proxies whose `X-Forwarded-For`, `-Proto` and `-Host` are trusted. From others"
        " these headers are ignored.",
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
        "Whether the most frequent calls (create a session, read it, its status, WebSockets) are"
        " answered in the express lane. The answers are the same either way; `off` sends everything"
        " through the framework, at a fraction of the speed.",
    ),
    Setting(
        "rate_limits",
        _always(RateLimits()),
        f"`on`: `{values.rates_text(RateLimits())}`",
        values.rate_limits,
        "on, off, or numbers of calls a minute such as merchant=600,polls=3000; the others keep"
        " their defaults",
        "Limits of calls a minute: `merchant`, `webhook_tests`, `url_checks`, `uploads` and"
        " `resends` by merchant, `session` by session, the others by address. `polls` are public"
        " session calls, new WebSockets and messages on them; `failures` are wrong keys and tokens;"
        " `sign_ins` are calls with a password; `url_checks` are changes of the webhook URL;"
        " `uploads` are those of a logo. A sixth of a number, at least ten, may come at once.",
    ),
    Setting(
        "connections_per_address",
        _always(1_000),
        "`1000`",
        values.whole_or_off(1, 1_000_000),
        "1 to 1000000, or off",
        "How many connections may be open at once from one IPv4 address or IPv6 /64; a /48 may have"
        " four times as many. Never more than a quarter of what the limit of open files allows. A"
        " further connection closes the longest idle one of that address. Trusted proxies are"
        " exempt; WebSockets through them are counted by the client's address.",
    ),
    Setting(
        "open_sessions",
        _always(10_000),
        "`10000`",
        values.whole_or_off(1, 1_000_000),
        "1 to 1000000, or off",
        "How many sessions of one merchant may wait for payment or confirmations at once. A further"
        " one is refused with 429 `too_many_open_sessions`.",
    ),
    Setting(
        "simnet_control",
        _always(None),
        "none",
        values.host_and_port,
        "HOST:PORT, or [HOST]:PORT for IPv6",
        "The control port of a simulated network (`kasgate simnet` prints it). With it, and only on"
        " the network simnet, `POST /api/v1/test/sessions/{id}/{action}` pays, reverts, confirms"
        " and expires sessions. `kasgate simnet pay` and the like also use it.",
    ),
    Setting(
        "rates",
        _always(False),
        "`off`",
        values.on_or_off,
        "on or off",
        "Whether sessions may be priced in currencies such as the euro. If on, the gateway asks the"
        " sources of rates about once a minute; if off, it asks none.",
    ),
    Setting(
        "rate_sources",
        _always(tuple(SOURCES.values())),
        f"all: `{','.join(SOURCES)}`",
        values.rate_sources,
        f"names out of {', '.join(SOURCES)}, at least three that price KAS independently of each"
        " other; a name may have another URL, as in kraken=https://proxy.example",
        "The sources of rates. A price needs three sources that agree; kaspa and coingecko count as"
        " one; coinbase and ecb price currencies, not KAS.",
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
        "The lowest level that is logged.",
    ),
)


def _user_data_path() -> Path:
    """Raises SettingsError for a user without a home directory, as in some containers."""
    import platformdirs  # noqa: PLC0415 - takes a megabyte, and is needed only for the default

    try:
        found = platformdirs.user_data_path("kasgate", appauthor=False)
    except (RuntimeError, KeyError):
        found = Path("~")
    if not found.is_absolute():
        raise SettingsError(
            "KASGATE_DATA_DIR is not set, and this user has no home directory for the"
            " data. Set KASGATE_DATA_DIR to a directory that this user may write to."
        )
    return found
