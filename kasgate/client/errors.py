"""What can go wrong with a call, as exceptions."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from attrs import frozen

from kasgate.webhook import retry_after_ms


class KasGateError(Exception):
    """A call did not succeed, or a webhook can't be believed."""


class ConnectionFailed(KasGateError):
    """No answer came, at the last attempt. Whether the call was carried out is not known; the same
    call under the same ``idempotency_key`` finds out."""


class UnexpectedAnswer(KasGateError):
    """The answer is none of KasGate's: perhaps a proxy's, or the URL is wrong."""


class WebhookRefused(KasGateError):
    """A webhook is not genuine, or too old. Answer it with a 400 and do nothing else."""


@frozen
class FieldProblem:
    """What is wrong with one field of a request."""

    field: str
    """Dotted path of its name in JSON."""
    message: str


class ProblemError(KasGateError):
    """The gateway refused a call, and said why (application/problem+json)."""

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
        """A sentence for a person."""
        self.request_id = request_id
        """What the gateway's operator finds this call by in the log."""
        self.details = details
        """On ``validation_failed`` each field that is wrong."""
        self.retry_after_s = retry_after_s
        """How long the gateway asks to wait, if it does."""


class InvalidRequest(ProblemError):
    """400, 413, 415, 422: the request itself is wrong."""


class Unauthorized(ProblemError):
    """401: no API key, or one that is not known."""


class Forbidden(ProblemError):
    """403: another merchant's session, or registration is closed."""


class NotFound(ProblemError):
    """404."""


class Conflict(ProblemError):
    """409: it contradicts what is stored, or the same call is under way."""


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

    An answer that is no problem of KasGate's, such as a proxy's page, gets the code ``unknown``.
    """
    request_id = headers.get("Request-Id")
    code, detail = "unknown", f"The server answered with status {status}."
    details: tuple[FieldProblem, ...] = ()
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass  # A page of a proxy: its status is all there is to tell.
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
