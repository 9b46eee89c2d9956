"""Second factors: each works once."""

from __future__ import annotations

import sqlite3

from kasgate.access.passwords import RecoveryCode, Spending, TotpStep
from kasgate.store.protocol import SpentAlready


def spend(connection: sqlite3.Connection, spending: Spending) -> None:
    """Use a second factor up. Raises SpentAlready if it was, if there is none such, or if the
    password is another one by now."""
    login = connection.execute(
        "SELECT password_hash FROM password_logins WHERE merchant_id = ?", (spending.merchant_id,)
    ).fetchone()
    if login is None or login["password_hash"] != spending.password_hash:
        raise SpentAlready
    match spending.factor:
        case TotpStep(number):
            spent = connection.execute(
                "UPDATE password_logins SET last_step = ? WHERE merchant_id = ? AND last_step < ?",
                (number, spending.merchant_id, number),
            )
        case RecoveryCode(code_hash):
            spent = connection.execute(
                "DELETE FROM recovery_codes WHERE merchant_id = ? AND code_hash = ?",
                (spending.merchant_id, code_hash),
            )
    if not spent.rowcount:
        raise SpentAlready
