"""Health checks for load balancers, operators and people (contract.md §10)."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Annotated, Any, Final

import structlog
import trio
from msgspec import UNSET, Meta, UnsetType

from actors.chain.node_pool import NodeState
from kasgate.currency import DOLLAR
from kasgate.json_text import iso
from kasgate.kaspa.networks import Network
from kasgate.rates.market import RatesUnavailable
from kasgate.store.protocol import StoreUnavailable
from web.api.rates import source_fields
from web.contract.answers import Answer, json_answer, without_absent
from web.contract.operations import Auth, described
from web.contract.types import Shape, Time
from web.http.endpoint import Request, Routes

if TYPE_CHECKING:
    from actors.chain.node_pool import NodeHealth
    from actors.gateway import Gateway
    from actors.metrics import Health
    from kasgate.logs.lines import LineCounts
    from kasgate.store.protocol import Counts

log = structlog.get_logger(__name__)

CACHE_S: Final = 1.0
OK: Final = "ok"
DEGRADED: Final = "degraded"
UNHEALTHY: Final = "unhealthy"

_NODE_DOWN: Final = "No Kaspa node is usable now, or the node has stopped sending blocks."
_LOG_DOWN: Final = "Log lines cannot be written; some are lost."
_BACKUP_DOWN: Final = "Backups fail, or the newest one is too old."
_DATABASE_DOWN: Final = "The database is not usable now."


class AliveAnswer(Shape, kw_only=True):
    """The process answers."""

    status: str
    timestamp: Time


class LiveAnswer(Shape, kw_only=True):
    """The process is alive."""

    alive: bool


class ReadyAnswer(Shape, kw_only=True):
    """Whether the gateway can take payments."""

    ready: bool
    error: str | UnsetType = UNSET


class CheckAnswer(Shape, kw_only=True, forbid_unknown_fields=False):
    """The state of one part. The operator also gets numbers and reasons."""

    status: str
    message: str | UnsetType = UNSET
    last_block_at: Time | UnsetType = UNSET


class DetailedAnswer(Shape, kw_only=True):
    """The state of each part."""

    status: Annotated[str, Meta(description="ok, degraded or unhealthy.")]
    network: Network
    payment_mode: str
    timestamp: Time
    checks: dict[str, CheckAnswer]


class HealthCalls:
    """Health checks. An unhealthy gateway is an answer, never an exception."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._counts: Counts | None = None
        self._counted_at = -inf
        self._counting = trio.Lock()

    @described({200: AliveAnswer})
    async def alive(self, _request: Request) -> Answer:
        """Check that the process answers"""
        return json_answer({"status": OK, "timestamp": iso(self._gateway.clock())})

    @described({200: LiveAnswer})
    async def live(self, _request: Request) -> Answer:
        """Check that the process is alive, for orchestrators"""
        return json_answer({"alive": True})

    @described({200: ReadyAnswer, 503: ReadyAnswer})
    async def ready(self, _request: Request) -> Answer:
        """Check that the database and a node are usable, so that payments can be taken"""
        health = self._gateway.health()
        reasons = []
        if not health.database_ok:
            reasons.append(_DATABASE_DOWN)
        if not health.node_ok:
            reasons.append(_NODE_DOWN)
        if reasons:
            return json_answer({"ready": False, "error": " ".join(reasons)}, 503)
        return json_answer({"ready": True})

    @described({200: DetailedAnswer}, auth=Auth.MAYBE_OPERATOR)
    async def detailed(self, request: Request) -> Answer:
        """Check each part; the operator also gets counts"""
        settings = self._gateway.settings
        health = self._gateway.health()
        checks: dict[str, dict[str, Any]] = {
            "database": _check(health.database_ok, UNHEALTHY, _DATABASE_DOWN),
            "rpc": _check(health.node_ok, DEGRADED, _NODE_DOWN) | _chain_fields(health),
            "kaspaApi": _archive_check(health),
            "sessions": _check(
                health.failed_actors == 0, DEGRADED, "Some sessions cannot be processed."
            ),
            "rates": self._rates(),
            "backup": self._backup(is_operator=request.caller.is_operator),
        }
        if request.caller.is_operator:
            await self._add_operator_fields(checks, health)
        fields = {
            "status": _overall(health),
            "network": settings.network.value,
            "paymentMode": "kaspa",
            "timestamp": iso(self._gateway.clock()),
            "checks": checks,
        }
        return json_answer(fields)

    def _rates(self) -> dict[str, Any]:
        """Whether prices can be converted to KAS. Sessions priced in KAS work without rates, so
        missing rates do not make the whole gateway degraded."""
        rates = self._gateway.rates
        if not rates.is_on:
            return {"status": "not configured"}
        try:
            dollar = rates.rate(DOLLAR)
        except RatesUnavailable as unavailable:
            return {"status": DEGRADED, "message": str(unavailable)}
        return {"status": OK, "sources": len(dollar.voices), "at": iso(dollar.at)}

    def _backup(self, *, is_operator: bool) -> dict[str, Any]:
        """The state of the scheduled backups."""
        state = self._gateway.backups.state
        if state is None:
            return {"status": "not configured"}
        check = _check(state.is_well, DEGRADED, _BACKUP_DOWN)
        if not is_operator:
            return check
        last = state.last_success_at
        return check | without_absent(
            {
                "lastSuccessAt": None if last is None else iso(last),
                "ageSeconds": None if state.age_s is None else round(state.age_s),
                "bytes": state.size,
                "detail": state.error,
            }
        )

    async def _add_operator_fields(self, checks: dict[str, dict[str, Any]], health: Health) -> None:
        checks["database"] |= {"detail": health.database_detail}
        checks["rpc"] |= without_absent(
            {
                "detail": health.node_detail,
                "url": health.node_url,
                "nodes": [_node_fields(node) for node in health.nodes],
            }
        )
        checks["sessions"] |= {
            "open": health.open_sessions,
            "failedActors": health.failed_actors,
            "restartedActors": health.restarted_actors,
        }
        if self._gateway.rates.is_on:
            checks["rates"] |= {"details": source_fields(self._gateway)}
        checks["gateway"] = {
            "status": DEGRADED if health.warnings else OK,
            "warnings": list(health.warnings),
        }
        checks["log"] = _log_check(self._gateway.metrics().log)
        counts = await self._current_counts()
        if counts is not None:
            checks["database"] |= {"merchants": counts.merchants}
            checks["sessions"] |= {"active": counts.active_sessions}
            checks["webhooks"] = {"status": OK, "pending": counts.pending_deliveries}

    async def _current_counts(self) -> Counts | None:
        """Totals of the database, read at most once a second. None while it is unavailable."""
        async with self._counting:
            if trio.current_time() - self._counted_at >= CACHE_S:
                try:
                    self._counts = await self._gateway.counts()
                except StoreUnavailable as error:
                    log.warning("no counts for the health page", error=str(error))
                    self._counts = None
                self._counted_at = trio.current_time()
            return self._counts


