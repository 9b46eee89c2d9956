"""The part of the Store protocol about signing in with a password, over the queries. What an
authenticator shares with us is sealed and unsealed here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from attrs import evolve

from kasgate.audit import AuditEntry
from kasgate.keys import Vault
from kasgate.passwords import PasswordLogin
from kasgate.store.engine import Query
from kasgate.store.outbox import NO_NEWS, News
from kasgate.store.queries import passwords

T = TypeVar("T")


class SqlPasswords(ABC):
    """Logins; SqlStore says more of what subclasses provide. Reading one raises VaultError if it
    can't be unsealed."""

    _vault: Vault

    @abstractmethod
    async def _write(self, query: Query[T], news: News = NO_NEWS) -> T: ...

    @abstractmethod
    async def _read(self, query: Query[T]) -> T: ...

    async def password_login(self, merchant_id: str) -> PasswordLogin | None:
        return self._unsealed(
            await self._read(partial(passwords.of_merchant, merchant_id=merchant_id))
        )

    async def password_login_by_name(self, login: str) -> PasswordLogin | None:
        return self._unsealed(await self._read(partial(passwords.by_login, login=login)))

    async def has_recovery_code(self, merchant_id: str, code_hash: str) -> bool:
        return await self._read(
            partial(passwords.has_code, merchant_id=merchant_id, code_hash=code_hash)
        )

    async def set_up_password(
        self,
        login: PasswordLogin,
        code_hashes: Sequence[str],
        keep: str | None,
        audit: Sequence[AuditEntry],
    ) -> list[str]:
        sealed = self._vault.seal(login.totp_secret, _totp_secret_of(login.merchant_id))
        return await self._write(
            partial(
                passwords.set_up,
                login=evolve(login, totp_secret=sealed),
                code_hashes=code_hashes,
                keep=keep,
                entries=audit,
            )
        )

    async def change_password(
        self,
        merchant_id: str,
        *,
        login: str | None,
        password_hash: str | None,
        keep: str | None,
        audit: Sequence[AuditEntry],
        at: int,
    ) -> list[str] | None:
        return await self._write(
            partial(
                passwords.change,
                merchant_id=merchant_id,
                login=login,
                password_hash=password_hash,
                keep=keep,
                entries=audit,
                at=at,
            )
        )

    async def renew_recovery_codes(
        self, merchant_id: str, code_hashes: Sequence[str], audit: Sequence[AuditEntry]
    ) -> bool:
        return await self._write(
            partial(
                passwords.renew_codes,
                merchant_id=merchant_id,
                code_hashes=code_hashes,
                entries=audit,
            )
        )

    async def remove_password(
        self, merchant_id: str, keep: str | None, audit: Sequence[AuditEntry]
    ) -> list[str] | None:
        return await self._write(
            partial(passwords.remove, merchant_id=merchant_id, keep=keep, entries=audit)
        )

    def _unsealed(self, login: PasswordLogin | None) -> PasswordLogin | None:
        if login is None:
            return None
        secret = self._vault.unseal(login.totp_secret, _totp_secret_of(login.merchant_id))
        return evolve(login, totp_secret=secret)


def _totp_secret_of(merchant_id: str) -> str:
    return f"totp secret of {merchant_id}"
