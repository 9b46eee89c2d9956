"""The text of the settings file: a new one, or one that is edited. Pure functions."""

from __future__ import annotations

import difflib
import re
import textwrap
from collections.abc import Mapping
from typing import Final

from kasgate.settings.table import SETTINGS

TomlValue = str | int | bool | list[str]

_WIDTH: Final = 78
_CONTEXT: Final = 2
_SECRETS: Final = "|".join(setting.field for setting in SETTINGS if setting.secret)
_SECRET_LINE: Final = re.compile(rf"^([ +-]?\s*(?:{_SECRETS})\s*=).*$")
_BY_FIELD: Final = {setting.field: setting for setting in SETTINGS}

HEADER: Final = """\
# KasGate's settings. `kasgate setup` wrote this file and can change it; it
# keeps your own lines and comments. After a change, restart the gateway.
# Environment variables such as KASGATE_PORT take precedence over the file.
# `kasgate serve --help` lists all settings, `kasgate doctor` checks them.
"""


def edited(text: str, changes: Mapping[str, TomlValue]) -> str:
    """The file with other values. Comments, the order and everything else stay. A key that the file
    does not have is added at its end, with the setting's meaning as a comment. An empty text is a
    new file. Raises tomlkit's ParseError for text that is no TOML."""
    import tomlkit  # noqa: PLC0415 - needed only by this command

    if not text.strip():
        text = HEADER
    document = tomlkit.parse(text)
    added = []
    for field, value in changes.items():
        if field in document:
            document[field] = value
        else:
            added.append(f"\n{_comment(field)}{field} = {tomlkit.item(value).as_string()}\n")
    kept = document.as_string()
    if added and not kept.endswith("\n"):
        kept += "\n"
    return kept + "".join(added)


def _comment(field: str) -> str:
    setting = _BY_FIELD[field]
    meaning = f"{setting.meaning} Allowed: {setting.allowed}.".replace("`", "")
    lines = textwrap.wrap(meaning, _WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    return "".join(f"# {line}\n" for line in lines)


def difference(old: str, new: str, name: str) -> list[str]:
    """The changed lines with their surroundings, as of ``diff -u``; values of secrets are hidden.
    Empty if the texts are equal."""
    lines = difflib.unified_diff(
        old.splitlines(),
        new.splitlines(),
        f"{name} (now)" if old else "(no file)",
        f"{name} (new)",
        n=_CONTEXT,
        lineterm="",
    )
    return [without_secret(line) for line in lines]


def without_secret(line: str) -> str:
    """A line of the file, or of a difference, without the value of a secret setting."""
    return _SECRET_LINE.sub(r"\1 (not shown)", line)
