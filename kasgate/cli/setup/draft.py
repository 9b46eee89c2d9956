"""The settings file as it is, and the values that the answers give it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import define, field

from kasgate.cli.outcome import Failure
from kasgate.cli.setup.dialogue import Wrong
from kasgate.cli.setup.file_text import TomlValue, edited
from kasgate.settings.loading import check_file, file_content
from kasgate.settings.model import Settings, SettingsError
from kasgate.settings.table import SETTINGS, Setting
from kasgate.settings.values import WrongValue

ALWAYS: Final = frozenset({"network", "nodes", "data_dir", "host", "port", "rates"})
"""Settings that a new file states even if they are the defaults."""
ASKED: Final = ALWAYS | {"base_url", "trusted_proxies"}
"""Settings that setup always asks for, so that a wrong value in the file is replaced."""
_UNREADABLE: Final = object()
_BY_FIELD: Final = {setting.field: setting for setting in SETTINGS}


@define
class Draft:
    """A settings file and the answers."""

    path: Path
    text: str
    """The file's present content; empty if there is none."""
    environ: Mapping[str, str]
    content: dict[str, object] = field(init=False)
    answers: dict[str, TomlValue] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.content = _content(self.text, self.path)

    @property
    def is_new(self) -> bool:
        return not self.text.strip()

    def present(self, name: str) -> Any:  # noqa: ANN401 - each setting has its own type
        """A setting's value in the file, or else in the environment, or else its default with the
        answers so far. A value that can't be used counts as none."""
        return self._values()[name]

    def default(self, name: str) -> Any:  # noqa: ANN401 - as above
        """A setting's default with the answers so far."""
        return _default(_BY_FIELD[name], self._values())

    def has(self, name: str) -> bool:
        """Whether the file or the environment states the setting."""
        return name in self.content or bool(self.environ.get(_BY_FIELD[name].variable, "").strip())

    def take(self, name: str, value: TomlValue) -> Any:  # noqa: ANN401 - as above
        """Keep an answer. Returns its value as read; raises Wrong if the setting forbids it."""
        found = self.read(name, value)
        self.answers[name] = value
        return found

    def read(self, name: str, value: object) -> Any:  # noqa: ANN401 - as above
        """The value of a setting as read. Raises Wrong with the allowed values."""
        setting = _BY_FIELD[name]
        try:
            return _read(setting, value, self.path)
        except WrongValue as wrong:
            reason = f" {wrong}" if str(wrong) else ""
            raise Wrong(f"That can't be used.{reason} Allowed: {setting.allowed}.") from None

    def changes(self) -> dict[str, TomlValue]:
        """The keys of the file that get another value, in the order of the table of settings."""
        found: dict[str, TomlValue] = {}
        above: dict[str, Any] = {"terminal": False}
        for setting in SETTINGS:
            name = setting.field
            default = _default(setting, above)
            now = _read_or(setting, self.content.get(name), self.path, default)
            if name in self.content and self._is_unreadable(name):
                now = _UNREADABLE
            above[name] = default if now is _UNREADABLE else now
            if name not in self.answers:
                continue
            above[name] = wanted = _read(setting, self.answers[name], self.path)
            stated = name in self.content or (self.is_new and name in ALWAYS)
            if wanted != now or (stated and name not in self.content):
                found[name] = self.answers[name]
        return found

    def new_text(self) -> str:
        """The file with the answers."""
        changes = self.changes()
        return edited(self.text, changes) if changes else self.text

    def settings(self) -> Settings:
        """The settings of the file with the answers. Raises SettingsError."""
        return check_file(self.new_text(), self.path)

    def overriding(self) -> list[str]:
        """Variables of the environment whose values differ from those of the new file."""
        settings = self.settings()
        found = []
        for setting in SETTINGS:
            text = self.environ.get(setting.variable, "")
            if text.strip() and _read_or(setting, text, self.path, None) != getattr(
                settings, setting.field
            ):
                found.append(setting.variable)
        return found

    def problems(self, asked: Collection[str]) -> list[str]:
        """Values in the file that can't be used, and that no answer will replace."""
        return [
            f"{name} in {self.path} can't be used. Allowed: {_BY_FIELD[name].allowed}."
            for name in self.content
            if name not in asked and self._is_unreadable(name)
        ]

    def _is_unreadable(self, name: str) -> bool:
        try:
            self.read(name, self.content[name])
        except Wrong:
            return True
        return False

    def _values(self) -> dict[str, Any]:
        """All settings: the answers, else the file, else the environment, else the defaults."""
        found: dict[str, Any] = {"terminal": False}
        for setting in SETTINGS:
            name = setting.field
            value: object = self.environ.get(setting.variable, "").strip() or None
            value = self.answers.get(name, self.content.get(name, value))
            found[name] = _read_or(setting, value, self.path, _default(setting, found))
        return found


def _content(text: str, path: Path) -> dict[str, object]:
    try:
        return file_content(text, path)
    except SettingsError as error:
        raise Failure(*error.problems, "Mend the file by hand, or move it away.") from None


def _read(setting: Setting, value: object, file: Path) -> Any:  # noqa: ANN401 - as above
    found = setting.read(value)
    return file.parent / found if isinstance(found, Path) else found


def _read_or(setting: Setting, value: object, file: Path, otherwise: Any) -> Any:  # noqa: ANN401
    if value is None:
        return otherwise
    try:
        return _read(setting, value, file)
    except WrongValue:
        return otherwise


def _default(setting: Setting, above: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as above
    try:
        return setting.default(above)
    except SettingsError:  # Of a data directory alone; the defaults below it are paths in it.
        return Path()
