"""Builds the documentation site from ``docs`` into ``web/static/docs``; ``--check`` compares alone.

Sphinx makes the pages. Afterwards their inline styles and scripts go to files, so that the gateway
can serve them with a policy that allows none, and what no page uses is left out. A page that loads
something from another host ends the build.

Exit codes: 0 done, or equal; 1 a broken link or anchor, another host, or a difference.
"""

from __future__ import annotations

import filecmp
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
SITE: Final = ROOT / "web" / "static" / "docs"
CONFIGURATION: Final = ROOT / "tools" / "docs"
LEFT_OUT: Final = (
    *(".doctrees", ".buildinfo", "objects.inv", "_sources"),
    *("_static/debug.css", "_static/skeleton.css"),
    *("_static/file.png", "_static/minus.png", "_static/plus.png"),
    *("_static/scripts/furo-extensions.js", "_static/styles/furo-extensions.css"),
    *("_static/scripts/furo.js.map", "_static/styles/furo.css.map"),
    *("_static/styles/furo-extensions.css.map",),
)
_INLINE: Final = {
    re.compile(r"<style>\n(.*?)</style>", re.DOTALL): (
        "_static/page.css",
        '<link rel="stylesheet" href="_static/page.css">',
    ),
    re.compile(r"<script>\n(.*?)</script>", re.DOTALL): (
        "_static/theme.js",
        '<script src="_static/theme.js"></script>',
    ),
}
_ATTRIBUTES: Final = (
    (' style="display: none;"', ' class="symbols"'),
    (' style="opacity: 50%"', ' opacity="0.5"'),
)
_UNUSED: Final = re.compile(r'\s*<link rel="stylesheet"[^>]*furo-extensions\.css[^>]*>')
_LOADED: Final = re.compile(
    r'<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)="((?:https?:)?//[^"]*)'
)
_FORBIDDEN: Final = re.compile(r"<style|<script>|\sstyle=|\son[a-z]+=")


class BuildError(Exception):
    """A site that may not be served. The message is for the person who builds it."""


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="kasgate-docs-") as folder:
        try:
            made = build(Path(folder) / "docs")
        except BuildError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        if "--check" in arguments:
            return _compare(made)
        shutil.rmtree(SITE, ignore_errors=True)
        shutil.copytree(made, SITE)
    return 0


def build(out: Path) -> Path:
    """Build the site into a new folder. Raises BuildError."""
    done = subprocess.run(  # noqa: S603 - our own arguments
        [
            *(sys.executable, "-m", "sphinx", "--builder", "html", "--quiet"),
            *("--fail-on-warning", "--keep-going", "--conf-dir", str(CONFIGURATION)),
            *(str(ROOT / "docs"), str(out)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BuildError(done.stderr.rstrip() or "Sphinx failed")
    for name in LEFT_OUT:
        path = out / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for page in sorted(out.rglob("*.html")):
        page.write_text(_without_inline(page.read_text(encoding="utf-8"), out), encoding="utf-8")
    problems = list(_problems(out))
    if problems:
        raise BuildError("\n".join(problems))
    return out


def _without_inline(page: str, out: Path) -> str:
    """A page whose styles and scripts are files. They are the same on all pages."""
    for pattern, (name, link) in _INLINE.items():
        found = pattern.search(page)
        if found is None:
            continue
        file = out / name
        if file.exists() and file.read_text(encoding="utf-8") != found[1]:
            raise BuildError(f"{name}: the pages have different inline texts")
        file.write_text(found[1], encoding="utf-8")
        page = pattern.sub(link, page, count=1)
    for before, after in _ATTRIBUTES:
        page = page.replace(before, after)
    return _UNUSED.sub("", page)


def _problems(out: Path) -> Iterator[str]:
    for page in sorted(out.rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        for url in _LOADED.findall(text):
            yield f"{page.name} loads {url}"
        for found in _FORBIDDEN.findall(text):
            yield f"{page.name} has {found.strip()!r} inside, which its policy forbids"


def _compare(made: Path) -> int:
    names = sorted(
        {file.relative_to(one) for one in (made, SITE) for file in one.rglob("*") if file.is_file()}
    )
    different = [
        name
        for name in names
        if not (made / name).exists()
        or not (SITE / name).exists()
        or not filecmp.cmp(made / name, SITE / name, shallow=False)
    ]
    if different:
        listed = ", ".join(str(name) for name in different[:5])
        sys.stderr.write(
            f"the committed documentation differs from its build: run `make docs` ({listed})\n"
        )
        return 1
    sys.stdout.write("the committed documentation matches its build\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
