"""Removes secrets and personal data from text before it is logged or shown.

Logs are copied, shipped and pasted into issues, so they must contain no credentials and nothing
that reveals a merchant's income: API keys, webhook secrets, extended keys in any form (an extended
public key reveals every payment of its account), credentials in headers and URLs, tokens, query
strings and e-mail addresses. In doubt the text is masked: a masked word is a nuisance, a leaked key
costs the shop's money or privacy (security.md, log redaction).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from attrs import frozen

MASK: Final = "[redacted]"

_TEXT_LIMIT: Final = 32_768
_DEPTH_LIMIT: Final = 6
_ITEM_LIMIT: Final = 200

_TELLING_NAMES: Final = r"api[_-]?key|token|secret|passw(?:or)?d|setup[_-]?code"
_TELLING_FIELD: Final = re.compile(
    _TELLING_NAMES + r"|authorization|cookie|signature|xpub|e-?mail", re.IGNORECASE
)
# The end of a name: a colon or equals sign, or the punctuation of a printed pair.
_SEPARATOR: Final = r"""(?:["']\s{0,3}[:,]|\s{0,3}[:=])\s{0,3}b?["']?"""
_PUBLIC_KEY: Final = "(?:[ktxyzuv]p|[kK][tds])ub"
_PRIVATE_KEY: Final = "(?:[ktxyzuv]p|[kK][tds])rv"


@frozen
class _Rule:
    needles: tuple[str, ...]
    """In lower case: texts without which the pattern can't match. Searching for them first keeps
    ordinary log lines cheap."""
    pattern: re.Pattern[str]
    replacement: str


# In this order. Each repetition is bounded, so that no text makes a pattern slow.
_RULES: Final = (
    _Rule(
        ("authorization", "cookie", "signature"),
        re.compile(
            rf"((?:authorization|cookie|signature){_SEPARATOR})[^\r\n\"']{{1,8192}}", re.IGNORECASE
        ),
        rf"\1{MASK}",
    ),
    _Rule(
        ("bearer", "basic"),
        re.compile(r"\b(bearer|basic)\s{1,3}[^\s\"',;]{8,2048}", re.IGNORECASE),
        rf"\1 {MASK}",
    ),
    _Rule(
        ("key", "token", "secret", "passw", "setup"),
        re.compile(
            rf"((?:{_TELLING_NAMES}){_SEPARATOR})(?!\[redacted)[^\s\"',;&)}}\]]{{4,2048}}",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    _Rule(("kg_live_",), re.compile(r"kg_live_[A-Za-z0-9_+/=-]{1,2048}"), f"kg_live_{MASK}"),
    _Rule(("whsec_",), re.compile(r"whsec_[A-Za-z0-9_+/=-]{1,2048}"), f"whsec_{MASK}"),
    _Rule(
        ("ub",),
        re.compile(rf"({_PUBLIC_KEY})[A-Za-z0-9]{{16,2048}}", re.IGNORECASE),
        rf"\1{MASK}",
    ),
    # An address has no letter b but may contain "xprv". It has no capital letters though, and
    # never starts with it.
    _Rule(
        ("rv",),
        re.compile(
            rf"((?<![a-z0-9])(?i:{_PRIVATE_KEY})|(?i:{_PRIVATE_KEY})(?=[a-z0-9]{{0,120}}[A-Z]))"
            r"[A-Za-z0-9]{16,2048}"
        ),
        rf"\1{MASK}",
    ),
    _Rule(("@",), re.compile(r"(://)[^\s/@\"'<>]{1,512}@"), rf"\1{MASK}@"),
    _Rule(
        ("?",),
        re.compile(r"(?<=[^\s?])\?[^\s?=\"'<>]{1,128}=[^\s\"'<>]{0,4096}"),
        f"?{MASK}",
    ),
    _Rule(
        ("@",),
        re.compile(r"[^\s@\"<>()\[\],:;/=]{1,64}@[^\W_][\w.-]{0,252}\.[^\W\d_]{2,63}"),
        MASK,
    ),
)
_LONG_WORD_LENGTH: Final = 40
_LONG_WORD: Final = re.compile(rf"[A-Za-z0-9_+-]{{{_LONG_WORD_LENGTH},}}")


def redact(text: str) -> str:
    """The text without secrets and personal data. The middle of very long text is cut out."""
    if len(text) > _TEXT_LIMIT:
        half = _TEXT_LIMIT // 2
        text = f"{text[:half]} […] {text[-half:]}"
    lowered = text.lower()
    for rule in _RULES:
        for needle in rule.needles:
            if needle in lowered:
                text = rule.pattern.sub(rule.replacement, text)
                break
    return text if len(text) < _LONG_WORD_LENGTH else _LONG_WORD.sub(_mask_random, text)


def redact_value(value: object, name: str = "") -> object:
    """A value of a log line without secrets: plain text, numbers, lists and dicts.

    ``name`` is its key: under a sensitive name such as ``token`` any value is masked. Objects
    become their repr. Deep or long structures are cut.
    """
    return _redacted(value, name, _DEPTH_LIMIT)


def _redacted(value: object, name: str, depth: int) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if _TELLING_FIELD.search(name):
        return MASK
    if isinstance(value, str):
        return redact(str(value))
    if depth == 0:
        return "[…]"
    if isinstance(value, Mapping):
        return {
            redact(str(key)): _redacted(item, str(key), depth - 1)
            for key, item in list(value.items())[:_ITEM_LIMIT]
        }
    if isinstance(value, list | tuple | AbstractSet):
        return [_redacted(item, "", depth - 1) for item in list(value)[:_ITEM_LIMIT]]
    return redact(repr(value))


def _mask_random(match: re.Match[str]) -> str:
    """Mask a long word with both lower-case and capital letters, because it is probably a token.

    Hashes and transaction ids (hex), addresses and snake_case names do not mix them.
    """
    word = match[0]
    is_mixed = word != word.lower() and word != word.upper()
    return MASK if is_mixed else word
