"""Settings: defaults, the environment, the TOML file, and refusals that name the problem."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasgate.kaspa.networks import Network
from kasgate.limits.rate_limits import RateLimits
from kasgate.money import parse_kas
from kasgate.rates.sources import SOURCES
from kasgate.sessions.policy import Tier
from kasgate.settings.loading import load_settings
from kasgate.settings.model import LogForm, LogLevel, Registration, Settings, SettingsError
from kasgate.settings.table import SETTINGS

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"
TOKEN = "correct-horse-battery"


def refusal(variable: str, value: str) -> str:
    """The one problem that a variable's value causes."""
    with pytest.raises(SettingsError) as caught:
        load_settings({variable: value})
    (problem,) = caught.value.problems
    assert str(caught.value) == problem
    return problem


def toml_file(folder: Path, content: str) -> dict[str, str]:
    """An environment that names a file with this content."""
    path = folder / "kasgate.toml"
    path.write_text(content, "utf-8")
    return {"KASGATE_CONFIG": str(path)}


def settings_table() -> str:
    """The expected table of docs/settings.md."""
    rows = ["| variable | default | allowed | meaning |", "|---|---|---|---|"]
    rows += [
        f"| `{row.variable}` | {row.default_text} | {row.allowed} | {row.meaning} |"
        for row in SETTINGS
    ]
    return "\n".join(rows) + "\n"


