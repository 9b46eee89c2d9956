"""A lasting problem is logged twice: when it begins and when it ends."""

from __future__ import annotations

import structlog.testing

from kasgate.logs.trouble import Trouble


def test_many_failures_are_one_line_and_their_end_another():
    now = [100.0]
    trouble = Trouble("it broke", "it works again", lambda: now[0])
    with structlog.testing.capture_logs() as lines:
        trouble.works()
        for number in range(100):
            trouble.fails(2, error=f"no. {number}")
        now[0] = 160.5
        trouble.works(place="here")
        trouble.works()
        trouble.fails(error="again")
    assert lines == [
        {"event": "it broke", "log_level": "warning", "error": "no. 0"},
        {
            "event": "it works again",
            "log_level": "info",
            "seconds": 60.5,
            "failed": 200,
            "place": "here",
        },
        {"event": "it broke", "log_level": "warning", "error": "again"},
    ]
