"""What is read of accounts by those who ask for whom somebody acts."""

from __future__ import annotations

from c360_kernel.catalog.model import AccountModel
from c360_kernel.log.topics import ACCOUNT_IDENTITIES, ACCOUNTS, LINKS


def topics_of(accounts: AccountModel) -> tuple[str, ...]:
    """Without kinds of links nobody acts for an account, and nothing is asked of what these are."""
    if not accounts.kinds:
        return ()
    return LINKS, ACCOUNT_IDENTITIES, *((ACCOUNTS,) if accounts.traits else ())
