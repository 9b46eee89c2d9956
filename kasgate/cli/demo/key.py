"""The demo's extended public key."""

from __future__ import annotations

from typing import Final

DEMO_KEY: Final = (
    "ktub23DkKYbjwxuPoPwqmSYUYnugDU81Zuxj9HJUpyjy8h5gWUS5r9R3BdA8waFJwvrQYuvq9PjaHtspmv5q9FhKHaBp2p"
    "xWKVstK42GY4kByCU"
)
"""From the publicly known recovery phrase "abandon … about". Anybody can take coins that are sent
to its addresses on a real network."""
