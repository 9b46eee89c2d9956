"""The Kaspa test vectors: addresses and extended keys that the official SDK has confirmed."""

import functools
import json
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent / "data" / "kaspa-vectors.json"


@functools.cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return document


def vectors(section: str) -> list[dict[str, Any]]:
    """All vectors of one section: addresses, kpubs, invalid_addresses, lenient_kpubs, …

    Raises KeyError for an unknown section, and AssertionError for an empty one, so that a test
    over its vectors can never pass by having none.
    """
    found: list[dict[str, Any]] = _document()[section]
    assert found
    return found
