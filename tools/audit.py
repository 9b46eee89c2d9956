"""Compares the locks with the known vulnerabilities: pip-audit for Python, ``npm audit`` for Node.

Exit codes: 0, all packages were checked and none is vulnerable; 1, something is vulnerable; 3, no
vulnerability is known, but not everything was checked, because a registry has no advisories (many
mirrors have none) or can't be reached. So an audit that
checked nothing never passes for a good one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

if __package__ in {None, ""}:  # Run as a script.
    sys.path.insert(0, str(Path(__file__).parents[1]))

from tools.sbom import FRONT_ENDS, ToolMissing, npm

ROOT: Final = Path(__file__).parents[1]
GOOD: Final = 0
VULNERABLE: Final = 1
UNCHECKED: Final = 3
LOCK: Final = "requirements/runtime.txt"
TIMEOUT_S: Final = 300
NO_ADVISORIES: Final = "the registry has no advisories; nothing was checked"


class Audit(NamedTuple):
    """What is known about one lock."""

    lock: str
    checked: int
    """The number of packages that were compared with advisories."""
    unchecked: tuple[str, ...] = ()
    """Packages without an answer."""
    vulnerable: tuple[str, ...] = ()
    """A line for each vulnerability."""
    problem: str = ""
    """Why nothing was checked."""

    @property
    def code(self) -> int:
        """The exit code for this lock alone."""
        if self.vulnerable:
            return VULNERABLE
        return GOOD if self.checked and not self.unchecked else UNCHECKED

    def lines(self) -> list[str]:
        """The result for a person."""
        if self.vulnerable:
            return [f"{self.lock}: {len(self.vulnerable)} known vulnerabilities", *self.vulnerable]
        if not self.checked:
            return [f"{self.lock}: {self.problem or NO_ADVISORIES}"]
        if self.unchecked:
            names = ", ".join(self.unchecked)
            return [f"{self.lock}: {self.checked} packages are good; not checked: {names}"]
        return [f"{self.lock}: {self.checked} packages are good"]


def of_python(output: str, errors: str = "") -> Audit:
    """The result of ``pip-audit --format json``."""
    try:
        packages: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Audit(LOCK, 0, problem=_failed("pip-audit", errors))
    unchecked = tuple(one["name"] for one in packages if "skip_reason" in one)
    vulnerable = tuple(
        f"  {one['name']} {one['version']}: {found['id']}, fixed in"
        f" {', '.join(found['fix_versions']) or 'no version yet'}"
        for one in packages
        for found in one.get("vulns", ())
    )
    return Audit(LOCK, len(packages) - len(unchecked), unchecked, vulnerable)


def of_npm(lock: str, output: str, errors: str = "") -> Audit:
    """The result of ``npm audit --json``."""
    try:
        report: dict[str, Any] = json.loads(output)
    except ValueError:
        return Audit(lock, 0, problem=_failed("npm audit", errors))
    if "vulnerabilities" not in report:
        refused = {400, 404, 405, 501}
        answered = report.get("statusCode") in refused
        reason = NO_ADVISORIES if answered else _failed("npm audit", str(report.get("message", "")))
        return Audit(lock, 0, problem=reason)
    vulnerable = tuple(
        f"  {name} {one['range']}: {one['severity']}"
        for name, one in sorted(report["vulnerabilities"].items())
    )
    return Audit(lock, report["metadata"]["dependencies"]["total"], (), vulnerable)


def _failed(program: str, errors: str) -> str:
    last = (errors.strip().splitlines() or ["it gave no reason"])[-1]
    return f"{program} failed, nothing was checked: {last}"


def audits() -> list[Audit]:
    """Audit all locks of this tree. Raises ToolMissing if npm is missing."""
    pip_audit = Path(sys.executable).parent / "pip-audit"
    if not pip_audit.exists():
        raise ToolMissing("pip-audit is missing: run `make setup`, which installs it.")
    found = [
        of_python(
            *_output_of(
                [str(pip_audit), "--requirement", LOCK, "--disable-pip", "--require-hashes",
                 "--format", "json", "--progress-spinner", "off"],
                ROOT,
            )
        )
    ]  # fmt: skip
    for part in FRONT_ENDS:
        command = [*npm(), "audit", "--json", "--package-lock-only"]
        found.append(of_npm(f"{part}/package-lock.json", *_output_of(command, ROOT / part)))
    return found


def _output_of(command: Sequence[str], folder: Path) -> tuple[str, str]:
    try:
        done = subprocess.run(  # noqa: S603 - our own commands
            command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return "", f"no answer within {TIMEOUT_S} s"
    return done.stdout, done.stderr


def code_of(found: Sequence[Audit]) -> int:
    """The exit code for all locks together."""
    codes = {audit.code for audit in found}
    return VULNERABLE if VULNERABLE in codes else max(codes)


def main() -> int:
    try:
        found = audits()
    except ToolMissing as error:
        print(error, file=sys.stderr)
        return UNCHECKED
    for audit in found:
        print("\n".join(audit.lines()))
    return code_of(found)


if __name__ == "__main__":
    sys.exit(main())
