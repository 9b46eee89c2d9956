"""The exceptions of the client."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from attrs import frozen

from kasgate.webhook import retry_after_ms


class KasGateError(Exception):
    """A call failed, or a webhook is not genuine."""


class ConnectionFailed(KasGateError):
    """The last attempt got no answer. It is unknown whether the call was executed; repeat it under
    the same ``idempotency_key`` to find out."""


class UnexpectedAnswer(KasGateError):
    """The answer does not come from KasGate: perhaps from a proxy, or the URL is wrong."""


class WebhookRefused(KasGateError):
    """A webhook is not genuine, or too old. Answer it with a 400 and do nothing else."""


@frozen
class FieldProblem:
    """A problem with one field of a request."""

    field: str
    """Dotted path of its name in JSON."""
    message: str


class ProblemError(KasGateError):
    """The gateway refused a call and gave the reason (application/problem+json)."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        request_id: str | None = None,
        details: tuple[FieldProblem, ...] = (),
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(f"{detail} ({status} {code}, request {request_id or 'unknown'})")
        self.status = status
        self.code = code
        """Stable, for programs: ``validation_failed``, ``session_not_found``, ``rates_unavailable``
        and so on."""
        self.detail = detail
        """A sentence for the user."""
        self.request_id = request_id
        """Identifies the call in the log of the gateway's operator."""
        self.details = details
        """With ``validation_failed``: each invalid field."""
        self.retry_after_s = retry_after_s
        """How long the gateway asks to wait; None if it does not."""


class InvalidRequest(ProblemError):
    """400, 413, 415, 422: the request is invalid."""


class Unauthorized(ProblemError):
    """401: no API key, or an unknown one."""


class Forbidden(ProblemError):
    """403: another merchant's session, or registration is closed."""


class NotFound(ProblemError):
    """404."""


class Conflict(ProblemError):
    """409: it conflicts with stored data, or the same call is in progress."""


class TooManyRequests(ProblemError):
    """429, also after the last attempt."""


class Unavailable(ProblemError):
    """5xx, also after the last attempt."""


_KINDS = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    429: TooManyRequests,
}
_FIRST_SERVER_ERROR = 500


class _Detail(msgspec.Struct):
    field: str
    message: str


class _Problem(msgspec.Struct, rename="camel"):
    code: str
    detail: str
    request_id: str | None = None
    details: list[_Detail] = []


def problem_error(
    status: int, body: bytes, headers: Mapping[str, str], now_ms: int
) -> ProblemError:
    """The exception for an answer with an error status; ``now_ms`` is the unix time.

    An answer that is not a problem document, such as a proxy's page, gets the code ``unknown``.
    """
    request_id = headers.get("Request-Id")
    code, detail = "unknown", f"The server answered with status {status}."
    details: tuple[FieldProblem, ...] = ()
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass  # A proxy's page has only its status.
    else:
        code, detail = problem.code, problem.detail
        request_id = problem.request_id or request_id
        details = tuple(FieldProblem(one.field, one.message) for one in problem.details)
    wait_ms = retry_after_ms(headers.get("Retry-After", ""), now_ms)
    fallback = Unavailable if status >= _FIRST_SERVER_ERROR else InvalidRequest
    return _KINDS.get(status, fallback)(
        status,
        code,
        detail,
        request_id=request_id,
        details=details,
        retry_after_s=None if wait_ms is None else wait_ms / 1000,
    )
