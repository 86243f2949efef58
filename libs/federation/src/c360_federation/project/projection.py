"""Compile a selection into a projection: once per operation, policy and condition values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
)

from c360_federation.errors import ErrorEntry
from c360_federation.policy import Policy, Transform
from c360_federation.project.readers import (
    NULLED,
    Problems,
    Reader,
    Slot,
    Slots,
    abstract_of,
    constant,
    enum,
    fill,
    list_of,
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
class Projected:
    """The answer's data, and what the projection had to report."""

    data: JsonObject | None
    errors: list[ErrorEntry]


@dataclass(frozen=True, slots=True)
class Projection:
    """A compiled selection."""

    slots: Slots

    def apply(self, data: JsonObject) -> Projected:
        """Shape merged data into the answer."""
        problems = Problems()
        made = fill(self.slots, data, None, problems)
        return Projected(None if made is NULLED else made, problems.errors)


def compile_projection(
    supergraph: Supergraph,
    policy: Policy,
    root: str,
    items: Items,
    cut: frozenset[tuple[ResponsePath, str]],
) -> Projection:
    """Compile the projection of an operation; `cut` fields are null whatever comes."""
    return Projection(_Compiler(supergraph, policy, cut).slots(items, root, (root,), ()))


def compile_at(
    supergraph: Supergraph,
    policy: Policy,
    type_name: str,
    items: Items,
    cut: frozenset[tuple[ResponsePath, str]],
    path: ResponsePath,
) -> Reader:
    """Compile the projection of objects at `path`, whose declared type is `type_name`."""
    return _Compiler(supergraph, policy, cut).composite(type_name, items, path)


class _Compiler:
    def __init__(
        self, supergraph: Supergraph, policy: Policy, cut: frozenset[tuple[ResponsePath, str]]
    ) -> None:
        self._supergraph = supergraph
        self._schema: GraphQLSchema = supergraph.schema
        self._policy = policy
        self._cut = cut

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
            if len(owners) == 1:
                return Slot(item.key, TYPENAME, False, constant(owners[0]))
            return Slot(item.key, TYPENAME, False, non_null(plain))
        if item.name.startswith("__"):
            return Slot(item.key, item.key, True, None)
        kind = self._schema.type_map[parent].fields[item.name].type  # type: ignore[attr-defined]
        may_be_null = not isinstance(kind, GraphQLNonNull)
        if any((path, owner) in self._cut for owner in owners):
            return Slot(item.key, item.key, may_be_null, constant(None if may_be_null else NULLED))
        read = self._reader(kind, item, owners, path)
        return Slot(item.key, item.key, may_be_null, None if read is plain else read)

    def _reader(
        self, kind: Kind, item: Field, owners: tuple[str, ...], path: ResponsePath
    ) -> Reader:
        if isinstance(kind, GraphQLNonNull):
            return non_null(self._reader(kind.of_type, item, owners, path))
        if isinstance(kind, GraphQLList):
            inner = self._reader(kind.of_type, item, owners, path)
            if inner is plain:
                return plain
            may_be_null = not isinstance(kind.of_type, GraphQLNonNull)
            return list_of(inner, items_may_be_null=may_be_null)
        if is_composite_type(kind):
            return self.composite(get_named_type(kind).name, item.children, path)
        return self._leaf(kind, item, owners)

    def _leaf(self, kind: Kind, item: Field, owners: tuple[str, ...]) -> Reader:
        read = plain
        if isinstance(kind, GraphQLEnumType):
            read = enum(kind.name, frozenset(kind.values))
        transform = self._transform(item, owners)
        return read if transform is None else transformed(transform, read)

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
        known: dict[str, Slots] = {}
        possible = self._supergraph.possible(name)

        def slots_of(concrete: str | None) -> Slots | None:
            if concrete is not None and concrete in possible:
                if concrete not in self._schema.type_map:
                    return None
                known[concrete] = self.slots(items, concrete, (concrete,), path)
                return known[concrete]
            if "" not in known:
                # One candidate is no doubt; of several, only what holds for all is answered.
                candidates = tuple(sorted(possible)) or (name,)
                known[""] = self.slots(items, name, candidates, path)
            return known[""]

        return abstract_of(slots_of, known)


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