def test_an_empty_environment_gives_the_documented_defaults():
    settings = load_settings({})
    assert settings.network is Network.MAINNET
    assert settings.nodes == ("grpc://127.0.0.1:16110", "ws://127.0.0.1:18110")
    assert settings.database == settings.data_dir / "kasgate.db"
    assert settings.key_file.parent == settings.data_dir
    assert (settings.host, settings.port) == ("127.0.0.1", 3001)
    assert settings.base_url == "http://127.0.0.1:3001"
    assert settings.registration is Registration.FIRST
    assert settings.session_ttl == 30 * 60
    assert settings.confirmations == 10
    assert settings.confirmation_tiers == ()
    assert settings.quorum_amount is None
    assert settings.mempool
    assert settings.late_window == 30 * 24 * 3600
    assert settings.operator_token is None
    assert settings.security_contact == ()
    assert settings.min_amount == 20_000_000
    assert settings.webhook_allow_private == ()
    assert settings.webhook_tail == (300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
    assert settings.cors_origins == ()
    assert settings.express is True
    assert settings.trusted_proxies == ()
    assert settings.rate_limits == RateLimits()
    assert settings.simnet_control is None
    assert not settings.rates
    assert [source.name for source in settings.rate_sources] == list(SOURCES)
    assert settings.log is LogForm.JSON
    assert settings.log_level == "info"
    assert not settings.demo
    assert settings.warnings == ()
    assert not settings.listens_beyond_loopback


def test_every_field_has_a_row_but_those_only_a_command_or_the_reader_sets():
    fields = {field.name for field in attrs.fields(Settings)}
    assert fields - {row.field for row in SETTINGS} == {"demo", "file", "warnings"}


def test_defaults_follow_the_values_they_depend_on():
    environ = {
        "KASGATE_NETWORK": "simnet",
        "KASGATE_DATA_DIR": "/srv/kasgate",
        "KASGATE_HOST": "::1",
        "KASGATE_PORT": "8080",
    }
    settings = load_settings(environ, terminal=True)
    assert settings.nodes == ("grpc://127.0.0.1:16510", "ws://127.0.0.1:18510")
    assert settings.database == Path("/srv/kasgate/kasgate.db")
    assert settings.key_file == Path("/srv/kasgate/kasgate.key")
    assert settings.base_url == "http://[::1]:8080"
    assert settings.log is LogForm.CONSOLE


def test_everything_can_be_set_by_the_environment():
    settings = load_settings(
        {
            "KASGATE_NETWORK": "testnet-10",
            "KASGATE_NODES": "wss://node.example:443/kaspa/wrpc , ws://[::1]:18210",
            "KASGATE_DATABASE": "~/shop.db",
            "KASGATE_BASE_URL": "https://pay.example/gate/",
            "KASGATE_REGISTRATION": "CLOSED",
            "KASGATE_SESSION_TTL": "15m",
            "KASGATE_CONFIRMATIONS": "100",
            "KASGATE_CONFIRMATION_TIERS": "100:10, 10000:100 ,*:600",
            "KASGATE_QUORUM_AMOUNT": "5000",
            "KASGATE_MEMPOOL": "Off",
            "KASGATE_LATE_WINDOW": "12h",
            "KASGATE_OPERATOR_TOKEN": TOKEN,
            "KASGATE_SECURITY_CONTACT": "sec@shop.example, HTTPS://shop.example/report,tel:+1-201",
            "KASGATE_MIN_AMOUNT": "0.5",
            "KASGATE_WEBHOOK_ALLOW_PRIVATE": "10.0.0.0/8,127.0.0.1, fd00::/8",
            "KASGATE_WEBHOOK_TAIL": "90, 5m,2h",
            "KASGATE_CORS_ORIGINS": "https://Shop.example:443,http://localhost:5173",
            "KASGATE_RATES": "on",
            "KASGATE_RATE_SOURCES": "kraken, Gate,mexc=http://127.0.0.1:8080/mexc/,ecb",
            "KASGATE_LOG": "console",
            "KASGATE_LOG_LEVEL": "debug",
        }
    )
    assert settings.network is Network.TESTNET_10
    assert settings.nodes == ("wss://node.example:443/kaspa/wrpc", "ws://[::1]:18210")
    assert settings.database == Path("~/shop.db").expanduser()
    assert settings.base_url == "https://pay.example/gate"
    assert settings.registration is Registration.CLOSED
    assert settings.session_ttl == 900
    assert settings.confirmations == 100
    assert settings.confirmation_tiers == (
        Tier(parse_kas("100"), 10),
        Tier(parse_kas("10000"), 100),
        Tier(None, 600),
    )
    assert settings.confirmation_policy.required(parse_kas("100")) == 100
    assert settings.quorum_amount == parse_kas("5000")
    assert not settings.mempool
    assert settings.late_window == 43_200
    assert settings.operator_token == TOKEN
    assert settings.security_contact == (
        "mailto:sec@shop.example",
        "https://shop.example/report",
        "tel:+1-201",
    )
    assert settings.min_amount == 50_000_000
    assert settings.webhook_allow_private == (
        ip_network("10.0.0.0/8"),
        ip_network("127.0.0.1/32"),
        ip_network("fd00::/8"),
    )
    assert settings.webhook_tail == (90, 300, 7200)
    assert settings.cors_origins == ("https://shop.example", "http://localhost:5173")
    assert settings.rates
    assert [source.name for source in settings.rate_sources] == ["kraken", "gate", "mexc", "ecb"]
    assert settings.rate_sources[0] == SOURCES["kraken"]
    assert settings.rate_sources[2].url.startswith("http://127.0.0.1:8080/mexc/api/v3/")
    assert settings.log is LogForm.CONSOLE
    assert settings.log_level is LogLevel.DEBUG


@pytest.mark.parametrize(
    "nodes", ["ws://a.example:1", "grpc://a.example:1,ws://a.example:2,ws://A.example:3"]
)
def test_a_quorum_of_one_machine_is_refused(nodes: str):
    one = {"KASGATE_QUORUM_AMOUNT": "100", "KASGATE_NODES": nodes}
    with pytest.raises(SettingsError, match="second, independent source"):
        load_settings(one)
    two = one | {"KASGATE_NODES": f"{nodes},ws://b.example:1"}
    assert load_settings(two).quorum_amount == parse_kas("100")


def test_where_everything_runs_on_one_machine_two_ports_are_two_sources():
    simnet = {"KASGATE_NETWORK": "simnet", "KASGATE_QUORUM_AMOUNT": "100"}
    two = simnet | {"KASGATE_NODES": "ws://127.0.0.1:1,ws://127.0.0.1:2"}
    assert load_settings(two).quorum_amount == parse_kas("100")
    with pytest.raises(SettingsError, match="KASGATE_QUORUM_AMOUNT"):
        load_settings(simnet | {"KASGATE_NODES": "ws://127.0.0.1:1"})


@pytest.mark.parametrize("network", ["simnet", "devnet"])
def test_a_network_without_public_nodes_has_no_resolver(network: str):
    nodes = ("ws://127.0.0.1:1", "resolver")
    with pytest.raises(SettingsError, match="no public nodes"):
        load_settings({"KASGATE_NETWORK": network}, overrides={"nodes": nodes})
    settings = load_settings({"KASGATE_NETWORK": "testnet-10"}, overrides={"nodes": nodes})
    assert settings.nodes == nodes


@pytest.mark.parametrize(
    "node",
    [
        "https://api.kaspa.org",
        "https://rest.example:8443/kaspa",
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
        "http://192.168.1.7",
        "http://100.64.0.7:8000",
        "http://rest-server:8000/api",
        "http://kaspa.internal",
        "resolver",
    ],
)
def test_a_rest_server_or_the_resolver_can_stand_in_the_list_of_nodes(node):
    assert load_settings({"KASGATE_NODES": f"grpc://a:1,{node}"}).nodes == ("grpc://a:1", node)


def test_an_empty_variable_counts_as_unset():
    assert load_settings({"KASGATE_PORT": "", "KASGATE_WEBHOOK_TAIL": " "}) == load_settings({})


def test_the_slow_tail_can_be_switched_off():
    assert load_settings({"KASGATE_WEBHOOK_TAIL": "off"}).webhook_tail == ()


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("KASGATE_NETWORK", "testnet", "mainnet, testnet-10, simnet or devnet"),
        ("KASGATE_NODES", "127.0.0.1:18110", "ws://host:port"),
        ("KASGATE_NODES", ",", "The list is empty."),
        ("KASGATE_NODES", "ws://127.0.0.1", "The port is missing."),
        ("KASGATE_NODES", "ws://user:pass@node:1", "must not have a user"),
        ("KASGATE_NODES", "ws://node:99999", "ws://host:port"),
        ("KASGATE_NODES", "http://api.kaspa.org", "it has to be https://."),
        ("KASGATE_NODES", "http://8.8.8.8:8000", "it has to be https://."),
        ("KASGATE_NODES", "https://key@api.kaspa.org", "must not have a user"),
        ("KASGATE_NODES", "ftp://node:1", "ws://host:port"),
        ("KASGATE_DATABASE", "a\0b", "a path"),
        ("KASGATE_HOST", "127.0.0.1:3001", "without port"),
        ("KASGATE_HOST", "300.1.1.1", "an IP address"),
        ("KASGATE_HOST", "*", "an IP address"),
        ("KASGATE_PORT", "99999", "1 to 65535"),
        ("KASGATE_PORT", "-1", "1 to 65535"),
        ("KASGATE_PORT", "³", "1 to 65535"),
        ("KASGATE_BASE_URL", "pay.example", "http:// or https://"),
        ("KASGATE_BASE_URL", "javascript://pay.example", "http:// or https://"),
        ("KASGATE_BASE_URL", "https://pay.example?x=1", "must not have"),
        ("KASGATE_BASE_URL", "https://", "http:// or https://"),
        ("KASGATE_REGISTRATION", "yes", "first, open or closed"),
        ("KASGATE_SESSION_TTL", "59", "60 to 86400 seconds"),
        ("KASGATE_SESSION_TTL", "2d", "60 to 86400 seconds"),
        ("KASGATE_SESSION_TTL", "1.5h", "60 to 86400 seconds"),
        ("KASGATE_CONFIRMATIONS", "0", "1 to 100000"),
        ("KASGATE_CONFIRMATION_TIERS", "100", "limit:confirmations"),
        ("KASGATE_CONFIRMATION_TIERS", "100:0", "limit:confirmations"),
        ("KASGATE_CONFIRMATION_TIERS", "lots:5", "plain digits"),
        ("KASGATE_CONFIRMATION_TIERS", "100:10,100:20", "have to rise"),
        ("KASGATE_CONFIRMATION_TIERS", "*:10,100:20", "Only the last tier"),
        ("KASGATE_QUORUM_AMOUNT", "0", "above 0"),
        ("KASGATE_MEMPOOL", "yes", "on or off"),
        ("KASGATE_LATE_WINDOW", "4000d", "up to 3650d"),
        ("KASGATE_SECURITY_CONTACT", "http://shop.example", "mailto:, https: or tel:"),
        ("KASGATE_SECURITY_CONTACT", "the owner", "e-mail addresses"),
        ("KASGATE_SECURITY_CONTACT", "https:///report", "mailto:, https: or tel:"),
        ("KASGATE_MIN_AMOUNT", "0", "above 0"),
        ("KASGATE_MIN_AMOUNT", "1e3", "plain digits"),
        ("KASGATE_MIN_AMOUNT", "0.123456789", "eight decimals"),
        ("KASGATE_WEBHOOK_ALLOW_PRIVATE", "10.0.0.5/8", "10.0.0.0/8"),
        ("KASGATE_WEBHOOK_ALLOW_PRIVATE", "lan", "networks such as"),
        ("KASGATE_WEBHOOK_TAIL", "5m,soon", "or off"),
        ("KASGATE_WEBHOOK_TAIL", ",".join(["1s"] * 65), "more than 64"),
        ("KASGATE_CORS_ORIGINS", "*", "https://shop.example"),
        ("KASGATE_CORS_ORIGINS", "https://shop.example/page", "no path"),
        ("KASGATE_RATES", "yes", "on or off"),
        ("KASGATE_RATE_SOURCES", "kraken,gate", "too few"),
        ("KASGATE_RATE_SOURCES", "kraken,coingecko,kaspa,ecb,coinbase", "too few"),
        ("KASGATE_RATE_SOURCES", "kraken,gate,mexc,gate", "twice"),
        ("KASGATE_RATE_SOURCES", "kraken,gate,binance", "no source 'binance'"),
        ("KASGATE_RATE_SOURCES", "kraken,gate,mexc=ftp://x", "https://"),
        ("KASGATE_LOG", "xml", "console or json"),
        ("KASGATE_LOG_LEVEL", "loud", "debug, info, warning or error"),
    ],
)
def test_a_wrong_value_is_refused_by_name_with_what_is_allowed(variable, value, allowed):
    problem = refusal(variable, value)
    assert problem.startswith(f"{variable} is ")
    assert allowed in problem
    assert problem.endswith(".")
    assert problem.isprintable()


