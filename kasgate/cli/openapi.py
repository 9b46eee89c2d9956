"""``kasgate openapi``: prints this version's API description; no gateway has to run."""

from __future__ import annotations

import argparse

import msgspec

from actors.build import build_gateway
from kasgate.access.secrets import Vault
from kasgate.cli.outcome import DONE
from kasgate.settings.loading import load_settings
from kasgate.store.memory import MemoryStore
from web.app import create_app
from web.openapi import document


def run(_arguments: argparse.Namespace) -> int:
    """Print the OpenAPI document of a gateway with default settings."""
    vault = Vault.generate()
    gateway = build_gateway(load_settings({}), MemoryStore(vault), vault)
    app = create_app(gateway)
    found = msgspec.json.encode(document(app, app.base_url), order="deterministic")
    print(msgspec.json.format(found).decode())
    return DONE
