"""Second factors: each works once."""

from __future__ import annotations

import sqlite3

from kasgate.access.passwords import RecoveryCode, SecondFactorUse, TotpStep
from kasgate.store.protocol import SpentAlready


def spend(connection: sqlite3.Connection, second_factor: SecondFactorUse) -> None:
    """Use up a second factor. Raises SpentAlready if it was used before or does not exist, or if
    the password has changed since."""
    login = connection.execute(
        "SELECT password_hash FROM password_logins WHERE merchant_id = ?",
        (second_factor.merchant_id,),
    ).fetchone()
    if login is None or login["password_hash"] != second_factor.password_hash:
        raise SpentAlready
    match second_factor.factor:
        case TotpStep(number):
            spent = connection.execute(
                "UPDATE password_logins SET last_step = ? WHERE merchant_id = ? AND last_step < ?",
                (number, second_factor.merchant_id, number),
            )
        case RecoveryCode(code_hash):
            spent = connection.execute(
                "DELETE FROM recovery_codes WHERE merchant_id = ? AND code_hash = ?",
                (second_factor.merchant_id, code_hash),
            )
    if not spent.rowcount:
        raise SpentAlready