@pytest.mark.parametrize("secret", ["hunter2hunter2", "with some spaces in it", "é" * 20])
def test_a_refused_secret_is_not_repeated(secret):
    problem = refusal("KASGATE_OPERATOR_TOKEN", secret)
    assert secret not in problem
    assert "16 to 200" in problem


def test_the_operator_token_is_in_no_repr():
    assert TOKEN not in repr(load_settings({"KASGATE_OPERATOR_TOKEN": TOKEN}))


def test_all_problems_are_told_at_once():
    with pytest.raises(SettingsError) as caught:
        load_settings({"KASGATE_PORT": "x", "KASGATE_NETWORK": "moon"})
    assert [problem.split()[0] for problem in caught.value.problems] == [
        "KASGATE_NETWORK",
        "KASGATE_PORT",
    ]


def test_a_long_value_is_cut_in_the_message():
    assert len(refusal("KASGATE_LOG", "x" * 100_000)) < 300


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40))
def test_whatever_the_text_a_setting_is_read_or_refused_by_name(text):
    for row in SETTINGS:
        problems: tuple[str, ...] = ()
        try:
            load_settings({row.variable: text})
        except SettingsError as error:
            problems = error.problems
        assert all(problem.startswith(f"{row.variable} is ") for problem in problems)


# The TOML file.


