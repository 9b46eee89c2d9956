"""Builds a release: wheel, source archive, SBOM and checksums, the same bytes every time.

python tools/release.py                 build the commit that is checked out, into dist/
python tools/release.py --check         build it twice, from two clones, and compare
python tools/release.py --allow-dirty   for trying things out: leave the checks of the tree out

Everything comes from the commit: its files (``git archive``) and its time (SOURCE_DATE_EPOCH). The
wheel is built from the source archive, so that the archive is known to be complete.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import zipfile
from pathlib import Path
from typing import Final

if __package__ in {None, ""}:  # Run as a script.
    sys.path.insert(0, str(Path(__file__).parents[1]))

from tools.changelog import UNRELEASED, ChangelogError, parts, releases
from tools.sbom import SbomError, release_sbom

ROOT: Final = Path(__file__).parents[1]
SUMS: Final = "SHA256SUMS"
_FILE, _PROGRAM = 0o644, 0o755
_ANY_EXECUTE: Final = 0o111
_PERMISSIONS: Final = 16


class ReleaseError(Exception):
    """The release can't be built. The message says what to do."""


def require_releasable(root: Path) -> None:
    """Check that the tree is committed and that the changelog has the version. Raises
    ReleaseError."""
    changed = _git(root, "status", "--porcelain").splitlines()
    if changed:
        raise ReleaseError("The tree has changes that are not committed:\n" + "\n".join(changed))
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    try:
        released = releases(text)
    except ChangelogError as error:
        raise ReleaseError(f"CHANGELOG.md: {error}") from error
    version = version_of(root)
    if not released or released[0].version != version:
        raise ReleaseError(f"The newest release in CHANGELOG.md is not {version}.")
    if next(parts(text)).sections:
        raise ReleaseError(f"CHANGELOG.md has entries under {UNRELEASED}: move them to {version}.")


def build(root: Path, out: Path) -> list[Path]:
    """Build the checked out commit of a clone into an empty folder. Returns the files. Raises
    ReleaseError."""
    epoch = int(_git(root, "log", "-1", "--format=%ct"))
    version = version_of(root)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kasgate-release-") as name:
        work = Path(name)
        tree = _exported(root, work / "tree")
        sdist = out / f"kasgate-{version}.tar.gz"
        _repack(_built(tree, "sdist", work / "sdist", epoch), sdist, epoch)
        unpack(sdist, work / "unpacked")
        unpacked = work / "unpacked" / f"kasgate-{version}"
        made = _built(unpacked, "wheel", work / "wheel", epoch)
        wheel = out / made.name
        _rezip(made, wheel, epoch)
        sbom = out / f"kasgate-{version}.cdx.json"
        try:
            sbom.write_text(release_sbom(tree), encoding="utf-8")
        except SbomError as error:
            raise ReleaseError(str(error)) from error
    files = [wheel, sdist, sbom]
    sums = out / SUMS
    lines = [f"{_sha256(file)}  {file.name}\n" for file in sorted(files)]
    sums.write_text("".join(lines), encoding="ascii")
    return [*files, sums]


def check(root: Path) -> list[str]:
    """Build twice, from two clones in folders with different names, some seconds apart and with
    another umask and time zone. Returns a line for each file that differs. Raises ReleaseError."""
    with tempfile.TemporaryDirectory(prefix="kasgate-check-") as name:
        folders = [Path(name) / "one", Path(name) / "another" / "place"]
        for folder, umask, zone in zip(folders, (0o022, 0o077), ("UTC", "Asia/Tokyo"), strict=True):
            clone = folder / "kasgate"
            folder.mkdir(parents=True)
            before = os.umask(umask)
            try:
                _run(["git", "clone", "--quiet", "--no-hardlinks", str(root), str(clone)], root)
                os.environ["TZ"] = zone
                build(clone, folder / "dist")
            finally:
                os.umask(before)
            time.sleep(2)  # The precision of the times in a wheel.
        return differences(folders[0] / "dist", folders[1] / "dist")


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a tar archive of our own into a folder."""
    with tarfile.open(archive) as packed:
        # Python 3.11.3 and older have no filters.
        keep = getattr(tarfile, "data_filter", lambda member, _path: member)
        packed.extraction_filter = keep
        packed.extractall(folder)  # noqa: S202 - our own


def version_of(root: Path) -> str:
    """The project's version."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version: str = project["version"]
    return version


def differences(one: Path, other: Path) -> list[str]:
    """A line for each file that two folders do not have alike."""
    names = sorted({file.name for folder in (one, other) for file in folder.iterdir()})
    return [
        f"{name} differs"
        for name in names
        if not (one / name).exists()
        or not (other / name).exists()
        or (one / name).read_bytes() != (other / name).read_bytes()
    ]


def _exported(root: Path, tree: Path) -> Path:
    """The files of the commit. Raises ReleaseError."""
    packed = tree.with_suffix(".tar")
    _git(root, "archive", "--format=tar", "--output", str(packed), "HEAD")
    unpack(packed, tree)
    return tree


def _built(tree: Path, what: str, out: Path, epoch: int) -> Path:
    """Run the build. Returns the only file that it made."""
    command = [sys.executable, "-m", "build", "--no-isolation", f"--{what}", "--outdir", str(out)]
    _run(command, tree, SOURCE_DATE_EPOCH=str(epoch), PYTHONPATH="")
    (made,) = out.iterdir()
    return made


def _repack(source: Path, target: Path, epoch: int) -> None:
    """Write a source archive again: sorted, without owners, with the time of the commit."""
    packed = io.BytesIO()
    with (
        tarfile.open(source) as old,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda member: member.name):
            entry = tarfile.TarInfo(member.name)
            entry.type, entry.size, entry.mtime = member.type, member.size, epoch
            entry.mode = _PROGRAM if member.isdir() else _mode_of(member.mode)
            new.addfile(entry, old.extractfile(member) if member.isfile() else None)
    # The head of the file then has no name and no time.
    target.write_bytes(gzip.compress(packed.getvalue(), mtime=0))


def _rezip(source: Path, target: Path, epoch: int) -> None:
    """Write a wheel again, with the same order and content, and fixed modes and times."""
    moment = time.gmtime(epoch)[:6]
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.infolist():
            entry = zipfile.ZipInfo(member.filename, moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (0o100000 | _mode_of(member.external_attr >> 16)) << _PERMISSIONS
            new.writestr(entry, old.read(member))


def _mode_of(mode: int) -> int:
    return _PROGRAM if mode & _ANY_EXECUTE else _FILE


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _git(root: Path, *arguments: str) -> str:
    return _run(["git", *arguments], root).strip()


def _run(command: list[str], folder: Path, **environment: str) -> str:
    """Run a program with the usual permissions for new files. Raises ReleaseError with what it
    wrote."""
    done = subprocess.run(  # noqa: S603 - our own commands
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        umask=0o022,
        check=False,
    )
    if done.returncode:
        raise ReleaseError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--allow-dirty", action="store_true")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    chosen = parser.parse_args(arguments)
    try:
        if not chosen.allow_dirty:
            require_releasable(ROOT)
        if chosen.check:
            differing = check(ROOT)
            print("\n".join(differing) or "two builds from two clones are equal to the byte")
            return 1 if differing else 0
        shutil.rmtree(chosen.out, ignore_errors=True)
        for file in build(ROOT, chosen.out):
            print(f"{file.stat().st_size:>9,} {file}")
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
