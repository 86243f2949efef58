"""What segments need of a store to look through events at the objects that these refer to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.record import RecordKey


class Reference(NamedTuple):
    """Events of these names whose property is the key of an object."""

    property: str
    key: str
    events: frozenset[str]


class Referring(NamedTuple):
    """Some records with such events, and the place from which the next are read; "" of no more."""

    records: Sequence[RecordKey]
    after: str


class Holding(NamedTuple):
    """Some customers with such a trait, and the place from which the next are read; "" of no
    more."""

    customers: Sequence[str]
    after: str


class Objects(Protocol):
    """What is known of objects that are named."""

    async def objects(self, names: Collection[ObjectName]) -> Mapping[ObjectName, KnownObject]:
        """Objects by name, deleted ones too. Unknown names are left out."""
        ...


class ObjectReader(Objects, Protocol):
    """What asking everybody needs to know of objects."""

    async def objects_of(self, type_: str, limit: int) -> Sequence[KnownObject]:
        """The first objects of a type, by key, deleted ones too."""
        ...


class ObjectUnit(Objects, Protocol):
    """What a unit of work does with objects."""

    async def keep_objects(self, objects: Sequence[KnownObject]) -> None:
        """Keep what is said of objects; of what is said of one, what was observed last."""
        ...

    async def referring(self, reference: Reference, after: str, limit: int) -> Referring:
        """The next records on which there are such events, each once; "" starts."""
        ...

    async def holding(self, trait: str, key: str, after: str, limit: int) -> Holding:
        """The next customers whose golden trait is this key, live or not; "" starts."""
        ...

    async def refer_by(self, properties: Collection[str], traits: Collection[str]) -> None:
        """Find events fast by what these properties hold, and customers by these traits, and by no
        others."""
        ...