def test_the_file_takes_toml_s_own_types(tmp_path):
    environ = toml_file(
        tmp_path,
        """
        network = "simnet"
        nodes = ["ws://127.0.0.1:1", "ws://127.0.0.1:2"]
        port = 4000
        min_amount = 0.30
        session_ttl = 600
        late_window = "2d"
        webhook_tail = [60, "5m"]
        webhook_allow_private = ["127.0.0.0/8"]
        database = "shop/kasgate.db"
        """,
    )
    settings = load_settings(environ)
    assert settings.network is Network.SIMNET
    assert settings.nodes == ("ws://127.0.0.1:1", "ws://127.0.0.1:2")
    assert settings.port == 4000
    assert settings.min_amount == 30_000_000
    assert settings.session_ttl == 600
    assert settings.late_window == 172_800
    assert settings.webhook_tail == (60, 300)
    assert settings.database == tmp_path / "shop" / "kasgate.db", "relative to the file"


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(tmp_path):
    environ = toml_file(tmp_path, "port = 4000\nconfirmations = 7")
    settings = load_settings({**environ, "KASGATE_PORT": "5000"})
    assert (settings.port, settings.confirmations) == (5000, 7)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("port = 99999", "port in {file} (KASGATE_PORT) is '99999'. Allowed: 1 to 65535"),
        ("port = true", "(KASGATE_PORT)"),
        ("port = 30.5", "(KASGATE_PORT)"),
        ('nodes = "http://node.example:16110"', "it has to be https://"),
        ("network = 10", "It has to be written as text."),
        ("nodes = 5", "It has to be a list."),
        ("min_amount = 1e-9", "(KASGATE_MIN_AMOUNT)"),
        ("min_amount = nan", "(KASGATE_MIN_AMOUNT)"),
        ("prot = 3001", "{file} has the key 'prot', which is no setting. Did you mean port?"),
        ("[server]\nport = 1", "{file} has the key 'server', which is no setting."),
        ("port = ", "is not valid TOML"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path, content, complaint):
    environ = toml_file(tmp_path, content)
    with pytest.raises(SettingsError) as caught:
        load_settings(environ)
    assert complaint.format(file=environ["KASGATE_CONFIG"]) in str(caught.value)
    assert len(caught.value.problems) == 1


