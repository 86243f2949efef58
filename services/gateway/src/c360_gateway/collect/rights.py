"""What of an item its writer may write: decided for each trait, property, identifier type and tag.

The right to a mutation covers every value that no rule about writing denies; a rule may name the
value's tag or any coordinate that shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Protocol, TypeAlias

from c360_kernel.catalog.model import Catalog, TraitType
from c360_kernel.catalog.segment_lists import list_of
from c360_kernel.payload import (
    AccountLinked,
    AccountUpserted,
    ConsentRecorded,
    DecisionMade,
    EventTracked,
    ObjectUpserted,
    RecordTagged,
    RecordUpserted,
)
from c360_kernel.record_parts import identifier_type_of, trait_of
from c360_policy.schema.catalog_tags import (
    ACCOUNT_IDENTIFIER_INPUTS,
    ACCOUNT_KEY_COORDINATE,
    IDENTIFIER_INPUTS,
    LINK_COORDINATES,
    RECORD_KEY_COORDINATE,
    account_identifier_coordinate,
    account_trait_coordinates,
    identifier_coordinates,
    object_coordinate,
    object_property_input,
    property_coordinate,
    property_input,
    tag_coordinates,
    trait_coordinates,
)
from c360_policy.table import Access

from c360_gateway.collect.fields import Refused
from c360_gateway.collect.kinds import Truth

WRITE_DENIED = "WRITE_DENIED"
DELETING = "Mutation.deleteRecords"
Written: TypeAlias = tuple[str, str, tuple[str, ...]]
"""Path within the item, name and coordinates of a value."""
_KEPT = 1_000


class WriteRights(Protocol):
    """What the policy of the moment says to a writer."""

    def forbids_writing(self, coordinate: str) -> bool:
        """Whether a rule denies writing what this coordinate shows, or it is not known at all."""
        ...

    def write(self, coordinate: str) -> Access:
        """What rules about writing say of this coordinate."""
        ...


class ValueCoordinates:
    """The coordinates that show each trait, property, identifier type and tag of a catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self.identifiers = {name: identifier_coordinates(name) for name in catalog.identifiers}
        self.tags = {name: tag_coordinates(name) for name in catalog.tags}
        self.traits = {name: self._of_trait(trait) for name, trait in catalog.traits.items()}
        # Events of one name bring the same properties over and over.
        self._events = lru_cache(maxsize=_KEPT)(self._of_event)

    def written(self, payload: Truth) -> Iterator[Written]:
        """Path within the item, name and coordinates of every value that it says or removes."""
        if isinstance(payload, DecisionMade):
            yield from ((side, "key", (RECORD_KEY_COORDINATE,)) for side in ("a.key", "b.key"))
            return
        if isinstance(payload, AccountUpserted | AccountLinked | ObjectUpserted):
            yield from _of_nobody(payload)
            return
        yield "key", "key", (RECORD_KEY_COORDINATE,)
        if isinstance(payload, ConsentRecorded):
            return
        if isinstance(payload, RecordTagged):
            # Whoever fills lists has a right of its own to that, which names no tag.
            names = (c.tag for c in payload.changes if list_of(c.tag) is None)
            yield from ((f"tags.{name}", name, self.tags[name]) for name in names)
            return
        if isinstance(payload, RecordUpserted):
            for name in dict.fromkeys((*payload.traits, *_named(payload, trait_of))):
                yield f"traits.{name}", name, self.traits[name]
        types = [identifier.type for identifier in payload.identifiers]
        if isinstance(payload, EventTracked):
            yield from self._events(payload.name, tuple(payload.properties), tuple(types))
            return
        types += _named(payload, identifier_type_of)
        yield from self._of_types(types)

    def _of_event(
        self, event: str, properties: tuple[str, ...], types: tuple[str, ...]
    ) -> tuple[Written, ...]:
        own = [
            (name, name, (property_coordinate(event, name),))
            for name in ("messageId", "occurredAt")
        ]
        brought = [
            (f"properties.{name}", name, (property_coordinate(event, name), property_input(name)))
            for name in properties
        ]
        return (*own, *brought, *self._of_types(types))

    def _of_types(self, types: Iterable[str]) -> Iterator[Written]:
        for type_ in dict.fromkeys(types):
            yield "identifiers", type_, (*self.identifiers[type_], *IDENTIFIER_INPUTS)

    def _of_trait(self, trait: TraitType) -> tuple[str, ...]:
        also = () if trait.identifier is None else self.identifiers[trait.identifier]
        return (*trait_coordinates(trait.name), *also)


def _of_nobody(
    payload: AccountUpserted | AccountLinked | ObjectUpserted,
) -> Iterator[Written]:
    if isinstance(payload, ObjectUpserted):
        yield "key", "key", (object_coordinate(payload.type, "key"),)
        for name in payload.properties:
            shown_by = (object_coordinate(payload.type, name), object_property_input(name))
            yield f"properties.{name}", name, shown_by
        return
    if isinstance(payload, AccountLinked):
        yield "person.key", "key", (RECORD_KEY_COORDINATE,)
        yield "account.key", "key", (ACCOUNT_KEY_COORDINATE,)
        for name, shown_by in LINK_COORDINATES.items():
            if getattr(payload, name):
                yield name, name, shown_by
        return
    yield "key", "key", (ACCOUNT_KEY_COORDINATE,)
    for name in dict.fromkeys((*payload.traits, *_named(payload, trait_of))):
        yield f"traits.{name}", name, account_trait_coordinates(name)
    types = (*(one.type for one in payload.identifiers), *_named(payload, identifier_type_of))
    for type_ in dict.fromkeys(types):
        shown_by = (account_identifier_coordinate(type_), *ACCOUNT_IDENTIFIER_INPUTS)
        yield "identifiers", type_, shown_by


def _named(
    payload: RecordUpserted | AccountUpserted, name_of: Callable[[str], str | None]
) -> list[str]:
    return [name for part in payload.named or () if (name := name_of(part)) is not None]


def refuse_forbidden(payload: Truth, coordinates: ValueCoordinates, rights: WriteRights) -> None:
    """Refuse the item for the first value that its writer may not write."""
    _refuse_deleting(payload, rights)
    for path, name, shown_by in coordinates.written(payload):
        for one in shown_by:
            if rights.forbids_writing(one):
                raise Refused(WRITE_DENIED, path, f"your roles may not write {name}")


def _refuse_deleting(payload: Truth, rights: WriteRights) -> None:
    """Who is denied to delete records deletes none by a state that says so either."""
    if isinstance(payload, RecordUpserted) and payload.deleted:
        found = rights.write(DELETING)
        if found.action == "deny" and found.rule_ids:
            raise Refused(WRITE_DENIED, "deleted", "your roles may not delete records")
