"""The one shape of all errors (contract.md §3): RFC 9457 plus members that old clients read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from attrs import frozen

from actors.gateway import CancelOvertaken, CancelRefused, GatewayDraining
from actors.sandbox import SandboxRefused
from actors.sessions.decisions import DecisionOvertaken, DecisionRefused
from actors.sessions.supervisor import TooManyOpenSessions
from actors.webhooks.redelivery import NoWebhookUrl
from kasgate.access.api_keys import KeyEnded, KeyRefused, LastManageKey, NoSuchKey, TooManyKeys
from kasgate.branding.header import ImageRefused
from kasgate.limits.fair_share import ResourceBusy
from kasgate.merchant import FieldErrors, FieldProblem
from kasgate.rates.market import Missing, RatesUnavailable
from kasgate.simnet.control.client import ControlError
from kasgate.store.protocol import Conflict, StoreBusy, StoreUnavailable
from web.contract.answers import PROBLEM_JSON, Answer


@frozen
class Kind:
    """The kind of an error, for programs."""

    code: str
    """Stable, snake_case."""
    status: int
    title: str
    error: str
    """The word that clients of the TypeScript ancestor read."""


VALIDATION: Final = Kind("validation_failed", 400, "Validation failed", "Validation Error")
MALFORMED_JSON: Final = Kind("malformed_json", 400, "Malformed JSON", "BAD_REQUEST")
IMAGE_REFUSED: Final = Kind("image_refused", 400, "Image refused", "Validation Error")
INVALID_SESSION_ID: Final = Kind("invalid_session_id", 400, "Not a session id", "Validation Error")
NOT_PENDING: Final = Kind("session_not_pending", 400, "Session not pending", "BAD_REQUEST")
DECISION_REFUSED: Final = Kind("decision_refused", 400, "Decision refused", "BAD_REQUEST")
UNAUTHORIZED: Final = Kind("unauthorized", 401, "Unauthorized", "Unauthorized")
REGISTRATION_CLOSED: Final = Kind("registration_closed", 403, "Registration is closed", "FORBIDDEN")
SETUP_CODE: Final = Kind("setup_code_required", 403, "Setup code required", "FORBIDDEN")
FOREIGN_HOST: Final = Kind("foreign_host", 403, "Asked for by another name", "FORBIDDEN")
CSRF: Final = Kind("csrf", 403, "Not from our own page", "FORBIDDEN")
REAUTHENTICATION: Final = Kind(
    "reauthentication_required", 403, "Needs to be signed in once more", "FORBIDDEN"
)
INSUFFICIENT_SCOPE: Final = Kind(
    "insufficient_scope", 403, "The API key's scope is too small", "FORBIDDEN"
)
NO_KEY_CALLED: Final = Kind("no_key_called", 409, "No API key called", "CONFLICT")
LAST_MANAGE_KEY: Final = Kind("last_manage_key", 409, "The last key that manages", "CONFLICT")
TOO_MANY_KEYS: Final = Kind("too_many_keys", 409, "Too many API keys", "CONFLICT")
KEY_NOT_FOUND: Final = Kind("key_not_found", 404, "API key not found", "NOT_FOUND")
FOREIGN_SESSION: Final = Kind("not_your_session", 403, "Another merchant's session", "FORBIDDEN")
NOT_FOUND: Final = Kind("not_found", 404, "Not found", "NOT_FOUND")
SESSION_NOT_FOUND: Final = Kind("session_not_found", 404, "Session not found", "NOT_FOUND")
NO_PASSWORD: Final = Kind("password_not_set_up", 404, "No password is set up", "NOT_FOUND")
SIGN_IN_NOT_FOUND: Final = Kind("sign_in_not_found", 404, "Not signed in", "NOT_FOUND")
DELIVERY_NOT_FOUND: Final = Kind("delivery_not_found", 404, "Delivery not found", "NOT_FOUND")
EVENT_NOT_FOUND: Final = Kind("event_not_found", 404, "Event not found", "NOT_FOUND")
NOT_BUILT: Final = Kind("not_built", 404, "Not built", "NOT_FOUND")
NOT_POSSIBLE: Final = Kind("not_possible_now", 409, "Not possible now", "CONFLICT")
CONFLICT: Final = Kind("conflict", 409, "Conflict", "CONFLICT")
NO_WEBHOOK_URL: Final = Kind("no_webhook_url", 409, "No webhook URL", "CONFLICT")
TOO_MANY_TRIES: Final = Kind(
    "too_many_tries", 429, "Too many tries to sign in", "Too many requests"
)
TOO_MANY_CONNECTIONS: Final = Kind(
    "too_many_connections", 429, "Too many connections", "Too many requests"
)
TOO_MANY_OPEN_SESSIONS: Final = Kind(
    "too_many_open_sessions", 429, "Too many open sessions", "Too many requests"
)
TOO_MANY_AT_ONCE: Final = Kind("too_many_at_once", 429, "Too much at once", "Too many requests")
UNSUPPORTED_TYPE: Final = Kind(
    "unsupported_media_type", 415, "Unsupported media type", "UNSUPPORTED_MEDIA_TYPE"
)
UPGRADE_REQUIRED: Final = Kind("upgrade_required", 426, "Upgrade required", "UPGRADE_REQUIRED")
UNAVAILABLE: Final = Kind("unavailable", 503, "Service unavailable", "SERVICE_UNAVAILABLE")
RATES_UNAVAILABLE: Final = Kind(
    "rates_unavailable", 503, "No rate for this currency", "SERVICE_UNAVAILABLE"
)
SHUTTING_DOWN: Final = Kind("shutting_down", 503, "Shutting down", "SERVICE_UNAVAILABLE")

_IN_THEIR_WORDS: Final[Mapping[type[Exception], Kind]] = {
    DecisionRefused: DECISION_REFUSED,
    SandboxRefused: NOT_POSSIBLE,
    NoSuchKey: KEY_NOT_FOUND,
    KeyEnded: CONFLICT,
    LastManageKey: LAST_MANAGE_KEY,
    TooManyKeys: TOO_MANY_KEYS,
}
"""Errors whose message is the detail."""

_TAKEN: Final = {
    "email": "Another merchant of this gateway has this e-mail address.",
    "idempotency_key": "A call with this Idempotency-Key was already made.",
    "login": "Another merchant of this gateway uses this login.",
    "password": "Another call removed the password at the same time; nothing was changed.",
    "webhook_secret": "Another call made a new webhook secret at the same time. That one is valid.",
    "account_key": "Another merchant of this gateway uses this extended public key.",
}

# The ancestor's words for statuses of framework errors. Other statuses get their phrase.
_ERRORS: Final = {429: "Too many requests", 500: "INTERNAL_ERROR"}
_CODES: Final = {413: "payload_too_large", 429: "too_many_requests", 500: "internal_error"}
_SENTENCES: Final = {
    400: "The request is not valid HTTP, or this call does not accept it.",
    404: "There is nothing at this address.",
    405: "This address does not accept this method.",
    408: "The request took too long to arrive.",
    413: "The body is larger than 256 KiB.",
    429: "Too many calls of this kind. Retry-After says how many seconds to wait.",
    431: "The head of the request is larger than 16 KiB.",
    500: "An error occurred in the gateway. With the request id its operator can find the cause.",
    503: "The gateway can't answer now. Try again.",
    505: "This server speaks HTTP/1.1.",
}


class Problem(Exception):
    """An error to answer with. Any code that handles a call may raise it; it is rendered in one
    place."""

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        details: Iterable[FieldProblem] = (),
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """``detail`` is a sentence for a person. It contains no secrets and no internals."""
        super().__init__(f"{kind.code}: {detail}")
        self.kind = kind
        self.detail = detail
        self.details = tuple(details)
        self.headers = headers


def invalid(details: Iterable[FieldProblem]) -> Problem:
    """The problem for a body with invalid fields."""
    found = tuple(details)
    first = f"{found[0].field}: {found[0].message}" if found else "The request is not valid."
    more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
    return Problem(VALIDATION, first + more, details=found)


def unknown_cursor(parameter: str, sentence: str) -> Problem:
    """The problem for a cursor that does not exist."""
    return invalid([FieldProblem(parameter, sentence)])


def too_many(retry_after_s: int) -> Problem:
    """The problem for too many calls."""
    return problem_of_status(429, (("Retry-After", str(retry_after_s)),))


def problem_of_status(status: int, headers: tuple[tuple[str, str], ...] = ()) -> Problem:
    """The problem for a framework error, of which only the status is known."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Error"
    word = phrase.upper().replace(" ", "_").replace("-", "_")
    kind = Kind(
        _CODES.get(status, word.lower()), status, phrase.capitalize(), _ERRORS.get(status, word)
    )
    return Problem(kind, _SENTENCES.get(status, f"{phrase}."), headers=headers)


