"""For whom somebody acts: links to accounts that hold at the present, and what these are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from c360_kernel.accounts.links import Link
from c360_kernel.conditions import tree
from c360_kernel.conditions.plain import plain, plain_test
from c360_kernel.conditions.tree import ValueCondition, Values, ValueTest

from c360_segment.domain.timed.dates import RelativeDate
from c360_segment.domain.timed.happenings import Happening, Moment

_UNKNOWN: Values = {}


@dataclass(frozen=True, slots=True)
class AccountTest:
    """A test on a trait of an account: as it was written, and with all spellings of what it asks
    for."""

    test: ValueTest
    spelled: ValueCondition

    def holds(self, moment: Moment, /) -> bool:
        """Whether the trait passes; the traits of the moment are those of the account."""
        return self.spelled.holds(moment.traits)

    def changes_at(self, _: Moment) -> int | None:
        """Never by itself."""
        return None

    @property
    def plain(self) -> list[object]:
        """It as plain values."""
        asked: list[object] = ["trait", *plain_test(self.test)]
        return asked if self.spelled == self.test else [*asked, plain(self.spelled, plain_test)]


AccountLeaf: TypeAlias = AccountTest | RelativeDate
"""What may be asked of an account."""


@dataclass(frozen=True, slots=True)
class Acting:
    """A link to an account holds, of a kind and with a role ("": any), and the account is `where`
    says (None: any)."""

    kind: str = ""
    role: str = ""
    where: tree.Condition[AccountLeaf] | None = None

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """What it looks at: no event."""
        return ()

    def means(self, link: Link) -> bool:
        """Whether a link is one of these, at whatever time and of whatever account."""
        return self.kind in ("", link.kind) and self.role in ("", link.role)

    def among(self, moment: Moment) -> Sequence[Link]:
        """Those that hold at a moment."""
        held = [one for one in moment.links if self.means(one) and one.holds_at(moment.now)]
        where = self.where
        return held if where is None else [o for o in held if where.holds(_account(o, moment))]

    def holds(self, moment: Moment, /) -> bool:
        """Whether one does."""
        return bool(self.among(moment))

    def changes_at(self, moment: Moment) -> int | None:
        """When it may be another by itself: where a link begins or ends, or a date of its account
        comes."""
        links = [one for one in moment.links if self.means(one)]
        bounds = (at for one in links for at in (one.since, one.until))
        moments = [at for at in bounds if at > moment.now]
        moments += (at for one in links for at in self._dates(_account(one, moment)))
        return min(moments, default=None)

    def _dates(self, account: Moment) -> Iterator[int]:
        if self.where is not None:
            found = (leaf.changes_at(account) for leaf in tree.leaves(self.where))
            yield from (at for at in found if at is not None)

    @property
    def plain(self) -> list[object]:
        """It as lists and plain values."""
        asked: list[object] = ["account", self.kind, self.role]
        return asked if self.where is None else [*asked, plain(self.where, lambda one: one.plain)]


def _account(link: Link, moment: Moment) -> Moment:
    """The moment as that of the account that a link leads to."""
    return moment._replace(traits=moment.accounts.get(link.account, _UNKNOWN))