def test_a_file_that_is_missing_or_unreadable_is_refused_by_name(tmp_path):
    (tmp_path / "latin.toml").write_bytes(b'host = "caf\xe9"')
    for path, complaint in [
        (tmp_path / "none.toml", "does not exist"),
        (tmp_path, "can't be read"),
        (tmp_path / "latin.toml", "not UTF-8"),
    ]:
        problem = refusal("KASGATE_CONFIG", str(path))
        assert problem.startswith(f"KASGATE_CONFIG names {path}")
        assert complaint in problem


# Warnings, overrides, and the listening address.


def test_a_misspelt_variable_is_a_warning_with_a_suggestion():
    of_others = {"KASGATE_CONFIG": "", "KASGATE_URL": "http://shop:1", "KASGATE_API_KEY": "k"}
    of_others |= {"KASGATE_WEBHOOK_SECRET": "whsec_x"}
    settings = load_settings({"KASGATE_PROT": "1", "HOME": "/", **of_others})
    (warning,) = settings.warnings
    assert warning.startswith("The environment has KASGATE_PROT")
    assert "KASGATE_PORT?" in warning


def test_listening_everywhere_without_a_public_url_is_a_warning():
    settings = load_settings({"KASGATE_HOST": "0.0.0.0"})
    assert settings.base_url == "http://localhost:3001"
    assert "KASGATE_BASE_URL" in settings.warnings[0]
    named = {"KASGATE_HOST": "0.0.0.0", "KASGATE_BASE_URL": "https://pay.example"}
    assert load_settings(named).warnings == ()


