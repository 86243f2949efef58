"""The evidence graph's entities: records, observations, events and decisions.

Stamps are text whose order is the order in which collectors gave them
(`c360_kernel.stamp`). Every rule here is a function of the set of entries
seen, never of the order in which they were consumed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from c360_kernel.record import Identifier, RecordKey
from c360_kernel.record_parts import identifiers_part, trait_part
from c360_kernel.revisions import RevisionName, holding, holding_part
from c360_kernel.value_object import value_object


class EventName(NamedTuple):
    """What names an event for ever: the source it came from and the source's message id."""

    source: str
    message_id: str


class Carried(NamedTuple):
    """A normalized identifier that a statement names, and the trait that says it ("": none).

    `derived_from` is the type that was named, where this one was made of it.
    """

    type: str
    value: str
    trait: str = ""
    derived_from: str = ""

    @property
    def identifier(self) -> Identifier:
        """The identifier itself."""
        return Identifier(self.type, self.value)

    @property
    def part(self) -> str:
        """The part of the record that it belongs to."""
        if self.trait:
            return trait_part(self.trait)
        return identifiers_part(self.derived_from or self.type)


class Statement(NamedTuple):
    """What a source said of a record: see `c360_kernel.revisions.State`.

    `content` is a hash of all that it says; `observed_at` is when it was true, in ms UTC; `named`
    are the parts that a patch names (None: a whole state); `marks` are made by `domain.marks`;
    `compared` are the values of the traits that scored matching compares, each with its trait.
    """

    own: bool
    number: int
    stamp: str
    content: str
    deleted: bool = False
    carried: tuple[Carried, ...] = ()
    observed_at: int = 0
    named: tuple[str, ...] | None = None
    marks: str = ""
    compared: tuple[tuple[str, str], ...] = ()


PutAside = Mapping[RevisionName, Sequence[Statement]]
"""All that was said at some numbers and does not hold there."""


@dataclass(slots=True)
class SourceRecord:
    """What one source says about one person, as far as identity needs it.

    `age` is the smallest stamp of all entries about it. `statements` are those that can
    matter: those that lead in some part, of all and of those that are no deletions.
    `seed` is the oldest record of the customer it was last assigned to (None: no customer),
    `version` counts its assignments (0: never assigned). `plain`, `numbered` and `firm` mean
    something on a seed only: see `Customer`.
    """

    key: RecordKey
    age: str
    statements: tuple[Statement, ...] = ()
    seed: RecordKey | None = None
    version: int = 0
    plain: bool = False
    numbered: bool = False
    firm: bool = False

    @property
    def deleted(self) -> bool:
        """Whether the statement that holds is a deletion."""
        if len(self.statements) == 1:
            return self.statements[0].deleted
        held = holding(self.statements)
        return held is not None and held.deleted

    @property
    def stated(self) -> Mapping[Identifier, int]:
        """What it is said to carry, of a deleted record at last: when observed, in ms UTC."""
        if self.deleted:
            return _stated([one for one in self.statements if not one.deleted])
        return _stated(self.statements)

    @property
    def compared(self) -> Sequence[tuple[str, str]]:
        """The values that hold of the traits that are compared; nothing of a deleted record."""
        if len(self.statements) == 1:
            return self.statements[0].compared
        if self.deleted:
            return ()
        return _compared(self.statements)


def _compared(statements: Sequence[Statement]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for trait in sorted({name for statement in statements for name, _ in statement.compared}):
        held = holding_part(trait_part(trait), statements)
        found.extend(one for one in (held.compared if held else ()) if one[0] == trait)
    return found


def _stated(statements: Sequence[Statement]) -> dict[Identifier, int]:
    if len(statements) == 1:
        return {one.identifier: statements[0].observed_at for one in statements[0].carried}
    found: dict[Identifier, int] = {}
    for part in {one.part for statement in statements for one in statement.carried}:
        held = holding_part(part, statements)
        for one in held.carried if held else ():
            if held and one.part == part:
                observed = found.get(one.identifier, held.observed_at)
                found[one.identifier] = max(observed, held.observed_at)
    return found


@dataclass(slots=True)
class Observation:
    """An edge of evidence: a record carries an identifier.

    `first_seen` is the smallest stamp of any entry that ever said so; `stated`
    whether what holds of the record says so; `events` how many of its
    events do. `active` edges take part in resolution; `refused` ones would have
    joined what must stay apart. `since` is the earliest time at which anybody observed it,
    ms UTC: what a source says of its age, whenever that came in.
    """

    record: RecordKey
    identifier: Identifier
    first_seen: str
    stated: bool = False
    events: int = 0
    active: bool = False
    refused: bool = False
    since: int = 0

    @property
    def last_known(self) -> bool:
        """Whether it is true of the record now, or was when the record was deleted."""
        return self.stated or self.events > 0


@value_object
class TrackedEvent:
    """The entry that won an event's name: whose event it is and what it carried.

    `occurred_at` (ms UTC) is known of an entry, and not of what a store holds.
    """

    name: EventName
    stamp: str
    record: RecordKey
    identifiers: tuple[Identifier, ...]
    occurred_at: int = 0


class Customer(NamedTuple):
    """A customer as resolution sees it from outside: its seed and the seed's age.

    `plain` says that nothing about it can be refused or generic: no identifier
    over its fan, no refused edge, no decision, no record over a limit. Joining
    a plain customer needs no solving. A `numbered` one would be plain, did it not hold several
    values of a type that tells people apart; a store may leave that out. It is `firm` if it would
    hold together were all of its records told apart that carry any such value: wherever two parts
    met that both had one, of whatever scope, evidence of two kinds connected them.
    """

    seed: RecordKey
    age: str
    plain: bool
    numbered: bool = False
    firm: bool = False

    @classmethod
    def of(cls, seed: SourceRecord) -> Customer:
        """The customer whose seed this record is."""
        return cls(seed.key, seed.age, seed.plain, seed.numbered, seed.firm)


class Holding(NamedTuple):
    """How many records actively carry an identifier, and who holds it.

    `customer` is that of the record seen with it first; None when nobody
    carries it or when it is `generic` and so says nothing about anybody; then
    at least `anchored` components that hold something stronger carry it.
    """

    holders: int = 0
    generic: bool = False
    anchored: int = 0
    customer: Customer | None = None
