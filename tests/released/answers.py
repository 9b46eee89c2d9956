"""Every answer about a merchant's data that the API gives, for a comparison field by field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tests.released.gateway import Json, Running

MOVING: Final = frozenset({"lastUsedAt", "qrCode", "serverTime"})
"""Fields that are not recorded: they change by reading, with the time, or are drawings."""
PAGES: Final = (
    "merchants/me",
    "merchants/me/stats",
    "merchants/me/analytics?startDate=2026-11-20&endDate=2026-12-01",
    "merchants/me/addresses?limit=100",
    "merchants/me/audit?limit=100",
    "merchants/me/sessions?limit=100",
    "merchants/me/sessions?needsAttention=true",
    "merchants/me/sessions?q=order",
    "merchants/me/sessions/export?format=json",
    "merchants/me/webhook-logs?limit=100",
    "merchants/keys",
    "events?limit=100&order=oldest",
)


async def every_answer(gateway: Running, merchants: list[Json]) -> Json:
    """The answers to the owner of each merchant, by path."""
    found: Json = {"open": await _open(gateway)}
    for merchant in merchants:
        key = {"X-API-Key": merchant["apiKey"]}
        of_merchant: Json = {}
        for page in PAGES:
            of_merchant[page] = await gateway.json("GET", f"/api/v1/{page}", headers=key)
        for session in _sessions(of_merchant):
            for page in (f"sessions/{session}", f"sessions/{session}/payments?limit=100"):
                of_merchant[page] = await gateway.json("GET", f"/api/v1/{page}", headers=key)
            stranger = f"sessions/{session}/status"
            of_merchant[stranger] = await gateway.json("GET", f"/api/v1/{stranger}")
        for event in of_merchant[PAGES[-1]]["events"][:2]:
            page = f"events/{event['id']}"
            of_merchant[page] = await gateway.json("GET", f"/api/v1/{page}", headers=key)
        found[merchant["name"]] = of_merchant
    recorded: Json = _recorded(found)
    return recorded


async def _open(gateway: Running) -> Json:
    """What waits for the operator."""
    return {
        "warnings": [warning.sentence for warning in await gateway.store.open_warnings(100)],
        "gaps": [[gap.id, gap.from_at, gap.to_at] for gap in await gateway.store.open_gaps()],
    }


def _recorded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _recorded(item) for name, item in value.items() if name not in MOVING}
    return [_recorded(item) for item in value] if isinstance(value, list) else value


def _sessions(answers: Json) -> list[str]:
    return [one["id"] for one in answers["merchants/me/sessions?limit=100"]["sessions"]]


def differences(before: Any, after: Any, place: str = "") -> Iterator[str]:
    """What an earlier version answered and this one does not. New fields are no difference."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            if name not in after:
                yield f"{place}/{name} is gone; it was {value!r}"
            else:
                yield from differences(value, after[name], f"{place}/{name}")
    elif isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            yield f"{place} has {len(after)} entries; it had {len(before)}"
        for number, (old, new) in enumerate(zip(before, after, strict=False)):
            yield from differences(old, new, f"{place}[{number}]")
    elif before != after:
        yield f"{place} is {after!r}; it was {before!r}"
