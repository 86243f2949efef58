"""Compile a selection into a projection: once per operation, policy and condition values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
)

from c360_federation.holes import ABSENT, Hole
from c360_federation.plan.model import Plan
from c360_federation.plan.places import RequestedPlaces
from c360_federation.policy import Policy, Transform
from c360_federation.project.leaves import Exact, Never, enum, exact_type, scalar
from c360_federation.project.problems import NULLED, Problems
from c360_federation.project.reader import Reader
from c360_federation.project.readers import (
    Slot,
    Slots,
    Types,
    abstract_of,
    constant,
    fill,
    hidden,
    list_of,
    list_of_exactly,
    non_null,
    object_of,
    plain,
    transformed,
)
from c360_federation.selection import TYPENAME, Field, Items
from c360_federation.supergraph.model import Supergraph
from c360_federation.values import JsonObject

Kind: TypeAlias = Any
"""A GraphQLOutputType; graphql-core leaves its list element unstated."""
ResponsePath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResponseShape:
    """A compiled selection."""

    slots: Slots
    requested: RequestedPlaces

    def problems(self) -> Problems:
        """Where one answer's errors go."""
        return Problems(self.requested.service_at)

    def apply(self, data: JsonObject, problems: Problems) -> JsonObject | None:
        """Shape merged data into the answer."""
        made = fill(self.slots, data, None, problems)
        return None if made is NULLED else made


@dataclass(frozen=True, slots=True)
class Shown:
    """What decides how values are shown; `cut` fields are null whatever comes."""

    supergraph: Supergraph
    policy: Policy
    plan: Plan
    cut: frozenset[tuple[ResponsePath, str]]


def compile_shape(shown: Shown, root: str, items: Items) -> ResponseShape:
    """Compile the projection of an operation."""
    requested = RequestedPlaces(shown.plan)
    return ResponseShape(_Compiler(shown, requested).slots(items, root, (root,), ()), requested)


def compile_at(shown: Shown, type_name: str, items: Items, path: ResponsePath) -> Reader:
    """Compile the projection of objects at `path`, whose declared type is `type_name`."""
    return _Compiler(shown, RequestedPlaces(shown.plan)).composite(type_name, items, path)


