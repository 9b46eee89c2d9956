"""A bounded resource that tenants share: threads, connections, readers.

Each tenant has a share, so that no tenant can hold all of it. Waiting callers are served
round-robin by tenant, and within a tenant in the order in which they came: a tenant with a thousand
waiting callers delays another tenant's caller by one turn. The number of waiting callers is
bounded, and optionally their time.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf

import trio


class ResourceBusy(Exception):
    """No slot was available: too many callers are waiting already, or this one waited too long.

    The message names the resource and is for an operator; nothing has been started.
    """


class FairShare:
    """Slots of one resource. Belongs to one event loop; every call is made on it."""

    def __init__(
        self,
        resource: str,
        *,
        slots: int,
        per_tenant: int,
        waiting: int,
        waiting_per_tenant: int,
    ) -> None:
        """``resource`` is its name in error messages. At most ``slots`` are in use at once, at most
        ``per_tenant`` of them by one tenant; ``waiting`` and ``waiting_per_tenant`` bound the
        waiting callers."""
        self._resource = resource
        self._slots = slots
        self._per_tenant = per_tenant
        self._most_waiting = waiting
        self._most_waiting_per_tenant = waiting_per_tenant
        self._held: dict[str, int] = {}
        # By tenant, tenants in the order of their turns. A tenant with its whole share in use is
        # only in ``_waiting``, so that giving out a slot never searches.
        self._waiting: dict[str, OrderedDict[trio.lowlevel.Task, None]] = {}
        self._turns: deque[str] = deque()
        self.in_use = 0
        """Slots that are held."""
        self.waiting = 0
        """Callers that wait."""

    def held_by(self, tenant: str) -> int:
        """Slots that a tenant holds."""
        return self._held.get(tenant, 0)

    def acquire_nowait(self, tenant: str) -> bool:
        """Take a slot if there is one for this tenant now. This overtakes no waiting caller: a slot
        that a waiting caller may have is never free."""
        if self.in_use >= self._slots or not self._has_share(tenant):
            return False
        self._take(tenant)
        return True

    async def acquire(self, tenant: str, wait_s: float = inf) -> None:
        """Take a slot, waiting for at most ``wait_s`` seconds. Raises ResourceBusy.

        Yields to other tasks only if it has to wait. Cancellation ends the wait, and then no slot
        is held.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        if self.acquire_nowait(tenant):
            return
        self._require_room_to_wait(tenant)
        with trio.move_on_after(wait_s) as scope:
            await self._wait(tenant)
        if scope.cancelled_caught:
            raise ResourceBusy(f"{self._resource}: none became free within {wait_s:g} s")

    def release(self, tenant: str) -> None:
        """Give a slot back; the next caller in turn has it at once. May be called by another task
        than the one that took it."""
        self.in_use -= 1
        left = self._held[tenant] - 1
        if left:
            self._held[tenant] = left
        else:
            del self._held[tenant]
        if left == self._per_tenant - 1 and tenant in self._waiting:
            self._turns.append(tenant)
        self._serve()

    @asynccontextmanager
    async def slot(self, tenant: str, wait_s: float = inf) -> AsyncIterator[None]:
        """Hold a slot while the block runs. Raises as acquire does."""
        await self.acquire(tenant, wait_s)
        try:
            yield
        finally:
            self.release(tenant)

    def _has_share(self, tenant: str) -> bool:
        return self._held.get(tenant, 0) < self._per_tenant

    def _take(self, tenant: str) -> None:
        self.in_use += 1
        self._held[tenant] = self._held.get(tenant, 0) + 1

    def _require_room_to_wait(self, tenant: str) -> None:
        of_tenant = len(self._waiting.get(tenant, ()))
        if self.waiting >= self._most_waiting or of_tenant >= self._most_waiting_per_tenant:
            raise ResourceBusy(f"{self._resource}: too many callers wait for one already")

    async def _wait(self, tenant: str) -> None:
        task = trio.lowlevel.current_task()
        queue = self._waiting.get(tenant)
        if queue is None:
            queue = self._waiting[tenant] = OrderedDict()
            if self._has_share(tenant):
                self._turns.append(tenant)
        queue[task] = None
        self.waiting += 1

        def stop_waiting(_: object) -> trio.lowlevel.Abort:
            del queue[task]
            self._left_queue(tenant, queue)
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(stop_waiting)

    def _left_queue(self, tenant: str, queue: OrderedDict[trio.lowlevel.Task, None]) -> None:
        self.waiting -= 1
        if not queue:
            del self._waiting[tenant]
            if self._has_share(tenant):
                self._turns.remove(tenant)

    def _serve(self) -> None:
        """Give free slots to the callers whose turn it is. A slot counts as held from then on, even
        before its new owner runs."""
        while self._turns and self.in_use < self._slots:
            tenant = self._turns.popleft()
            queue = self._waiting[tenant]
            task, _ = queue.popitem(last=False)
            self.waiting -= 1
            self._take(tenant)
            if not queue:
                del self._waiting[tenant]
            elif self._has_share(tenant):
                self._turns.append(tenant)
            trio.lowlevel.reschedule(task)
