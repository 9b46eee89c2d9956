"""Assertions about the one shape of errors (contract.md §3)."""

from __future__ import annotations

from quart.wrappers import Response

from tests.web.world import Json, json_of

REQUIRED = {
    "type",
    "title",
    "status",
    "detail",
    "instance",
    "error",
    "message",
    "code",
    "requestId",
}


def assert_problem(problem: Json, status: int) -> None:
    assert problem.keys() >= REQUIRED
    assert problem.keys() <= REQUIRED | {"details"}
    assert problem["status"] == status
    assert problem["code"].replace("_", "").isalnum()
    assert problem["code"] == problem["code"].lower()
    assert problem["message"] == problem["detail"]
    for detail in problem.get("details", []):
        assert detail.keys() == {"field", "message"}


async def problem_in(response: Response, status: int, code: str | None = None) -> Json:
    """The problem in a response, after checks of its shape."""
    assert response.status_code == status, await response.get_data()
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = await json_of(response)
    assert_problem(problem, status)
    assert problem["requestId"] == response.headers["Request-Id"]
    if code is not None:
        assert problem["code"] == code
    return problem
