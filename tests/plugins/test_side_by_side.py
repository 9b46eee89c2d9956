"""The schedule of the suite: which tests are spread over workers, which stay together, and which
begin first."""

from tests.plugins.side_by_side import in_turns, unit_of

KILLS = [f"tests/e2e/test_kill.py::test_no_payment_is_lost[{way}]" for way in ("wrpc", "grpc")]
NODE = ["tests/node/test_frames.py::test_a", "tests/node/test_stories.py::test_b[ws]"]
IN_THE_BROWSER = "tests/e2e/test_browser.py::test_in_the_browser"
BROWSER = [f"{IN_THE_BROWSER}[shopper-{story}]" for story in ("c", "d")]
FILES = [f"tests/web/test_{name}.py::test_{name}" for name in "efgh"]


def test_what_shares_a_node_or_a_browser_stays_together_and_other_processes_run_anywhere() -> None:
    assert {unit_of(test) for test in NODE} == {"tests/node/"}
    assert {unit_of(test) for test in BROWSER} == {f"{IN_THE_BROWSER}[shopper"}
    assert unit_of(f"{IN_THE_BROWSER}[merchant-c]") == f"{IN_THE_BROWSER}[merchant"
    assert [unit_of(test) for test in KILLS] == KILLS
    assert unit_of("tests/store/test_lock.py::TestLock::test_a[x::y]") == "tests/store/test_lock.py"


def test_what_waits_and_what_computes_come_in_turns_and_nothing_comes_twice() -> None:
    tests = FILES + NODE + BROWSER + KILLS
    queue = in_turns(tests)
    assert sorted(queue) == sorted({unit_of(test) for test in tests})
    assert queue[0] == KILLS[0]
    waiting = [unit.startswith(("tests/e2e/", "tests/node/")) for unit in queue]
    assert waiting == [True, False] * 4
    assert [unit for unit in queue if unit in KILLS] == KILLS


def test_a_folder_of_one_kind_keeps_its_order() -> None:
    assert in_turns(FILES) == [unit_of(test) for test in FILES]
    assert in_turns([]) == []
