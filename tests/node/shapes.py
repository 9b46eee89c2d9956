"""The shapes of frames without their values: which fields exist, their kinds, and whether they are
always present. Also the rules for the order of frames."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

Json = dict[str, Any]

_HASH = re.compile("[0-9a-f]{64}")
_ADDRESS = re.compile("kaspasim:[a-z0-9]{61,63}")
_HEX = re.compile("([0-9a-f]{2})+")
_SUBNETWORK = re.compile("[0-9a-f]{40}")
_VERSION = re.compile(r"\d+\.\d+\.\d+.*")
_WORK = re.compile("[1-9a-f][0-9a-f]*")
_WORDS = {"scriptPublicKeyType", "script_public_key_type", "networkId", "network_id", "message"}
"""Where the text itself matters."""


def told(frames: Sequence[Json]) -> Iterator[tuple[str, Any]]:
    """The node's messages, each with its kind (event, answer or error) and what it answers."""
    asked = ""
    for frame in frames:
        if "ask" in frame:
            level = frame["params"].get("dataVerbosityLevel", "")
            asked = f"{frame['ask']} {level}".strip()
        elif "event" in frame:
            yield frame["event"], frame["params"]
        elif "error" in frame:
            yield f"{asked} error", frame["error"]
        else:
            yield asked, frame["answer"]


def shapes(frames: Sequence[Json]) -> dict[str, set[str]]:
    """Kinds of values by place. A field that some objects of its place lack is also "absent"."""
    kinds: dict[str, set[str]] = defaultdict(set)
    objects: Counter[str] = Counter()
    members: dict[str, Counter[str]] = defaultdict(Counter)

    def walk(place: str, value: Any) -> None:
        name = place.rpartition(".")[2]
        kinds[place].add(kind_of(name, value))
        if isinstance(value, dict):
            objects[place] += 1
            for key, inner in value.items():
                members[place][key] += 1
                walk(f"{place}.{key}", inner)
        elif isinstance(value, list):
            for inner in value:
                walk(f"{place}[]", inner)

    for what, content in told(frames):
        walk(what, content)
    for place, counted in members.items():
        for key, count in counted.items():
            if count < objects[place]:
                kinds[f"{place}.{key}"].add("absent")
    return dict(kinds)


def kind_of(name: str, value: Any) -> str:
    """The kind of a value, in a word."""
    if isinstance(value, str):
        return _kind_of_text(name, value)
    return {
        dict: "object",
        list: "list",
        bool: "bool",
        int: "int",
        float: "float",
        type(None): "null",
    }[type(value)]


def _kind_of_text(name: str, text: str) -> str:
    if name in _WORDS:
        return repr(_HASH.sub("…", text))
    if name == "blue_work":  # A number, without leading zeros.
        return "work" if _WORK.fullmatch(text) else "text"
    patterns = {
        "hash": _HASH,
        "subnetwork": _SUBNETWORK,
        "address": _ADDRESS,
        "hex": _HEX,
        "version": _VERSION,
    }
    for kind, pattern in patterns.items():
        if pattern.fullmatch(text):
            return kind
    return "text" if text else "nothing"


def differences(real: dict[str, set[str]], other: dict[str, set[str]]) -> dict[str, str]:
    """By place: what one has and the other lacks."""
    return {
        place: f"real {sorted(real.get(place, ()))}, other {sorted(other.get(place, ()))}"
        for place in sorted(real.keys() | other.keys())
        if real.get(place) != other.get(place)
    }
