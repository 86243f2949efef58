"""What persons have to do with accounts: links between records, as sources say them.

Of all that was said of a link the kernel's rule of revisions tells what holds, whatever the order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from c360_kernel import revisions
from c360_kernel.conditions.tree import Values
from c360_kernel.payload import AccountLinked
from c360_kernel.record import RecordKey
from c360_kernel.revisions import hash_of, holding
from c360_kernel.version import Version

_NOTHING: Values = {}


class Link(NamedTuple):
    """A person's record has to do with an account's, from a time until before another (ms UTC, 0:
    without that bound)."""

    person: RecordKey
    account: RecordKey
    kind: str
    role: str
    since: int = 0
    until: int = 0

    def holds_at(self, at: int) -> bool:
        """Whether it is true at a moment."""
        return self.since <= at and not 0 < self.until <= at


class LinkSaid(NamedTuple):
    """What was said of a link (`c360_kernel.revisions.State`); without a `link` it was deleted."""

    own: bool
    number: int
    stamp: str
    content: str
    link: Link | None

    @property
    def named(self) -> None:
        """The whole link is said each time."""
        return


class AccountState(NamedTuple):
    """Which account a record is of ("" none), and the version under which that was told.

    With the oldest record is told what the account `comes_to`.
    """

    account: str
    version: Version
    comes_to: Values = _NOTHING


def link_said(told: AccountLinked, stamp: str) -> LinkSaid:
    """What an entry says; of equal contents the first one counts, whatever their revisions."""
    content = hash_of(repr(replace(told, revision=0, observed_at=0, own=True)))
    times = told.valid_from, told.valid_to
    link = None if told.deleted else Link(told.person, told.account, told.kind, told.role, *times)
    return LinkSaid(told.own, told.revision, stamp, content, link)


def may_hold(held: Iterable[LinkSaid], new: Iterable[LinkSaid]) -> tuple[LinkSaid, ...]:
    """All that may still hold of what was said, with what is new, in the order of its stamps."""
    return tuple(sorted(revisions.may_hold(held, new), key=lambda one: one.stamp))


def link_of(said: Iterable[LinkSaid]) -> Link | None:
    """The link that holds."""
    found = holding(said)
    return None if found is None else found.link
