"""Password logins of merchants. In these functions the authenticator's secret of a login is
sealed."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from kasgate.access.passwords import PasswordLogin
from kasgate.audit import AuditEntry
from kasgate.store.queries import audit as audit_log
from kasgate.store.queries.access import dashboard
from kasgate.store.queries.columns import Columns, from_excluded, insert_into, values

_COLUMNS: Final[Columns[PasswordLogin]] = {
    "merchant_id": lambda login: login.merchant_id,
    "login": lambda login: login.login,
    "password_hash": lambda login: login.password_hash,
    "totp_secret": lambda login: login.totp_secret,
    "last_step": lambda login: login.last_step,
    "created_at": lambda login: login.created_at,
    "changed_at": lambda login: login.changed_at,
}
_PUT: Final = f"""
    {insert_into("password_logins", _COLUMNS)}
    ON CONFLICT (merchant_id) DO UPDATE SET {from_excluded(_COLUMNS, but=("merchant_id",))}
    """
_SELECT: Final = """
    SELECT password_logins.*, (
        SELECT count(*) FROM recovery_codes
        WHERE recovery_codes.merchant_id = password_logins.merchant_id
    ) AS recovery_codes_left
    FROM password_logins
    """


def of_merchant(connection: sqlite3.Connection, merchant_id: str) -> PasswordLogin | None:
    """A merchant's login, still sealed."""
    row = connection.execute(f"{_SELECT} WHERE merchant_id = ?", (merchant_id,)).fetchone()
    return None if row is None else _login_of(row)


def by_login(connection: sqlite3.Connection, login: str) -> PasswordLogin | None:
    """The login with this name, still sealed."""
    row = connection.execute(f"{_SELECT} WHERE login = ?", (login,)).fetchone()
    return None if row is None else _login_of(row)


def has_code(connection: sqlite3.Connection, merchant_id: str, code_hash: str) -> bool:
    """Whether a merchant has this recovery code unused."""
    row = connection.execute(
        "SELECT 1 FROM recovery_codes WHERE merchant_id = ? AND code_hash = ?",
        (merchant_id, code_hash),
    ).fetchone()
    return row is not None


def set_up(
    connection: sqlite3.Connection,
    login: PasswordLogin,
    code_hashes: Sequence[str],
    keep: str | None,
    audit: Sequence[AuditEntry],
) -> list[str]:
    """Store a login in place of the merchant's earlier one. Returns the ids of the sessions that
    ended with that one; a merchant's first login ends none. Raises Conflict("login") through the
    UNIQUE constraint."""
    replaced = of_merchant(connection, login.merchant_id)
    connection.execute(_PUT, values(_COLUMNS, login))
    _put_codes(connection, login.merchant_id, code_hashes)
    audit_log.add(connection, audit)
    return [] if replaced is None else dashboard.end_others(connection, login.merchant_id, keep)


def change(
    connection: sqlite3.Connection,
    merchant_id: str,
    *,
    login: str | None,
    password_hash: str | None,
    keep: str | None,
    audit: Sequence[AuditEntry],
    at: int,
) -> list[str] | None:
    """Change the given fields. A new password ends the merchant's dashboard sessions except
    ``keep``. Returns their ids, or None if there is no login. Raises Conflict("login")."""
    changed = connection.execute(
        """
        UPDATE password_logins SET
            login = coalesce(?1, login),
            password_hash = coalesce(?2, password_hash),
            changed_at = iif(?2 IS NULL, changed_at, ?3)
        WHERE merchant_id = ?4
        """,
        (login, password_hash, at, merchant_id),
    )
    if not changed.rowcount:
        return None
    audit_log.add(connection, audit)
    return [] if password_hash is None else dashboard.end_others(connection, merchant_id, keep)


def renew_codes(
    connection: sqlite3.Connection,
    merchant_id: str,
    code_hashes: Sequence[str],
    audit: Sequence[AuditEntry],
) -> bool:
    """Replace all recovery codes by these. Returns whether the merchant has a login."""
    if of_merchant(connection, merchant_id) is None:
        return False
    _put_codes(connection, merchant_id, code_hashes)
    audit_log.add(connection, audit)
    return True


def remove(
    connection: sqlite3.Connection,
    merchant_id: str,
    keep: str | None,
    audit: Sequence[AuditEntry],
) -> list[str] | None:
    """Remove a login with its codes, and end the dashboard sessions that were opened with it,
    except ``keep``. Returns their ids, or None if there is no login."""
    gone = connection.execute("DELETE FROM password_logins WHERE merchant_id = ?", (merchant_id,))
    if not gone.rowcount:
        return None
    audit_log.add(connection, audit)
    return dashboard.end_others(connection, merchant_id, keep, by_password=True)


def _put_codes(
    connection: sqlite3.Connection, merchant_id: str, code_hashes: Sequence[str]
) -> None:
    connection.execute("DELETE FROM recovery_codes WHERE merchant_id = ?", (merchant_id,))
    connection.executemany(
        "INSERT INTO recovery_codes (merchant_id, code_hash) VALUES (?, ?)",
        [(merchant_id, code_hash) for code_hash in code_hashes],
    )


def _login_of(row: sqlite3.Row) -> PasswordLogin:
    return PasswordLogin(
        merchant_id=row["merchant_id"],
        login=row["login"],
        password_hash=row["password_hash"],
        totp_secret=row["totp_secret"],
        last_step=row["last_step"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        recovery_codes_left=row["recovery_codes_left"],
    )
