"""The loop lag shows that the event loop was blocked."""

from __future__ import annotations

import trio

from actors.loop_lag import BEAT_S, REMEMBERED, LoopLag


async def test_a_blocked_event_loop_shows_as_lag(
    autojump_clock: trio.testing.MockClock,
) -> None:
    loop_lag = LoopLag()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(loop_lag.run)
        await trio.sleep(2.1 * BEAT_S)
        assert loop_lag.worst_lag_s == 0
        # If the loop is blocked for three seconds, no task runs in between.
        autojump_clock.jump(3)
        await trio.testing.wait_all_tasks_blocked()
        assert 2 <= loop_lag.lag_s <= 3
        await trio.sleep(4 * BEAT_S)
        assert loop_lag.lag_s == 0
        assert 2 <= loop_lag.worst_lag_s <= 3
        await trio.sleep((REMEMBERED + 2) * BEAT_S)
        assert loop_lag.worst_lag_s == 0
        nursery.cancel_scope.cancel()
