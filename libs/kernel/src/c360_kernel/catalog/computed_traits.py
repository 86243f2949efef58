"""Traits that no source says, as a catalog has them: computed of events, stages of a lifecycle.

And tags that nobody says: those that rules give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from c360_kernel.catalog.titles import Titles
from c360_kernel.value_types import ValueType

ComputedKind = Literal[
    "count", "sum", "average", "min", "max", "first", "last", "most_frequent", "unique_list",
    "unique_count", "quintile",
]  # fmt: skip
QuintileOf = Literal["recency", "frequency", "monetary"]
CalendarUnit = Literal["day", "week", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class ComputedTrait:
    """A trait that no source says: it is computed of a customer's events.

    Of `events`, those whose properties meet `where` (a checked condition, None: all of them), as
    far as they lie in the window: the `last_ms` milliseconds, the present day, month or so
    (`this`, by the calendar of `zone`, an IANA name), all time if neither is given. `looks_at` is
    the property that it is made of, "" of a kind that looks at the event itself. `of` is what of
    the purchases a quintile ranks, None of every other kind.
    """

    name: str
    kind: ComputedKind
    type: ValueType
    tag: str
    events: tuple[str, ...]
    looks_at: str = ""
    where: Mapping[str, object] | None = None
    last_ms: int | None = None
    this: CalendarUnit | None = None
    zone: str = "UTC"
    description: str = ""
    titles: Titles = field(default_factory=dict[str, str])
    derived_tags: tuple[str, ...] = ()
    of: QuintileOf | None = None

    @property
    def is_windowed(self) -> bool:
        """Whether it is of a part of time that runs out."""
        return self.last_ms is not None or self.this is not None


@dataclass(frozen=True, slots=True)
class RollUp:
    """A trait of accounts that no source says: `trait` is what it comes to.

    It is made of the events that count for an account or, where `trait` has none, of its members:
    of their trait `looks_at` ("": of themselves), as far as their traits meet `where`. `subtree`:
    of those of all accounts below it, too. `live`: it is worked out with every change and told, so
    that segments test it; else when it is asked for.
    """

    trait: ComputedTrait
    subtree: bool = False
    live: bool = False

    @property
    def is_of_members(self) -> bool:
        """Whether it is made of members, not of events."""
        return not self.trait.events


@dataclass(frozen=True, slots=True)
class StatedAccount:
    """By which property an event says for which account it counts: an identifier of this type or,
    where there is none, the key of the account's record in the source of the event."""

    event: str
    property: str
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a lifecycle and the condition on golden and computed traits under which it is
    that of a customer."""

    name: str
    when: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """A trait that says in which stage a customer is: the first whose condition holds."""

    name: str
    tag: str
    stages: tuple[Stage, ...]
    description: str = ""
    titles: Titles = field(default_factory=dict[str, str])
    derived_tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TagRule:
    """What gives a tag to customers though nobody says it, and says `value` of it.

    It does while `when` holds of one: a checked condition on traits, consents, sources and tags
    that have no rule; and `keeps_ms` longer. `reason` is why, in the catalog's own words.
    """

    when: Mapping[str, object]
    value: bool | int | str
    reason: str
    keeps_ms: int | None = None
    derived_tags: tuple[str, ...] = ()
