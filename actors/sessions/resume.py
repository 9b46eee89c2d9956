"""The start: every session that still needs work resumes."""

from __future__ import annotations

import gc

import structlog
import trio

from actors.chain.feed import ChainFeed
from actors.sessions.supervisor import SessionSupervisor
from kasgate.store.calls import Store

log = structlog.get_logger(__name__)

RESUME_PAGE = 2_000
"""Sessions read at once, in a thread."""
STARTED_AT_ONCE = 100
"""Actors started before other tasks get a turn. Their start and first step take some
milliseconds."""


async def resume(
    store: Store, supervisor: SessionSupervisor, feed: ChainFeed, late_since: int
) -> None:
    """Start the actor of every active session, and watch the closed ones that may still be paid.

    The garbage collector is off meanwhile, since it would visit all sessions again and again.
    Existing garbage is collected first, so that everything loaded can be exempted without a
    collection: collecting it would stop the process for 0.3 s per 100,000 sessions.
    """
    started = trio.current_time()
    cursor = await store.cursor()
    if cursor is not None:
        feed.recall(cursor.daa_score)
    gc.collect()
    gc.disable()
    try:
        active = await _resume_active(store, supervisor)
        late = await _resume_late(store, feed, late_since)
    finally:
        gc.freeze()
        gc.enable()
    seconds = round(trio.current_time() - started, 3)
    log.info("sessions resumed", active=active, late=late, seconds=seconds)


async def _resume_active(store: Store, supervisor: SessionSupervisor) -> int:
    after, count = "", 0
    while page := await store.active_sessions(after, RESUME_PAGE):
        for session in page:
            supervisor.start(session)
            count += 1
            if count % STARTED_AT_ONCE == 0:
                await trio.lowlevel.checkpoint()
        after = page[-1].id
    return count


async def _resume_late(store: Store, feed: ChainFeed, since: int) -> int:
    after, count = "", 0
    while page := await store.late_watches(since, after, RESUME_PAGE):
        for watch in page:
            feed.keep_watching(watch.address, watch.session_id, watch.closed_at)
        after, count = page[-1].session_id, count + len(page)
        await trio.lowlevel.checkpoint()
    return count