def problem_answer(problem: Problem, *, instance: str, request_id: str) -> Answer:
    """The problem as application/problem+json. ``instance`` is the path, without its query."""
    kind = problem.kind
    fields: dict[str, Any] = {
        "type": f"urn:kasgate:problem:{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "instance": instance,
        "error": kind.error,
        "message": problem.detail,
        "code": kind.code,
        "requestId": request_id,
    }
    if problem.details:
        fields["details"] = [
            {"field": detail.field, "message": detail.message} for detail in problem.details
        ]
    return Answer(kind.status, msgspec.json.encode(fields), PROBLEM_JSON, problem.headers)


def problem_of(error: Exception) -> Problem | None:
    """The problem for an exception of the layers below; None for a bug."""
    match error:
        case Problem():
            return error
        case FieldErrors():
            return invalid(error.details)
        case Conflict() | CancelOvertaken() | DecisionOvertaken():
            return _conflict(error)
        case ImageRefused():
            return Problem(IMAGE_REFUSED, str(error), details=[FieldProblem("logo", str(error))])
        case CancelRefused():
            return Problem(NOT_PENDING, "Only a pending session can be cancelled.")
        case DecisionRefused() | SandboxRefused() | KeyRefused():
            return Problem(_IN_THEIR_WORDS[type(error)], str(error))
        case NoWebhookUrl():
            return Problem(
                NO_WEBHOOK_URL,
                "There is no webhook URL: set webhookUrl in your profile first.",
            )
        case ControlError():
            return Problem(UNAVAILABLE, f"The simulated network failed: {error}")
        case _:
            return _problem_of_now(error)


