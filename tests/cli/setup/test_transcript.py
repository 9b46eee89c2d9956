"""The transcript in docs/setup.md is what `kasgate setup` really shows."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli.setup.conftest import KEY, Simnet
from tests.cli.setup.terminal import AS_A_USER, ROOT, Terminal, environment, terminal
from tests.e2e.rig.gateway import free_port

PAGE = ROOT / "docs" / "setup.md"
HOME = "/home/ann"
ANSWERS = (
    ("Network (", "simnet"),
    ("Node [", ""),
    ("Control port [", ""),
    ("Data directory [", ""),
    ("Address to listen on [", ""),
    ("Port [", ""),
    ("Public URL [", ""),
    ("Prices in currencies (on, off) [", ""),
    ("Make the first merchant now? [", ""),
    ("Name", "Tea shop"),
    ("Extended public key (not shown)", KEY["kpub"]),
    ("Does the wallet show these addresses? (yes, no, or paste one)", "yes"),
    ("Webhook URL [", ""),
    ("Do this now? [", ""),
)
SECRETS = ((r"\bmer_\w+", "mer_…"), (r"kg_live_[\w-]+", "kg_live_…"), (r"whsec_\S+", "whsec_…"))


def played(home: Path, simnet: Simnet, port: int) -> str:
    """What a new user sees who gives these answers, with the usual ports."""
    options = ("--port", str(port), "--node", simnet.grpc)
    with terminal("setup", *options, environ=environment(home), script=AS_A_USER) as shown:
        for prompt, text in ANSWERS:
            if prompt not in ("Node [", "Port ["):
                shown.answer(prompt, text)
        assert shown.exit_code() == 0
    return masked(shown, home, simnet, port)


def masked(shown: Terminal, home: Path, simnet: Simnet, port: int) -> str:
    text = shown.shown.replace(str(home), HOME).replace(simnet.grpc, "grpc://127.0.0.1:16510")
    text = re.sub(rf"\b{port}\b", "3001", text)
    text = re.sub(r"DAA\s+score\s+[\d,]+", "DAA score 100,000", text)
    for pattern, mask in SECRETS:
        text = re.sub(pattern, mask, text)
    return text


def test_the_page_shows_what_the_command_shows(simnet: Simnet, tmp_path: Path):
    (transcript,) = re.findall(r"```text\n(.*?)```", PAGE.read_text(), re.DOTALL)
    shown = sections(played(tmp_path, simnet, free_port()))
    printed = sections(transcript)
    assert shown.keys() == printed.keys()
    for title in shown.keys() - {"Node", "Address and proxy"}:
        assert shown[title] == printed[title]
    # Here the node and the port are options, because the usual ports may be in use.
    assert "synced, with UTXO index." in " ".join(printed["Node"])
    assert "Port [3001]:" in " ".join(printed["Address and proxy"])


def sections(text: str) -> dict[str, list[str]]:
    """The words of each section: lines break elsewhere if a path is longer."""
    parts = re.split(r"^\d of 6  (.*)$", text, flags=re.MULTILINE)
    named = zip(["start", *parts[1::2]], parts[0::2], strict=True)
    return {title: part.split() for title, part in named}
