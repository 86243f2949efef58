"""Who has to do with which account: links under the partitions of both sides.

Links rewrite nothing and are never rewritten. Where records are one customer or one account, the
links that say the same of them fall together and are shown once, with the sources of all. Links of
times that do not meet stay apart: who left and came back was there twice.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from c360_kernel.catalog.model import AccountModel
from c360_kernel.payload import AccountLinked
from c360_kernel.record import RecordKey

from c360_account.domain.model import HeldLink


@dataclass(frozen=True, slots=True)
class Member:
    """A person at an account in one kind and role, a member of it or one of our own who looks after
    it. `said` is the newest link that says so."""

    account: str
    customer: str
    said: AccountLinked
    sources: tuple[str, ...]
    reports_to: str = ""

    @property
    def primary(self) -> bool:
        """Whether it is the person's main account."""
        return self.said.primary

    def holds_at(self, at: int) -> bool:
        """Whether it is true at a time, ms UTC."""
        return holds_at(self.said, at)

    def ended_by(self, at: int) -> bool:
        """Whether it has ended by a time, ms UTC."""
        return _ended_by(self.said, at)


def belonging(members: Iterable[Member], model: AccountModel) -> list[Member]:
    """Those who belong to an account: all but our own people who look after it."""
    return [one for one in members if not model.is_ours(one.said.kind)]


def tending(members: Iterable[Member], model: AccountModel) -> list[Member]:
    """Our own people who look after an account."""
    return [one for one in members if model.is_ours(one.said.kind)]


def holds_at(said: AccountLinked, at: int) -> bool:
    """Whether a link is true at a time, ms UTC."""
    return (not said.valid_from or said.valid_from <= at) and not _ended_by(said, at)


def newness(link: HeldLink) -> tuple[int, str, RecordKey]:
    """Of links that say otherwise, the one said last is the greatest."""
    return link.said.observed_at, link.stamp, link.said.link


def members_of(
    links: Iterable[HeldLink],
    accounts: Mapping[RecordKey, str],
    customers: Mapping[RecordKey, str],
) -> list[Member]:
    """Who has to do with accounts as links say it, in a fixed order.

    A link of a record that is no account, or is nobody's yet, makes none.
    """
    together: dict[tuple[str, str, str, str], list[HeldLink]] = {}
    for link in links:
        one = link.said
        account, customer = accounts.get(one.account, ""), customers.get(one.person, "")
        if account and customer:
            together.setdefault((account, customer, one.kind, one.role), []).append(link)
    return [
        _member(name[0], name[1], meeting, customers)
        for name, all_ in sorted(together.items())
        for meeting in _meeting(all_)
    ]


def _ended_by(said: AccountLinked, at: int) -> bool:
    return 0 < said.valid_to <= at


def _meeting(links: list[HeldLink]) -> list[list[HeldLink]]:
    """Links whose times meet, step by step; the earliest first."""
    found: list[list[HeldLink]] = []
    until = -math.inf
    for link in sorted(links, key=_begins):
        if not found or _begins(link) >= until:
            found.append([])
        found[-1].append(link)
        until = max(until, link.said.valid_to or math.inf)
    return found


def _begins(link: HeldLink) -> float:
    return link.said.valid_from or -math.inf


def _member(
    account: str, customer: str, links: list[HeldLink], customers: Mapping[RecordKey, str]
) -> Member:
    newest = max(links, key=newness).said
    sources = tuple(sorted({one.said.link.source for one in links}))
    boss = customers.get(newest.reports_to, "") if newest.reports_to else ""
    return Member(account, customer, newest, sources, boss)