def health_routes(gateway: Gateway) -> Routes:
    """The routes under ``/health``."""
    calls = HealthCalls(gateway)
    return Routes(
        "health",
        "/health",
        (
            ("GET", "", calls.alive),
            ("GET", "/live", calls.live),
            ("GET", "/ready", calls.ready),
            ("GET", "/detailed", calls.detailed),
        ),
    )


def _overall(health: Health) -> str:
    if not health.database_ok:
        return UNHEALTHY
    if not health.node_ok or health.failed_actors or health.warnings:
        return DEGRADED
    return OK


def _check(fine: bool, otherwise: str, reason: str) -> dict[str, Any]:
    return {"status": OK} if fine else {"status": otherwise, "message": reason}


def _archive_check(health: Health) -> dict[str, Any]:
    """The state of the first REST server in the list."""
    archive = next((node for node in health.nodes if node.is_archive), None)
    if archive is None:
        return {"status": "not configured"}
    fine = archive.state in (NodeState.FIT, NodeState.UNKNOWN)
    return _check(fine, DEGRADED, "The Kaspa REST server is not usable now.")


def _log_check(counts: LineCounts) -> dict[str, Any]:
    """The state of the log. The gateway takes payments without it, so a failing log does not make
    the whole gateway degraded."""
    check = _check(not counts.is_failing, DEGRADED, _LOG_DOWN)
    return check | {"dropped": counts.dropped, "waiting": counts.waiting}


def _node_fields(node: NodeHealth) -> dict[str, Any]:
    return without_absent(
        {
            "url": node.name,
            "state": node.state.value,
            "followed": node.followed,
            "detail": node.detail,
            "daaScore": node.daa_score,
            "lookedAt": iso(node.looked_at) if node.looked_at is not None else None,
        }
    )


def _chain_fields(health: Health) -> dict[str, Any]:
    last_block = health.last_block_at
    return without_absent(
        {
            "daaScore": health.daa_score,
            "lastBlockAt": iso(last_block) if last_block is not None else None,
        }
    )
