"""An audit of the locks that checked nothing is not a good one."""

from __future__ import annotations

import json

import pytest

from tools.audit import (
    GOOD,
    LOCK,
    NO_ADVISORIES,
    UNCHECKED,
    VULNERABLE,
    Audit,
    code_of,
    of_npm,
    of_python,
)

FINE = {"name": "h11", "version": "0.16.0", "vulns": []}
SKIPPED = {"name": "trio", "skip_reason": "Dependency not found on PyPI and could not be audited"}
HOLED = {
    "name": "idna",
    "version": "3.6",
    "vulns": [{"id": "PYSEC-2024-60", "fix_versions": ["3.7"], "aliases": []}],
}


def python_audit(*packages: object) -> Audit:
    return of_python(json.dumps({"dependencies": packages, "fixes": []}))


def npm_audit(vulnerabilities: object) -> Audit:
    report = {
        "auditReportVersion": 2,
        "vulnerabilities": vulnerabilities,
        "metadata": {"dependencies": {"prod": 6, "dev": 80, "total": 86}},
    }
    return of_npm("widget/package-lock.json", json.dumps(report))


@pytest.mark.parametrize(
    ("audit", "code", "said"),
    [
        (python_audit(FINE), GOOD, "1 packages are good"),
        (python_audit(FINE, SKIPPED), UNCHECKED, "not checked: trio"),
        (python_audit(SKIPPED), UNCHECKED, NO_ADVISORIES),
        (python_audit(FINE, HOLED, SKIPPED), VULNERABLE, "idna 3.6: PYSEC-2024-60, fixed in 3.7"),
        (of_python("", "Connection refused"), UNCHECKED, "nothing was checked: Connection refused"),
        (of_python("[]"), UNCHECKED, "nothing was checked"),
        (npm_audit({}), GOOD, "86 packages are good"),
        (npm_audit({"vite": {"severity": "high", "range": "<8"}}), VULNERABLE, "vite <8: high"),
        (of_npm("w", '{"message": "405", "statusCode": 405}'), UNCHECKED, NO_ADVISORIES),
        (of_npm("w", '{"message": "no route", "error": {}}'), UNCHECKED, "no route"),
        (of_npm("w", "", "npm error offline"), UNCHECKED, "npm error offline"),
    ],
)
def test_the_result_of_one_lock(audit: Audit, code: int, said: str) -> None:
    assert audit.code == code
    assert said in "\n".join(audit.lines())


def test_all_locks_are_good_only_together() -> None:
    good, unchecked = Audit(LOCK, 3), Audit("widget", 0)
    vulnerable = Audit("dashboard", 3, vulnerable=("  one",))
    assert code_of([good, good]) == GOOD
    assert code_of([good, unchecked]) == UNCHECKED
    assert code_of([good, unchecked, vulnerable]) == VULNERABLE
