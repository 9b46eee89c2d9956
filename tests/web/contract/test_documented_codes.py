"""Every code of an error is explained to people."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
KIND = re.compile(r'Kind\(\s*"([a-z_]+)"')


def test_the_page_about_troubleshooting_names_every_code() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    codes = {
        code for file in (ROOT / "web").rglob("*.py") for code in KIND.findall(file.read_text())
    }
    assert len(codes) > 30
    assert [code for code in sorted(codes) if f"`{code}`" not in page] == []
