"""The checkout's texts in ``web/locales``, which the widget uses too."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

_RIGHT_TO_LEFT: Final = frozenset({"ar"})
DEFAULT: Final = "en"
"""The language of the widget's own texts."""


_FOLDER: Final = Path(__file__).parents[1] / "locales"


def _read(path: Path) -> Mapping[str, str | dict[str, str]]:
    return msgspec.json.decode(path.read_bytes(), type=dict[str, str | dict[str, str]])


_TEXTS: Final = MappingProxyType(
    {path.stem: _read(path) for path in sorted(_FOLDER.glob("*.json"))}
)

_JSON: Final = {code: msgspec.json.encode(texts).decode() for code, texts in _TEXTS.items()}

LANGUAGES: Final = tuple(_TEXTS)
"""Their codes, in alphabetical order."""

NAMES: Final = MappingProxyType(
    {
        "ar": "العربية",
        "de": "Deutsch",
        "en": "English",
        "es": "Español",
        "fr": "Français",
        "it": "Italiano",
        "ja": "日本語",
        "ko": "한국어",
        "nl": "Nederlands",
        "pl": "Polski",
        "pt": "Português",
        "ru": "Русский",
        "tr": "Türkçe",
        "zh": "中文",
    }
)
"""Each language's own name."""


class Language:
    """The texts of one language, without plurals, which only the widget uses."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.direction = "rtl" if code in _RIGHT_TO_LEFT else "ltr"
        self._texts = _TEXTS[code]

    @property
    def json(self) -> str:
        """All texts as JSON, for the widget."""
        return _JSON[self.code]

    def text(self, key: str, **values: str) -> str:
        """A text with its placeholders filled, unescaped. Raises KeyError for an unknown key."""
        template = self._texts[key]
        if not isinstance(template, str):
            raise KeyError(key)
        for name, value in values.items():
            template = template.replace(f"{{{name}}}", value)
        return template


def choose_language(asked: str | None, accept_language: str) -> Language:
    """The language with the code ``asked``, else the best of an Accept-Language header, else
    English."""
    accepted = parse_accept_header(accept_language, LanguageAccept)
    for tag in (asked or "", *accepted.values()):
        code = tag.lower().partition("-")[0]
        if code in _TEXTS:
            return Language(code)
    return Language(DEFAULT)
