"""``kasgate simnet``: runs a simulated network, and controls a running one."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import trio

from kasgate.cli.outcome import DONE, USAGE, Failure, leaves
from kasgate.cli.simnet_parser import CONTROL_DEFAULT, FAULTS, GRPC_DEFAULT, NODE_DEFAULT, host_port
from kasgate.kaspa.networks import Network
from kasgate.logs.setup import configure_logging
from kasgate.settings.model import SIMNET_CONTROL_VARIABLE, LogForm, LogLevel
from kasgate.simnet import SimulatedNetwork
from kasgate.simnet.control.client import TIMEOUT_SECONDS, ControlError, call

_Server = Callable[..., Awaitable[None]]
_FAULTS_BY_NAME: Final = {fault.name: fault for fault in FAULTS}


def run_network(arguments: argparse.Namespace) -> int:
    """Run a network until SIGINT or SIGTERM, and print its addresses first."""
    configure_logging(LogForm.CONSOLE, LogLevel.WARNING)
    trio.run(_serve, arguments)
    return DONE


async def _serve(arguments: argparse.Namespace) -> None:
    network = SimulatedNetwork(blocks_per_second=arguments.blocks_per_second, seed=arguments.seed)
    as_usual = not (arguments.wrpc_json or arguments.grpc or arguments.rest)
    wrpc_nodes = [host_port(NODE_DEFAULT)] if as_usual else arguments.wrpc_json or []
    grpc_nodes = [host_port(GRPC_DEFAULT)] if as_usual else arguments.grpc or []
    control = _control(arguments)
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            lines = []
            for host, port in wrpc_nodes:
                bound = await _listen(nursery, network.serve, host, port)
                lines.append(f"wrpc-json ws://{_written(host, bound)}")
            for host, port in grpc_nodes:
                bound = await _listen(nursery, network.serve_grpc, host, port)
                lines.append(f"grpc grpc://{_written(host, bound)}")
            for host, port in arguments.rest or ():
                bound = await _listen(nursery, network.serve_rest, host, port)
                lines.append(f"rest http://{_written(host, bound)}")
            bound = await _listen(nursery, network.serve_control, *control)
            lines.append(f"control {_written(control[0], bound)}")
            await nursery.start(network.run)
            print("\n".join(lines), flush=True)
            async for _ in signals:
                break
            nursery.cancel_scope.cancel()


async def _listen(nursery: trio.Nursery, serve: _Server, host: str, port: int) -> int:
    """Start a server and return its port. Raises Failure if the port can't be opened."""
    problem = f"Can't listen on {_written(host, port)}"
    try:
        bound: int = await nursery.start(partial(serve, host, port))
    except* ValueError as refused:
        raise Failure(f"{problem}: {next(leaves(refused))}") from None
    except* OSError as group:
        error = next(leaves(group))
        raise Failure(f"{problem}: {getattr(error, 'strerror', None) or error}.") from None
    return bound


def run_pay(arguments: argparse.Namespace) -> int:
    """Pay an address and print the transaction id."""
    _require_own_address(arguments.address)
    address, sompi, hold = arguments.address, arguments.amount, arguments.hold
    print(_ask(arguments, "pay", address=address, sompi=sompi, hold=hold))
    return DONE


def run_sweep(arguments: argparse.Namespace) -> int:
    """Spend all coins of an address and print the transaction id."""
    for address in (arguments.address, arguments.to):
        if address is not None:
            _require_own_address(address)
    print(_ask(arguments, "sweep", address=arguments.address, to=arguments.to))
    return DONE


def run_reorg(arguments: argparse.Namespace) -> int:
    """Replace the newest blocks."""
    _ask(arguments, "reorg", depth=arguments.depth, drop=arguments.drop)
    return _score(arguments)


def run_withdraw(arguments: argparse.Namespace) -> int:
    """Withdraw a payment by a reorg."""
    _ask(arguments, "withdraw", txid=arguments.txid)
    return _score(arguments)


def run_mine(arguments: argparse.Namespace) -> int:
    """Mine blocks."""
    _ask(arguments, "mine", n=arguments.count)
    return _score(arguments)


def run_info(arguments: argparse.Namespace) -> int:
    """Print the state of the network, one ``name value`` per line; lists are separated by
    spaces."""
    for name, value in _info(arguments).items():
        text = " ".join(map(str, value)) if isinstance(value, list) else value
        print(f"{name.replace('_', '-')} {text}".rstrip())
    return DONE


def run_fault(arguments: argparse.Namespace) -> int:
    """Inject a fault."""
    fault = _FAULTS_BY_NAME[arguments.name]
    given = dict(arguments.arguments)
    missing = [name for name in fault.arguments if name not in given]
    if missing:
        raise Failure(
            f"The fault {fault.name} needs {' and '.join(f'{name}=…' for name in missing)}.",
            exit_code=USAGE,
        )
    _ask(arguments, fault.method, **given)
    print("done")
    return DONE


def _score(arguments: argparse.Namespace) -> int:
    print(f"virtual-daa-score {_info(arguments)['virtual_daa_score']}")
    return DONE


def _info(arguments: argparse.Namespace) -> dict[str, object]:
    info = _ask(arguments, "info")
    if not isinstance(info, dict):
        raise Failure("The answer does not come from a simulated network.")
    return info


def _ask(arguments: argparse.Namespace, command: str, /, **values: object) -> object:
    host, port = _control(arguments)
    try:
        return call(host, port, command, timeout_seconds=TIMEOUT_SECONDS, **values)
    except ControlError as error:
        if isinstance(error.__cause__, OSError):
            raise Failure(
                f"No simulated network answers on {_written(host, port)}. Start one with"
                " `kasgate simnet`, or give its address with --control."
            ) from None
        raise Failure(str(error)) from None


def _control(arguments: argparse.Namespace) -> tuple[str, int]:
    if arguments.control is not None:
        given: tuple[str, int] = arguments.control
        return given
    text = os.environ.get(SIMNET_CONTROL_VARIABLE) or CONTROL_DEFAULT
    try:
        return host_port(text)
    except argparse.ArgumentTypeError as error:
        raise Failure(f"{SIMNET_CONTROL_VARIABLE}: {error}.", exit_code=USAGE) from None


def _require_own_address(address: str) -> None:
    """Refuse mainnet addresses, so that nobody believes to have paid on a real network."""
    if address.lower().startswith(f"{Network.MAINNET.address_prefix}:"):
        raise Failure(
            "This is a mainnet address. The simulated network holds no real KAS and pays"
            f" {Network.SIMNET.address_prefix}: addresses only.",
            exit_code=USAGE,
        )


def _written(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