def _problem_of_now(error: Exception) -> Problem | None:
    """The problem for an error that may not occur on the next try."""
    match error:
        case TooManyOpenSessions():
            return Problem(
                TOO_MANY_OPEN_SESSIONS,
                f"You have {error.most:.0f} open sessions, the most that this gateway allows. A"
                " session closes when it is paid, cancelled or expired. The operator can raise"
                " KASGATE_OPEN_SESSIONS.",
                headers=(("Retry-After", "60"),),
            )
        case GatewayDraining():
            return Problem(
                SHUTTING_DOWN, "The gateway is shutting down.", headers=(("Retry-After", "5"),)
            )
        case RatesUnavailable():
            # Rates that are switched off are still off in half a minute.
            wait = () if error.why is Missing.OFF else (("Retry-After", "30"),)
            return Problem(
                RATES_UNAVAILABLE,
                f"{error} Sessions priced in KAS are not affected.",
                headers=wait,
            )
        case ResourceBusy():
            return Problem(
                UNAVAILABLE,
                "Too many calls of this kind are in progress. Nothing was done; try again.",
                headers=(("Retry-After", "5"),),
            )
        case StoreBusy():
            return Problem(
                TOO_MANY_AT_ONCE,
                "Too many calls of this kind are waiting. Wait for your earlier calls to finish.",
                headers=(("Retry-After", "2"),),
            )
        case StoreUnavailable():
            return Problem(
                UNAVAILABLE,
                "The gateway cannot store data now. Nothing was done; try again.",
                headers=(("Retry-After", "1"),),
            )
        case _:
            return None


def _conflict(error: Conflict | CancelOvertaken | DecisionOvertaken) -> Problem:
    """The problem for an overtaken call: the other call's effect and, for a session, its status."""
    if isinstance(error, Conflict):
        return Problem(CONFLICT, _TAKEN.get(error.what, "This conflicts with stored data."))
    stands = FieldProblem("status", error.status.value)
    return Problem(CONFLICT, str(error), details=[stands])
