"""docs/logs.md names every event of the log, with its levels and fields."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.logs.log_events import LEVELS, LogEvent, all_events, events_of

GUIDE = Path(__file__).parents[2] / "docs" / "logs.md"
NO_FIELDS = "\N{EN DASH}"
ROW = re.compile(
    r"^\| `(?P<name>[^`]+)` \| (?P<levels>[^|]+) \| (?P<fields>[^|]+) \| (?P<text>.+) \|$"
)


def row(event: LogEvent) -> str:
    """The row of an event, without its meaning."""
    levels = ", ".join(level for level in LEVELS if level in event.levels)
    fields = ", ".join(f"`{name}`" for name in sorted(event.fields)) or NO_FIELDS
    return f"| `{event.name}` | {levels} | {fields} |"


def documented() -> dict[str, str]:
    rows = [ROW.match(line) for line in GUIDE.read_text().splitlines()]
    found = [match for match in rows if match is not None]
    names = [match["name"] for match in found]
    assert len(names) == len(set(names)), "an event has two rows"
    return {
        match["name"]: f"| `{match['name']}` | {match['levels']} | {match['fields']} |"
        for match in found
    }


def test_the_guide_has_every_event_as_the_code_logs_it() -> None:
    events = all_events()
    assert len(events) > 50
    wanted, rows = {name: row(event) for name, event in events.items()}, documented()
    wrong = [text for name, text in wanted.items() if rows.get(name) != text]
    assert wrong == [], "rows that docs/logs.md lacks, or has otherwise:\n" + "\n".join(wrong)
    gone = set(rows) - set(wanted)
    assert gone == set(), f"events in docs/logs.md that nothing logs: {gone}"


SOURCE = """
log.info("begun", port=1)
log.exception("failed")
log.error("failed", session=2, exc_info=error)
say = _log.debug if quiet else _log.warning
say("refused", error=3)
self._trouble = Trouble("lost", "back", now)
self._trouble.fails(reason=4)
self._trouble.works(node=5)
render({"event": "dropped", "lines": 6})
unrelated.info("not an event")
"""


def test_events_are_found_however_they_are_logged() -> None:
    found = {name: (event.levels, event.fields) for name, event in events_of(SOURCE).items()}
    assert found == {
        "begun": ({"info"}, {"port"}),
        "failed": ({"error"}, {"exception", "session"}),
        "refused": ({"debug", "warning"}, {"error"}),
        "lost": ({"warning"}, {"reason"}),
        "back": ({"info"}, {"seconds", "failed", "node"}),
        "dropped": ({"warning"}, {"lines"}),
    }


def test_an_event_without_a_fixed_name_is_refused() -> None:
    with pytest.raises(AssertionError, match="without a fixed name"):
        events_of('log.info(f"session {session.id}")')
