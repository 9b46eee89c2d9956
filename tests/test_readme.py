"""The README leads to files that exist. The links of docs/ are checked by `make check-docs`."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def test_every_relative_link_leads_to_a_file() -> None:
    links = [(page, link) for page in PAGES for link in LINK.findall((ROOT / page).read_text())]
    relative = [(page, link) for page, link in links if "://" not in link]
    assert len(relative) > 20
    assert [found for found in relative if not (ROOT / found[1]).exists()] == []
