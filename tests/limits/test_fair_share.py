"""A resource that tenants share: its limits, the order in which tenants are served, and how waiting
ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from kasgate.limits.fair_share import FairShare, ResourceBusy


def a_share(
    slots: int = 4, per_tenant: int = 2, waiting: int = 100, waiting_per_tenant: int = 50
) -> FairShare:
    return FairShare(
        "lookups",
        slots=slots,
        per_tenant=per_tenant,
        waiting=waiting,
        waiting_per_tenant=waiting_per_tenant,
    )


class Callers:
    """Tasks that take a slot each and hold it until ``leave`` is called."""

    def __init__(self, share: FairShare, nursery: trio.Nursery) -> None:
        self.share = share
        self._nursery = nursery
        self.served: list[str] = []
        self._leave: dict[str, Callable[[], object]] = {}

    async def come(self, tenant: str, name: str) -> None:
        """Start a caller, named for its tenant and its number."""
        self._nursery.start_soon(self._call, tenant, f"{tenant}{name}")
        await trio.testing.wait_all_tasks_blocked()

    async def leave(self, name: str) -> None:
        """End a caller, whether it holds a slot or waits for one."""
        self._leave.pop(name)()
        await trio.testing.wait_all_tasks_blocked()

    async def _call(self, tenant: str, name: str) -> None:
        with trio.CancelScope() as scope:
            self._leave[name] = scope.cancel
            async with self.share.slot(tenant):
                self.served.append(name)
                await trio.sleep_forever()


async def test_a_tenant_gets_its_share_and_no_more() -> None:
    share = a_share()
    assert [share.acquire_nowait("a") for _ in range(3)] == [True, True, False]
    assert share.acquire_nowait("b")
    assert (share.in_use, share.held_by("a"), share.held_by("b")) == (3, 2, 1)


async def test_all_tenants_together_get_what_there_is() -> None:
    share = a_share()
    assert [share.acquire_nowait(tenant) for tenant in "abcde"] == [True] * 4 + [False]


async def test_tenants_are_served_in_turn_however_many_callers_one_of_them_has(
    nursery: trio.Nursery,
) -> None:
    callers = Callers(a_share(slots=1), nursery)
    for number in range(5):
        await callers.come("a", str(number))
    for tenant in "bc":
        await callers.come(tenant, "0")
        await callers.come(tenant, "1")
    for _ in range(8):
        await callers.leave(callers.served[-1])
    assert callers.served == ["a0", "a1", "b0", "c0", "a2", "b1", "c1", "a3", "a4"]


async def test_a_tenant_that_holds_its_whole_share_does_not_delay_others(
    nursery: trio.Nursery,
) -> None:
    callers = Callers(a_share(), nursery)
    for number in range(10):
        await callers.come("a", str(number))
    await callers.come("b", "0")
    assert callers.served == ["a0", "a1", "b0"]
    await callers.leave("a0")
    assert callers.served == ["a0", "a1", "b0", "a2"]


async def test_waiting_ends_with_a_named_error_when_it_takes_too_long(
    autojump_clock: trio.testing.MockClock,
) -> None:
    share = a_share(per_tenant=1)
    await share.acquire("a")
    with pytest.raises(ResourceBusy, match="lookups: none became free within 3 s"):
        await share.acquire("a", wait_s=3)
    assert trio.current_time() == 3
    assert (share.in_use, share.waiting) == (1, 0)
    share.release("a")
    assert share.acquire_nowait("a")


async def test_too_many_waiting_callers_of_one_tenant_are_refused_at_once(
    nursery: trio.Nursery,
) -> None:
    callers = Callers(a_share(1, 1, waiting=3, waiting_per_tenant=2), nursery)
    for number in range(3):
        await callers.come("a", str(number))
    with pytest.raises(ResourceBusy, match="too many callers wait"):
        await callers.share.acquire("a")
    await callers.come("b", "0")
    assert callers.share.waiting == 3


async def test_too_many_waiting_callers_of_all_tenants_are_refused_at_once(
    nursery: trio.Nursery,
) -> None:
    callers = Callers(a_share(1, 1, waiting=3, waiting_per_tenant=2), nursery)
    for tenant in "abcd":
        await callers.come(tenant, "0")
    with pytest.raises(ResourceBusy, match="too many callers wait"):
        await callers.share.acquire("e")


async def test_a_cancelled_waiter_holds_nothing_and_its_tenant_keeps_its_turn(
    nursery: trio.Nursery,
) -> None:
    callers = Callers(a_share(slots=1), nursery)
    for name in ("0", "1", "2"):
        await callers.come("a", name)
    await callers.come("b", "0")
    await callers.leave("a1")
    await callers.leave("b0")
    await callers.leave("a0")
    assert callers.served == ["a0", "a2"]
    assert (callers.share.in_use, callers.share.waiting) == (1, 0)


async def test_a_slot_that_was_given_to_a_cancelled_caller_comes_back() -> None:
    share = a_share(slots=1)
    await share.acquire("a")
    async with trio.open_nursery() as nursery:
        callers = Callers(share, nursery)
        await callers.come("b", "0")
        share.release("a")  # b0 owns it now and has not run yet
        nursery.cancel_scope.cancel()
    assert share.in_use == 0
    assert share.acquire_nowait("a")


steps = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=60)


@given(steps=steps, slots=st.integers(1, 4), per_tenant=st.integers(1, 4))
def test_no_bound_is_passed_and_no_slot_is_kept_from_anybody(
    steps: list[tuple[str, bool]], slots: int, per_tenant: int
) -> None:
    async def history() -> None:
        async with trio.open_nursery() as nursery:
            share = a_share(slots, per_tenant)
            callers = Callers(share, nursery)
            present: dict[str, list[str]] = {tenant: [] for tenant in "abc"}
            for number, (tenant, comes) in enumerate(steps):
                if comes:
                    await callers.come(tenant, str(number))
                    present[tenant].append(f"{tenant}{number}")
                elif present[tenant]:
                    await callers.leave(present[tenant].pop(number % len(present[tenant])))
                held = {tenant: share.held_by(tenant) for tenant in "abc"}
                assert sum(held.values()) == share.in_use <= slots
                assert all(count <= per_tenant for count in held.values())
                wanted = sum(min(len(names), per_tenant) for names in present.values())
                assert share.in_use == min(wanted, slots)
                assert share.in_use + share.waiting == sum(map(len, present.values()))
            nursery.cancel_scope.cancel()
        assert (share.in_use, share.waiting) == (0, 0)

    trio.run(history)
