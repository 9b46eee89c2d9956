"""Questions about the network, the node and the data directory."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from kasgate.cli.doctor.findings import State, lines_of
from kasgate.cli.doctor.local_checks import check_disk
from kasgate.cli.doctor.remote_checks import node_mend
from kasgate.cli.outcome import Failure
from kasgate.cli.setup.account import MAKE_USER, Account, usual_name
from kasgate.cli.setup.dialogue import WIDTH, Dialogue, Question, Wrong
from kasgate.cli.setup.draft import Draft
from kasgate.cli.setup.existing import database_network
from kasgate.cli.setup.nodes import LOOPBACK, MOST_HOSTS, Found, ask_about, look_for_nodes
from kasgate.kaspa.networks import PUBLIC_NETWORKS, RESOLVER, Network
from kasgate.settings.place import is_root

SYSTEM_DATA: Final = Path("/var/lib/kasgate")
LOOK: Final = "look"

_USER: Final = Question(
    "User",
    "--user",
    "The gateway runs as a user of its own, who owns the settings file and the data. The Debian"
    f" package makes the user kasgate. {MAKE_USER}",
)
_NETWORK: Final = Question(
    "Network (mainnet, testnet-10, simnet, devnet)",
    "--network",
    "Payments arrive on one network. mainnet is real money, testnet-10 the public network for"
    " tests. simnet is simulated, and needs nothing but `kasgate simnet` in another terminal: take"
    " it to try KasGate out.",
)
_NODE: Final = Question(
    "Node",
    "--node",
    "The gateway sees payments through a node. Enter takes the one in brackets; or type its URL"
    " (grpc://host:port, ws://host:port), several separated by commas in order of preference; or"
    f" `{LOOK}` to look again, for example after you started it; `{LOOK} HOST` looks on another"
    " machine too.",
)
_PUBLIC_NODES: Final = (
    f"Without a node of your own, type `{RESOLVER}`: it takes public nodes. They can see which"
    " addresses you watch, and may be slow or gone. For more than a trial run your own."
)
_CONTROL: Final = Question(
    "Control port",
    "--simnet-control",
    "Through the control port of the simulated network, test calls of the API can pay orders.",
)
_DATA: Final = Question(
    "Data directory",
    "--data-dir",
    "The database and the key file are kept here. Take a local disk, not a network share.",
)


@frozen
class Asking:
    """What every question needs."""

    dialogue: Dialogue
    draft: Draft
    options: argparse.Namespace

    def setting(self, question: Question, name: str, given: str | None, default: str) -> Any:  # noqa: ANN401 - each setting has its own type
        """Ask for a setting that is one text, and keep the answer."""
        return self.dialogue.answer(
            question, given, default, lambda text: self.draft.take(name, text)
        )


def ask_user(asking: Asking) -> Account:
    """The user that will run the gateway. Asked for root only."""
    given: str | None = asking.options.user
    if not is_root():
        current = Account.current()
        if given is None:
            return current
        if given != current.name:
            raise Failure("--user: only root can set the gateway up for another user.")
        return current
    return asking.dialogue.answer(_USER, given, usual_name(), Account.named)


def ask_network(asking: Asking) -> Network:
    """The network."""
    default: Network = asking.draft.present("network")
    network: Network = asking.setting(_NETWORK, "network", asking.options.network, default.value)
    return network


def ask_nodes(asking: Asking, network: Network, before: Network) -> None:
    """The nodes to follow, after a look at the usual places. ``before`` is the network of the
    present file."""
    given: list[str] | None = asking.options.node
    dialogue = asking.dialogue
    read = _NodeReader(asking, network, is_same=network is before)
    if given is not None:
        dialogue.answer(_NODE, ",".join(given), "", read)
    else:
        default = read.look()
        if network in PUBLIC_NETWORKS and dialogue.asks:
            dialogue.say(_PUBLIC_NODES)
        dialogue.answer(_NODE, None, default, read)
    if network is Network.SIMNET:
        _ask_control(asking)


class _NodeReader:
    """Reads the answer about nodes, and asks the nodes that it names."""

    def __init__(self, asking: Asking, network: Network, *, is_same: bool) -> None:
        self._asking = asking
        self._is_same = is_same
        self._network = network
        self._hosts: list[str] = [LOOPBACK, *asking.options.node_host]
        self._known: dict[str, Found] = {}

    def __call__(self, text: str) -> None:
        """Keep the nodes. Raises Wrong for a node of another network, and after a new look."""
        word, _, host = text.partition(" ")
        if word.lower() == LOOK:
            self._hosts += [host.strip()] if host.strip() else []
            raise Wrong(f"Type {self.look()}, or another URL.")
        draft, dialogue = self._asking.draft, self._asking.dialogue
        urls: Sequence[str] = draft.read("nodes", text)
        if RESOLVER in urls and self._network not in PUBLIC_NETWORKS:
            raise Wrong(f"There are no public nodes of {self._network.value}.")
        # A node that was not ready may be by now.
        ready = {url for url, found in self._known.items() if found.is_usable}
        unsure = [url for url in urls if url not in ready and url != RESOLVER]
        self._show(ask_about(self._network, unsure))
        chosen = [self._known[url] for url in urls if url in self._known]
        for one in chosen:
            if one.answer.network_id not in (None, self._network.value):
                raise Wrong(
                    f"{one.url} is a node of {one.answer.network_id}, and the network is"
                    f" {self._network.value}."
                )
        if chosen and not any(one.is_usable for one in chosen) and dialogue.asks:
            dialogue.say("The gateway starts without it and goes on looking for it.")
            if not dialogue.yes("Take it nevertheless?", default=True):
                raise Wrong(f"Type another URL, or `{LOOK}`.")
        draft.take("nodes", list(urls))

    def look(self) -> str:
        """Look in the usual places and show what answers. Returns the best answer as a default."""
        asking, draft = self._asking, self._asking.draft
        hosts = list(dict.fromkeys(self._hosts))[:MOST_HOSTS]
        asking.dialogue.say(f"Looking for nodes on {', '.join(hosts)} …")
        found = look_for_nodes(self._network, hosts)
        self._show(found)
        own = [one for one in found if one.answer.network_id == self._network.value]
        if not own:
            asking.dialogue.say(f"No node of {self._network.value} answers. {self._start()}")
        stated: Sequence[str] = draft.present("nodes")
        if self._is_same and draft.has("nodes"):
            return ", ".join(stated)
        default: Sequence[str] = draft.default("nodes")
        return own[0].url if own else default[0]

    def _show(self, found: Sequence[Found]) -> None:
        for one in found:
            self._known[one.url] = one
            self._asking.dialogue.lines(lines_of(one.answer.finding, WIDTH - 2))

    def _start(self) -> str:
        if self._network is Network.SIMNET:
            return "Start one in another terminal: kasgate simnet."
        return node_mend(self._network)


def _ask_control(asking: Asking) -> None:
    from kasgate.cli.simnet_parser import CONTROL_DEFAULT  # noqa: PLC0415 - for a trial only

    stated: tuple[str, int] | None = asking.draft.present("simnet_control")
    default = CONTROL_DEFAULT if stated is None else f"{stated[0]}:{stated[1]}"
    asking.setting(_CONTROL, "simnet_control", asking.options.simnet_control, default)


def ask_data_dir(asking: Asking, account: Account, network: Network, before: Network) -> None:
    """The data directory. ``before`` is the network of the present file."""
    draft = asking.draft
    usual = _usual_data(draft, network)
    present: Path = draft.present("data_dir") if draft.has("data_dir") else usual
    if network is not before and present == _usual_data(draft, before):
        present = usual

    def read(text: str) -> None:
        path = Path(text).expanduser().absolute()
        draft.read("data_dir", str(path))
        _require_usable(path, account)
        draft.take("data_dir", str(path))
        of = database_network(draft.present("database"), draft.present("key_file"), account)
        if of not in (None, network.value):
            raise Wrong(
                f"The database in {path} belongs to {of}. Take another directory, or another"
                " network."
            )

    asking.dialogue.answer(_DATA, asking.options.data_dir, str(present), read)
    finding = check_disk(draft.present("database"))
    if finding.state is not State.OK:
        asking.dialogue.lines(lines_of(finding, WIDTH - 2))


def _usual_data(draft: Draft, network: Network) -> Path:
    """Each network has a directory of its own, because a database belongs to one."""
    root: Path = draft.default("data_dir")
    if is_root() or root == Path():  # The second is that of a user without a home.
        root = SYSTEM_DATA
    return root if network is Network.MAINNET else root / network.value


def _require_usable(path: Path, account: Account) -> None:
    """Raise Wrong if the directory can't be made or used by the gateway's user."""
    if path.exists():
        if not path.is_dir():
            raise Wrong(f"{path} is not a directory.")
        owner = path.stat().st_uid
        if account.is_other and owner != account.uid:
            raise Wrong(
                f"{path} does not belong to the user {account.name}. If it should:"
                f" chown -R {account.name}: {path}"
            )
        if not account.is_other and not os.access(path, os.W_OK | os.X_OK, effective_ids=True):
            raise Wrong(f"This user may not write into {path}.")
        return
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
        raise Wrong(f"{path} can't be made, because this user may not write into {folder}.")
