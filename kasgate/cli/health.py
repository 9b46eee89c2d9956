"""``kasgate health``: asks the gateway of these settings how it is, for health checks.

It uses the standard library alone, so it starts fast and often.
"""

from __future__ import annotations

import argparse
import json
from http.client import HTTPConnection, HTTPException
from typing import Any, Final

from kasgate.cli.outcome import DONE, FAILED, Failure
from kasgate.cli.own_settings import own_settings

ANSWER_S: Final = 5.0
MOST_BYTES: Final = 64 * 1024
_UNHEALTHY: Final = "unhealthy"
_LOOPBACK: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, not bound
"""Where to ask a gateway that listens everywhere. A bare root has no name `localhost`."""


def run(arguments: argparse.Namespace) -> int:
    """Print one line about the gateway. 0 if it can work, 1 if not. Raises Failure if it does not
    answer."""
    settings = own_settings()
    host = _LOOPBACK.get(settings.host, settings.host)
    if arguments.ready:
        answer = _get(host, settings.port, "/health/ready")
        is_ready = answer.get("ready") is True
        print("ready" if is_ready else f"not ready: {answer.get('error', 'no reason given')}")
        return DONE if is_ready else FAILED
    answer = _get(host, settings.port, "/health/detailed")
    checks: dict[str, dict[str, Any]] = answer.get("checks", {})
    reasons = [check["message"] for check in checks.values() if "message" in check]
    print(" ".join([f"{answer.get('status')}", *reasons]))
    return FAILED if answer.get("status") in {_UNHEALTHY, None} else DONE


def _get(host: str, port: int, path: str) -> dict[str, Any]:
    connection = HTTPConnection(host, port, timeout=ANSWER_S)
    try:
        connection.request("GET", path)
        answer = json.loads(connection.getresponse().read(MOST_BYTES))
    except (OSError, HTTPException, ValueError) as error:
        raise Failure(
            f"No gateway answers on {host} port {port}: {error}. See KASGATE_HOST and KASGATE_PORT."
        ) from None
    finally:
        connection.close()
    return answer if isinstance(answer, dict) else {}
