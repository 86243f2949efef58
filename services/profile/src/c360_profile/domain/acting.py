"""For whom customers act: what is known of links to accounts, and of the records of accounts.

Whose the record of a person is, and of which account that of an account, is asked of both when the
links are; so a merge or an un-merge on either side moves no link.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from c360_kernel.accounts.links import AccountState, Link, LinkSaid
from c360_kernel.accounts.said import AccountSaid
from c360_kernel.accounts.seen import AccountView, view_of
from c360_kernel.catalog.model import Catalog
from c360_kernel.conditions.facts import Acting
from c360_kernel.conditions.tree import Values
from c360_kernel.record import RecordKey
from c360_kernel.revisions import may_hold
from c360_kernel.version import Version

_NOTHING: Values = {}
_UNTOLD = Version(-1, 0)
"""Before every version."""

Links = Mapping[RecordKey, tuple[LinkSaid, ...]]
"""By its name what may hold of each link."""


class AccountRecord(NamedTuple):
    """A record of an account: which account it is of ("" none), and `before` was of; under which
    version that was told, and what its account `comes_to`. `said` is what may hold of its traits.

    Whoever was stopped half-way has moved the record, and not told both accounts of it.
    """

    account: str = ""
    before: str = ""
    version: Version = _UNTOLD
    comes_to: Values = _NOTHING
    said: tuple[AccountSaid, ...] = ()

    @property
    def accounts(self) -> frozenset[str]:
        """The accounts of which it may decide what they are."""
        return frozenset({self.account, self.before} - {""})

    def told(self, state: AccountState) -> AccountRecord:
        """It after it was told of which account it is; an older version tells nothing."""
        if state.version <= self.version:
            return self
        before = self.before if state.account == self.account else self.account
        said = state.version, state.comes_to
        return AccountRecord(state.account, before, *said, self.said)

    def saying(self, said: Iterable[AccountSaid]) -> AccountRecord:
        """It after all that was said of it, in whatever order."""
        held = sorted(may_hold(self.said, said), key=lambda one: one.stamp)
        return self._replace(said=tuple(held))


UNKNOWN = AccountRecord()
"""A record of which nothing was told yet."""
AccountRecords = Mapping[RecordKey, AccountRecord]


def view_for(catalog: Catalog) -> AccountView | None:
    """What filters see of accounts; None where a catalog lets nobody ask for it."""
    tested = catalog.accounts.tested if catalog.accounts.kinds else {}
    return view_of(tested, catalog) if tested else None


def values_of(view: AccountView | None, records: AccountRecords) -> Values:
    """What filters see of the account of these records."""
    if view is None or not records:
        return _NOTHING
    told = (one.comes_to for one in records.values() if one.comes_to)
    return view.of({key: one.said for key, one in records.items()}, next(told, _NOTHING))


def is_meant(acting: Acting, link: Link) -> bool:
    """Whether a link is one of those, whatever account it leads to."""
    is_kind = acting.kind in ("", link.kind) and acting.role in ("", link.role)
    return is_kind and link.holds_at(acting.at)


def is_of(acting: Acting, account: str, named: str, values: Values) -> bool:
    """Whether an account of these values is one of those; `named` is the one of the record that is
    asked for, "" of none."""
    return (
        bool(account)
        and acting.account in ("", account)
        and (not acting.record or account == named)
        and (acting.where is None or acting.where.holds(values))
    )