class _Compiler:
    def __init__(self, shown: Shown, requested: RequestedPlaces) -> None:
        self._supergraph = shown.supergraph
        self._schema: GraphQLSchema = shown.supergraph.schema
        self._policy = shown.policy
        self._cut = shown.cut
        self._requested = requested

    def slots(
        self, items: Items, parent: str, owners: tuple[str, ...], path: ResponsePath
    ) -> Slots:
        """The slots of an object that is one of `owners` (one, unless its type is unknown)."""
        fields = _by_key(self._applying(items, parent, owners))
        return tuple(self._slot(item, on, owners, (*path, item.key)) for on, item in fields)

    def _applying(
        self, items: Items, parent: str, owners: tuple[str, ...]
    ) -> Iterator[tuple[str, Field]]:
        """The fields that hold for all owners, each with a type that declares it."""
        for item in items:
            if isinstance(item, Field):
                yield parent, item
            elif item.on == parent or self._supergraph.possible(item.on).issuperset(owners):
                yield from self._applying(item.children, item.on, owners)

    def _slot(self, item: Field, parent: str, owners: tuple[str, ...], path: ResponsePath) -> Slot:
        if item.name == TYPENAME:
            name = constant(owners[0]) if len(owners) == 1 else non_null(plain)
            return Slot(item.key, TYPENAME, None, False, Never, name)
        if item.name.startswith("__"):
            return Slot(item.key, item.key, None, True, Never, plain)
        kind, shows = self._declared(item.name, parent, owners)
        may_be_null = not isinstance(kind, GraphQLNonNull)
        if any((path, owner) in self._cut for owner in owners):
            nothing = constant(None if may_be_null else NULLED)
            return Slot(item.key, item.key, None, may_be_null, Never, nothing)
        read = self._reader(kind, item, owners, path) if shows else hidden
        exact = self._exact(kind, item, owners) if shows else Never
        return Slot(item.key, item.key, self._default(path, owners), may_be_null, exact, read)

    def _declared(self, name: str, parent: str, owners: tuple[str, ...]) -> tuple[Kind, bool]:
        """A field's type, and whether every type of object that may be here shows it."""
        shown = [self._field_type(owner, name) for owner in owners]
        declared = self._field_type(parent, name) or next(filter(None, shown), None)
        return declared, declared is not None and all(shown)

    def _field_type(self, owner: str, name: str) -> Kind:
        field = getattr(self._schema.type_map.get(owner), "fields", {}).get(name)
        return None if field is None else field.type

    def _default(self, path: ResponsePath, owners: tuple[str, ...]) -> Hole | None:
        return ABSENT if self._requested.holds(path, owners) else None

    def _exact(self, kind: Kind, item: Field, owners: tuple[str, ...]) -> Exact:
        """The type of values that need no reader."""
        inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if not isinstance(inner, GraphQLScalarType) or self._transform(item, owners) is not None:
            return Never
        return exact_type(inner.name)

    def _reader(
        self, kind: Kind, item: Field, owners: tuple[str, ...], path: ResponsePath
    ) -> Reader:
        if isinstance(kind, GraphQLNonNull):
            return non_null(self._reader(kind.of_type, item, owners, path))
        if isinstance(kind, GraphQLList):
            return self._list(kind.of_type, item, owners, path)
        if is_composite_type(kind):
            return self.composite(get_named_type(kind).name, item.children, path)
        return self._leaf(kind, item, owners)

    def _list(self, kind: Kind, item: Field, owners: tuple[str, ...], path: ResponsePath) -> Reader:
        read = self._reader(kind, item, owners, path)
        may_be_null = not isinstance(kind, GraphQLNonNull)
        exact = self._exact(kind, item, owners)
        if exact in (Never, int):
            return list_of(read, items_may_be_null=may_be_null)
        return list_of_exactly(exact, read, items_may_be_null=may_be_null)

    def _leaf(self, kind: Kind, item: Field, owners: tuple[str, ...]) -> Reader:
        is_enum = isinstance(kind, GraphQLEnumType)
        read = enum(kind.name, frozenset(kind.values)) if is_enum else scalar(kind.name)
        transform = self._transform(item, owners)
        if transform is None:
            return read
        return transformed(transform, read, Never if is_enum else exact_type(kind.name))

    def _transform(self, item: Field, owners: tuple[str, ...]) -> Transform | None:
        # An object of unknown type gets the first transform that any candidate has.
        found = (self._policy.transform(f"{owner}.{item.name}") for owner in owners)
        return next((one for one in found if one is not None), None)

    def composite(self, name: str, items: Items, path: ResponsePath) -> Reader:
        """The reader of an object of a composite type."""
        facts = self._supergraph.facts[name]
        if not facts.is_abstract:
            return object_of(self.slots(items, name, (name,), path))
        return self._abstract(name, items, path)

    def _abstract(self, name: str, items: Items, path: ResponsePath) -> Reader:
        known: dict[str | None, Slots] = {}
        possible = self._supergraph.possible(name)
        shown = possible & self._schema.type_map.keys()

        def slots_of(concrete: str | None) -> Slots | None:
            if concrete is None:
                # One candidate is no doubt; of several, only what holds for all is answered.
                candidates = tuple(sorted(possible)) or (name,)
                known[None] = self.slots(items, name, candidates, path)
            elif concrete not in shown:
                return None
            else:
                known[concrete] = self.slots(items, concrete, (concrete,), path)
            return known[concrete]

        is_given = self._requested.holds((*path, TYPENAME), possible)
        return abstract_of(Types(slots_of, known, possible - shown, is_given))


def _by_key(fields: Iterable[tuple[str, Field]]) -> Iterable[tuple[str, Field]]:
    """One field per response key, with all its children in the order in which they came."""
    found: dict[str, list[tuple[str, Field]]] = {}
    for on, one in fields:
        found.setdefault(one.key, []).append((on, one))
    for same in found.values():
        on, first = same[0]
        if len(same) > 1:
            children = tuple(dict.fromkeys(child for _, one in same for child in one.children))
            first = Field(first.key, first.name, first.arguments, children)
        yield on, first
