"""Reads the settings from the environment, from a TOML file and from the defaults.

The environment takes precedence over the file, and the file over the defaults.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from kasgate.kaspa.networks import PUBLIC_NETWORKS, RESOLVER, Network
from kasgate.settings import values
from kasgate.settings.model import (
    API_KEY_VARIABLE,
    CONFIG_VARIABLE,
    PREFIX,
    SIMNET_CONTROL_VARIABLE,
    URL_VARIABLE,
    WEBHOOK_SECRET_VARIABLE,
    Settings,
    SettingsError,
)
from kasgate.settings.place import NO_FILE, Place
from kasgate.settings.table import SETTINGS, Setting
from kasgate.settings.values import WrongValue

# Variables of other parts of the project, so they are no misspelt settings.
_OTHER_VARIABLES: Final = frozenset(
    {CONFIG_VARIABLE, URL_VARIABLE, API_KEY_VARIABLE, WEBHOOK_SECRET_VARIABLE, "KASGATE_CI"}
)
_SHOWN_CHARACTERS: Final = 80
_BY_FIELD: Final = {setting.field: setting for setting in SETTINGS}
_BY_VARIABLE: Final = {setting.variable: setting for setting in SETTINGS}


def load_settings(
    environ: Mapping[str, str],
    *,
    usual: Place | None = None,
    overrides: Mapping[str, object] = {},
    terminal: bool = False,
) -> Settings:
    """Read the settings from an environment, the file that its KASGATE_CONFIG names, and defaults.

    ``usual`` is the file to read if KASGATE_CONFIG is not set; with ``off`` no file is read.
    ``overrides`` maps fields of Settings to values that take precedence over everything. Text is
    read like an environment variable, any other value is used as it is, and defaults that depend on
    it follow. ``terminal`` is whether a person watches the log. An empty variable counts as unset.
    Reads nothing but the file, and creates no directory.

    Raises SettingsError with every problem found.
    """
    problems: list[str] = []
    place = _place(environ, usual, problems)
    content = {} if place is None else _content(place, problems)
    file = None if place is None else place.path
    return _settings(environ, file, content, problems, overrides=overrides, terminal=terminal)


def file_content(text: str, path: Path) -> dict[str, object]:
    """The keys and values of a file with this text. Values are not checked. Raises SettingsError
    for text that is no TOML, and for unknown keys."""
    problems: list[str] = []
    content = _parsed(text, Place(path, f"The settings file is {path}"), problems)
    if problems:
        raise SettingsError(*problems)
    return content


def check_file(text: str, path: Path) -> Settings:
    """The settings of a file with this text, and of no environment. Raises SettingsError with every
    problem found."""
    return _settings({}, path, file_content(text, path), [])


def _settings(
    environ: Mapping[str, str],
    file: Path | None,
    from_file: Mapping[str, object],
    problems: list[str],
    *,
    overrides: Mapping[str, object] = {},
    terminal: bool = False,
) -> Settings:
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
            elif file is not None and name in from_file:
                given.add(name)
                origin = f"{name} in {file} ({setting.variable})"
                chosen[name] = _read(setting, origin, from_file[name])
                if isinstance(chosen[name], Path):
                    chosen[name] = file.parent / chosen[name]
            else:
                chosen[name] = setting.default(chosen)
        except SettingsError as refusal:
            problems += refusal.problems
            chosen[name] = _stand_in(setting, chosen)
    problems = problems or _contradictions(chosen)
    if problems:
        raise SettingsError(*problems)
    del chosen["terminal"]
    # Fields without a row, such as demo, which only a command can set.
    chosen.update({name: value for name, value in overrides.items() if name not in chosen})
    return Settings(**chosen, file=file, warnings=_warnings(environ, chosen, given))


def _stand_in(setting: Setting, above: Mapping[str, Any]) -> object:
    """Replaces a refused value for the rows below, whose defaults may depend on it."""
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


def _place(environ: Mapping[str, str], usual: Place | None, problems: list[str]) -> Place | None:
    name = environ.get(CONFIG_VARIABLE, "").strip()
    if not name:
        return usual
    if name.lower() == NO_FILE:
        return None
    try:
        path = values.path(name)
    except WrongValue as wrong:
        problems.append(f"{CONFIG_VARIABLE} is {_quoted(name)}. {wrong} Allowed: a path.")
        return None
    return Place(path, f"{CONFIG_VARIABLE} names {path}")


def _content(place: Place, problems: list[str]) -> dict[str, object]:
    """The TOML file's settings. Problems with the file as a whole are added to ``problems``."""
    try:
        return _parsed(place.path.read_text("utf-8"), place, problems)
    except FileNotFoundError:
        problems.append(f"{place.origin}, which does not exist.")
    except OSError as error:
        problems.append(f"{place.origin}, which can't be read: {error.strerror}.{place.mend}")
    except UnicodeDecodeError:
        problems.append(f"{place.origin}, which is not UTF-8 text.")
    return {}


def _parsed(text: str, place: Place, problems: list[str]) -> dict[str, object]:
    import tomllib  # noqa: PLC0415 - needed only with such a file

    try:
        content = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{place.origin}, which is not valid TOML: {error}.")
        return {}
    for key in content:
        if key not in _BY_FIELD:
            problems.append(f"{place.path} has the key {_quoted(key)}, {_unknown(key, _BY_FIELD)}")
    return content


def _contradictions(chosen: Mapping[str, Any]) -> list[str]:
    """Contradictions between two settings that are valid each by itself."""
    found = []
    network: Network = chosen["network"]
    nodes: tuple[str, ...] = chosen["nodes"]
    if RESOLVER in nodes and network not in PUBLIC_NETWORKS:
        found.append(
            f"KASGATE_NODES has resolver, and KASGATE_NETWORK is {network.value}, of which there"
            " are no public nodes. Set a node of your own."
        )
    # Two ports of one machine are most likely one node, except on networks that run on one machine.
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
            f"KASGATE_BASE_URL is not set, so links use {chosen['base_url']}, which works only on"
            " this machine."
        )
    if chosen["simnet_control"] is not None and chosen["network"] is not Network.SIMNET:
        found.append(
            f"{SIMNET_CONTROL_VARIABLE} is set, but the network is {chosen['network'].value}:"
            " test calls can't pay there."
        )
    return tuple(found)


def _unknown(name: str, known: Mapping[str, Setting]) -> str:
    """The end of a sentence about an unknown name."""
    close = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    return f"which is no setting.{hint}"


def _quoted(given: object) -> str:
    text = str(given)
    shown = text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
    # repr escapes line breaks and other control characters, so that one problem stays one line.
    return repr(shown)
