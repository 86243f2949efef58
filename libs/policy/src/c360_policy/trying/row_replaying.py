"""What a policy's rows and consents would have withheld of operations of the past, or shown.

Whom an operation touched is on record, and neither the values nor the consents of then: both are
today's, of customers of today. Attributes are those that the principal asked with last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from c360_kernel.conditions.tree import EVERYBODY, ValueCondition
from c360_kernel.context import Attributes

from c360_policy.trying.deciding import Asker, Decider
from c360_policy.trying.people import Traits, Who, scope_of
from c360_policy.trying.replaying import Past, Point, Reach
from c360_policy.trying.row_differing import CONSENT, CUSTOMER, ROWS, only_in, rules_text
from c360_policy.trying.today import CustomersToday, TouchedCustomers

TODAY = "TODAY"
NO_CONSENT = "no_consent"


class Actor(NamedTuple):
    """Somebody who asked with roles for a purpose."""

    principal: str
    roles: tuple[str, ...]
    purpose: str


@dataclass(slots=True)
class RowReach:
    """Whom a change of rows or consents is about.

    `touched` are the customers that those operations touched and that would be withheld; `hidden`
    and `shown` how many of all customers of today are, at most for one principal.
    """

    operations: int = 0
    principals: set[str] = field(default_factory=set[str])
    touched: set[str] = field(default_factory=set[str])
    hidden: int = 0
    shown: int = 0


@dataclass(frozen=True, slots=True)
class RowsReplayed:
    """All that rows and consents would have changed, most operations first.

    `operations` are those that the table would have answered as it did, and `further` how many
    customers no operation touched that it would have answered otherwise.
    """

    changes: Sequence[tuple[Point, RowReach]] = ()
    operations: int = 0
    further: int = 0

    @property
    def principals(self) -> frozenset[str]:
        """Who asked."""
        return frozenset(name for _, reach in self.changes for name in reach.principals)

    @property
    def customers(self) -> frozenset[str]:
        """Whom those operations touched that would be withheld, or told of."""
        return frozenset(one for _, reach in self.changes for one in reach.touched)

    @property
    def coordinates(self) -> list[str]:
        """The coordinates that want another consent."""
        return sorted({point.coordinate for point, _ in self.changes if point.use == CONSENT})


@dataclass(frozen=True)
class RowTrial:
    """Two policies, the candidate second, decided at a time (ms UTC) for who asked.

    `opened` are roles that could only be on record because they were opened.
    """

    in_force: Decider
    candidate: Decider
    opened: frozenset[str]
    at_ms: float
    traits: Traits
    attributes: Mapping[str, Attributes] = field(default_factory=dict[str, Attributes])

    def with_attributes(self, attributes: Mapping[str, Attributes]) -> RowTrial:
        """The same, with the attributes of who asked, by principal."""
        return replace(self, attributes=attributes)

    def asker(self, actor: Actor) -> Asker:
        """Who asked, as the policies know it."""
        roles = frozenset(actor.roles)
        return Asker(roles, actor.purpose, self.at_ms, roles & self.opened)

    def differ(self, actor: Actor) -> bool:
        """Whether other rules about rows, or consents, hold for an actor."""
        asker = self.asker(actor)
        old, new = self.in_force.row_policy(asker), self.candidate.row_policy(asker)
        return (rules_text(old), old.consented) != (rules_text(new), new.consented)

    def scopes(self, actor: Actor) -> tuple[ValueCondition, ValueCondition]:
        """Whom an actor sees by each of them."""
        who = Who(actor.principal, self.attributes.get(actor.principal, ()))
        asker = self.asker(actor)
        old, new = (
            scope_of(one, asker, who, self.traits) for one in (self.in_force, self.candidate)
        )
        return old, new


def changed_actors(past: Iterable[Past], tried: RowTrial) -> Mapping[Actor, Sequence[Past]]:
    """What was asked by those for whom rows or consents change."""
    found: dict[Actor, list[Past]] = {}
    for one in past:
        found.setdefault(Actor(one.principal, one.roles, one.purpose), []).append(one)
    return {actor: operations for actor, operations in found.items() if tried.differ(actor)}


async def replay_rows(
    past: Mapping[Actor, Sequence[Past]],
    tried: RowTrial,
    decided: Reach,
    today: CustomersToday,
    touched: TouchedCustomers,
) -> RowsReplayed:
    """Decide rows and consents anew; `decided` are operations that the table changes already."""
    replaying = _Replaying(tried, decided, today, touched)
    for actor, operations in past.items():
        await replaying.add(actor, operations)
    changes = sorted(replaying.changes.items(), key=lambda each: (-each[1].operations, each[0]))
    found = RowsReplayed(changes, replaying.operations)
    counted = await touched.touching(decided.keys, found.customers)
    return replace(found, further=len(found.customers - counted.customers))


class _Replaying:
    def __init__(
        self,
        tried: RowTrial,
        decided: Reach,
        today: CustomersToday,
        touched: TouchedCustomers,
    ) -> None:
        self._tried = tried
        self._decided = decided
        self._today = today
        self._touched = touched
        self._sides: dict[tuple[ValueCondition, ValueCondition], frozenset[str]] = {}
        self._refusing: dict[str, frozenset[str]] = {}
        self.changes: dict[Point, RowReach] = {}
        self.operations = 0

    async def add(self, actor: Actor, operations: Sequence[Past]) -> None:
        """Everything that changes for one actor."""
        old, new = self._tried.scopes(actor)
        hidden, shown = await self._only(old, new), await self._only(new, old)
        if hidden or shown:
            asker = self._tried.asker(actor)
            words = (
                rules_text(one.row_policy(asker))
                for one in (self._tried.in_force, self._tried.candidate)
            )
            point = Point(actor.roles, actor.purpose, ROWS, CUSTOMER, *words)
            await self._reach(point, actor, operations, hidden, len(shown))
        withheld = await self._consents(actor, operations)
        await self._count(operations, hidden, withheld)

    async def _consents(self, actor: Actor, operations: Sequence[Past]) -> frozenset[str]:
        """The keys of operations of which a consent withholds something now."""
        asker = self._tried.asker(actor)
        old = self._tried.in_force.row_policy(asker).consented
        new = self._tried.candidate.row_policy(asker).consented
        keys: set[str] = set()
        for coordinate in sorted(old ^ new):
            using = [one for one in operations if _shows(one, coordinate)]
            if not using:
                continue
            refusing, is_new = await self._refusing_to(actor.purpose), coordinate in new
            words = ("shown", NO_CONSENT) if is_new else (NO_CONSENT, "shown")
            point = Point(actor.roles, actor.purpose, CONSENT, coordinate, *words)
            keys |= {one.key for one in using} if is_new else set()
            await self._reach(point, actor, using, refusing, 0 if is_new else len(refusing))
        return frozenset(keys)

    async def _reach(
        self,
        point: Point,
        actor: Actor,
        operations: Sequence[Past],
        customers: frozenset[str],
        shown: int,
    ) -> None:
        if not customers and not shown:
            return
        found = await self._touched.touching([one.key for one in operations], customers)
        reach = self.changes.setdefault(point, RowReach())
        reach.operations += found.operations
        reach.principals.add(actor.principal)
        reach.touched |= found.customers
        reach.hidden = max(reach.hidden, 0 if point.after == "shown" else len(customers))
        reach.shown = max(reach.shown, shown)

    async def _count(
        self, operations: Sequence[Past], hidden: frozenset[str], withheld: frozenset[str]
    ) -> None:
        """Count each operation once that the table would have answered as it did."""
        left = [one for one in operations if one.key not in self._decided.keys]
        by_rows = [one.key for one in left if one.key not in withheld]
        by_both = [one.key for one in left if one.key in withheld]
        self.operations += (await self._touched.touching(by_rows, hidden)).operations
        if by_both:
            customers = hidden | await self._refusing_to(left[0].purpose)
            self.operations += (await self._touched.touching(by_both, customers)).operations

    async def _only(self, one: ValueCondition, other: ValueCondition) -> frozenset[str]:
        key = one, other
        if one == other:
            return frozenset()
        if key not in self._sides:
            self._sides[key] = await self._today.matching(only_in(one, other))
        return self._sides[key]

    async def _refusing_to(self, purpose: str) -> frozenset[str]:
        if purpose not in self._refusing:
            everybody = await self._today.matching(EVERYBODY)
            consenting = await self._today.consenting(purpose) if purpose else frozenset[str]()
            self._refusing[purpose] = everybody - consenting
        return self._refusing[purpose]


def _shows(one: Past, coordinate: str) -> bool:
    return any(
        use.coordinate == coordinate and use.use == "select" and use.decision != "deny"
        for use in one.uses
    )


def principals_of(actors: Collection[Actor]) -> frozenset[str]:
    """Whose attributes have to be known."""
    return frozenset(one.principal for one in actors)
