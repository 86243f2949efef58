"""The rules of resolution: one per identifier type, from the catalog."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from c360_kernel.catalog.model import IdentifierType
from c360_kernel.record import Identifier

CROWD = 64
"""Above so many records a guarded identifier is generic whoever they are.

It bounds how far one change can reach. Guarded customers stay under 50
records at the 99.9th percentile, so a person's own device is never a crowd.
An identifier without a `fan` is one only above twice as many.
"""

PEOPLE = 20
"""On more people told apart by other identifiers, any identifier is generic.

It is a placeholder that no list knows, whatever its type: no person has so many
telephones that each is known beside one number of an identity card.
"""


class IdentifierRule(NamedTuple):
    """What one type means to resolution: see `c360_kernel.catalog.model.IdentifierType`."""

    tier: int
    limit: int | None = None
    fan: int | None = None
    separates: bool = False
    personal: bool = True
    derived_from: str = ""


class Kind(NamedTuple):
    """Evidence of different kinds is independent; `tier` is the type's."""

    name: str
    tier: int


class Scope(NamedTuple):
    """Within what different values are different people: a type, and the part before a colon."""

    type: str
    name: str


@dataclass(frozen=True)
class Rules:
    """All rules of one catalog."""

    types: Mapping[str, IdentifierRule]
    crowd: int = CROWD
    people: int = PEOPLE

    @classmethod
    def of(cls, identifiers: Mapping[str, IdentifierType]) -> Rules:
        """The rules a catalog's identifier types say."""
        return cls(
            {
                name: IdentifierRule(
                    t.tier, t.limit, t.fan, t.separates, t.personal, t.derived_from
                )
                for name, t in identifiers.items()
            }
        )

    @cached_property
    def tiers(self) -> tuple[int, ...]:
        """The tiers in use, strongest first."""
        return tuple(sorted({rule.tier for rule in self.types.values()}))

    @cached_property
    def limits(self) -> Mapping[str, int]:
        """The limited types and how many values of each a customer may hold."""
        return {n: rule.limit for n, rule in self.types.items() if rule.limit is not None}

    @cached_property
    def separating(self) -> frozenset[str]:
        """The types that tell people apart."""
        return frozenset(name for name, rule in self.types.items() if rule.separates)

    @cached_property
    def bounded(self) -> frozenset[str]:
        """The types of which several values may be refused in one customer."""
        return self.separating.union(self.limits)

    def refuse_some(self, identifiers: Collection[Identifier]) -> bool:
        """Whether one of these might be refused, were all of them one customer's."""
        if len(identifiers) < 2:
            return False
        scopes = self.scopes_of(identifiers)
        return self.exceed(identifiers) or len(set(scopes)) < len(scopes)

    def exceed(self, identifiers: Iterable[Identifier]) -> bool:
        """Whether these are more than one customer may hold of a limited type."""
        counts = Counter([one.type for one in identifiers if one.type in self.limits])
        return any(n > self.limits[name] for name, n in counts.items())

    def scopes_of(self, identifiers: Iterable[Identifier]) -> list[Scope]:
        """The scope of each of these that tells people apart."""
        return [scope for scope in map(self.separating_scope, identifiers) if scope is not None]

    def tier(self, identifier_type: str) -> int:
        """The tier of a type."""
        return self.types[identifier_type].tier

    def may_be_handed_over(self, identifier_type: str) -> bool:
        """Whether its values go from one person to another, as telephone numbers do."""
        rule = self.types[identifier_type]
        return rule.personal and not rule.separates and identifier_type not in self.limits

    def separating_scope(self, identifier: Identifier) -> Scope | None:
        """Within what the identifier tells people apart; None if it does not."""
        if not self.types[identifier.type].separates:
            return None
        name, colon, _ = identifier.value.partition(":")
        return Scope(identifier.type, name if colon else "")

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """The kind of each type; all that names machines is one, as is what is made of another."""
        types = self.types.items()
        return {n: Kind(self.base(n) if rule.personal else "", rule.tier) for n, rule in types}

    def base(self, identifier_type: str) -> str:
        """The type whose values sources say: of what is derived the one that it is made of."""
        return self.types[identifier_type].derived_from or identifier_type

    def anchors(self, identifier_type: str) -> int:
        """Whoever holds what is stronger than this tier is known by more than the type."""
        return self.tier(self.base(identifier_type))

    def over_fan(self, identifier_type: str, holders: int) -> bool:
        """Whether the guard has to look at an identifier on so many records."""
        fan = self.types[identifier_type].fan
        return holders > (self.people if fan is None else fan)

    @cached_property
    def never_over_fan(self) -> int:
        """On so many records an identifier of any type is neither over its fan nor a crowd."""
        fans = (rule.fan for rule in self.types.values())
        return min((self.people if fan is None else fan for fan in fans), default=0)

    @cached_property
    def most_looked_at(self) -> int:
        """An identifier on so many records is crowded, whatever its type: no more are looked at."""
        fans = (rule.fan or 0 for rule in self.types.values())
        return 1 + max(self.people, 2 * self.crowd, *fans)

    def over_people(self, identifier_type: str, people: int) -> bool:
        """Whether so many people, told apart by other identifiers, are too many for one."""
        return people > max(self.people, self.types[identifier_type].fan or 0)

    def crowded(self, identifier_type: str, holders: int) -> bool:
        """Whether an identifier on so many records is generic without looking at them."""
        fan = self.types[identifier_type].fan
        if fan is None:
            return holders > max(self.people, 2 * self.crowd)
        return holders > max(fan, self.crowd)