def test_overrides_win_over_everything_and_are_read_if_they_are_text():
    environ = {"KASGATE_PORT": "5000", "KASGATE_DATA_DIR": "/srv"}
    settings = load_settings(
        environ,
        overrides={"port": 0, "network": "simnet", "data_dir": Path("/tmp/x"), "demo": True},
    )
    assert settings.port == 0
    assert settings.network is Network.SIMNET
    assert settings.database == Path("/tmp/x/kasgate.db")
    assert settings.demo
    with pytest.raises(SettingsError, match="KASGATE_PORT, given by the command, is 'x'"):
        load_settings({}, overrides={"port": "x"})


def test_an_override_of_no_field_is_a_bug():
    with pytest.raises(TypeError):
        load_settings({}, overrides={"prot": 1})


@pytest.mark.parametrize(
    ("host", "beyond"),
    [
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("::1", False),
        ("localhost", False),
        ("0.0.0.0", True),
        ("::", True),
        ("192.168.1.5", True),
        ("gate.example", True),
    ],
)
def test_it_knows_whether_others_can_reach_it(host, beyond):
    assert load_settings({"KASGATE_HOST": host}).listens_beyond_loopback is beyond


def test_the_document_shows_the_table_of_the_code():
    assert settings_table() in DOCUMENT.read_text("utf-8"), (
        "the table of docs/settings.md has to be:\n\n" + settings_table()
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("on", RateLimits()),
        ("OFF", None),
        ("merchant=600, polls=3000", RateLimits(merchant=600, polls=3000)),
    ],
)
def test_rate_limits_are_on_off_or_numbers_by_name(value, expected):
    assert load_settings({"KASGATE_RATE_LIMITS": value}).rate_limits == expected


@pytest.mark.parametrize("value", ["maybe", "merchant", "merchant=0", "shop=5", "merchant=x"])
def test_a_limit_that_is_none_is_refused_by_name(value):
    with pytest.raises(SettingsError, match="KASGATE_RATE_LIMITS"):
        load_settings({"KASGATE_RATE_LIMITS": value})


# Paths.


@pytest.mark.parametrize(
    ("url", "scheme"),
    [
        ("postgresql://kasgate@db/kasgate", "postgresql://"),
        ("Postgres:kasgate", "postgres:"),
        ("mysql://db/kasgate", "mysql://"),
        ("sqlite:///var/lib/kasgate.db", "sqlite://"),
        ("sqlite:kasgate.db", "sqlite:"),
        ("file:kasgate.db?mode=ro", "file:"),
        ("https://shop.example/kasgate.db", "https://"),
        ("libsql://x", "libsql://"),
        (":memory:", ":memory:"),
    ],
)
@pytest.mark.parametrize(
    "variable", ["KASGATE_DATABASE", "KASGATE_DATA_DIR", "KASGATE_KEY_FILE", "KASGATE_CONFIG"]
)
def test_what_is_no_path_is_refused_by_name(variable: str, url: str, scheme: str):
    problem = refusal(variable, url)
    assert problem.startswith(f"{variable} is ")
    assert scheme in problem
    assert "Allowed: a path" in problem
    assert ("/var/lib/kasgate/kasgate.db" in problem) == (variable == "KASGATE_DATABASE")


@pytest.mark.parametrize(
    "path", ["kasgate.db", "/srv/a:b.db", "c:/kasgate.db", "./sqlite:x", "~/x"]
)
def test_a_path_may_have_colons(path: str):
    database = load_settings({"KASGATE_DATABASE": path}).database
    assert database == Path(path).expanduser()


def test_a_toml_file_refuses_them_as_well(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"database in .*postgresql://"):
        load_settings(toml_file(tmp_path, 'database = "postgresql://db/x"'))


def test_no_home_is_no_matter_where_the_data_directory_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: Path("~/.local"))
    assert load_settings({"KASGATE_DATA_DIR": "/srv"}).key_file == Path("/srv/kasgate.key")
    with pytest.raises(SettingsError, match="KASGATE_DATA_DIR is not set") as caught:
        load_settings({"KASGATE_PORT": "x"})
    assert len(caught.value.problems) == 2
