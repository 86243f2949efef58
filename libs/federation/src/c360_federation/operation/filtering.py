"""Apply a policy to a selection, before anything is planned.

Every use is decided for each concrete type that may turn up. A field that only some types may
give is split into fragments; a field that no type may give is cut, and so is a parent left with
nothing. What was cut is remembered by (path, concrete type) for the projection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import GraphQLField, GraphQLSchema, get_named_type, get_nullable_type, is_list_type

from c360_federation.operation.requirements import Requirements
from c360_federation.policy import DeniedUse, Policy, Use, UseKind
from c360_federation.selection import Field, Fragment, Item, Items, merge_items
from c360_federation.supergraph.model import Supergraph

ResponsePath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filtered:
    """What is left of a selection, what was asked, and what was cut.

    `lists` are the places above selected fields whose values are lists.
    """

    items: Items
    uses: tuple[Use, ...]
    denied: tuple[DeniedUse, ...]
    cut: frozenset[tuple[ResponsePath, str]]
    lists: frozenset[ResponsePath]


def apply_policy(
    supergraph: Supergraph,
    requirements: Requirements,
    policy: Policy,
    operation: str,
    items: Items,
    variable_uses: Mapping[str, frozenset[str]],
) -> Filtered:
    """Cut from a selection what the policy denies."""
    root = supergraph.roots[operation]
    run = _Filter(supergraph, requirements, policy, operation, variable_uses)
    left = run.items(items, root, frozenset((root,)), ())
    # A field emptied in one fragment may be kept through another.
    cut = frozenset(run.cut - run.kept)
    return Filtered(left, tuple(run.uses), tuple(run.denied), cut, frozenset(run.lists))


class _Filter:
    def __init__(
        self,
        supergraph: Supergraph,
        requirements: Requirements,
        policy: Policy,
        operation: str,
        variable_uses: Mapping[str, frozenset[str]],
    ) -> None:
        self._supergraph = supergraph
        self._requirements = requirements
        self._policy = policy
        self._operation = operation
        self._variable_uses = variable_uses
        self._known: dict[Use, bool] = {}
        self.uses: list[Use] = []
        self.denied: list[DeniedUse] = []
        self.cut: set[tuple[ResponsePath, str]] = set()
        self.kept: set[tuple[ResponsePath, str]] = set()
        self.lists: set[ResponsePath] = set()

    def items(self, items: Items, parent: str, types: frozenset[str], path: ResponsePath) -> Items:
        return merge_items(left for item in items for left in self._item(item, parent, types, path))

    def _item(
        self, item: Item, parent: str, types: frozenset[str], path: ResponsePath
    ) -> Iterator[Item]:
        if isinstance(item, Fragment):
            inner = types & self._supergraph.possible(item.on)
            children = self.items(item.children, item.on, inner, path)
            if children:
                yield Fragment(item.on, children)
        elif item.name.startswith("__"):
            yield item
        else:
            yield from self._field(item, parent, types, (*path, item.key))

    def _field(
        self, item: Field, parent: str, types: frozenset[str], path: ResponsePath
    ) -> Iterator[Item]:
        owners = sorted(types) or [parent]
        allowed = [owner for owner in owners if self._may_use(item, owner, path)]
        left = self._with_children(item, parent, path) if allowed else None
        if left is None:
            self.cut.update((path, owner) for owner in owners)
            return
        self.cut.update((path, owner) for owner in owners if owner not in allowed)
        self.kept.update((path, owner) for owner in allowed)
        if len(allowed) == len(owners):
            yield left
        else:
            yield from (Fragment(owner, (left,)) for owner in allowed)

    def _with_children(self, item: Field, parent: str, path: ResponsePath) -> Field | None:
        if not item.children:
            return item
        if _is_list(self._supergraph.schema, parent, item.name):
            self.lists.add(path)
        below = field_type(self._supergraph.schema, parent, item.name)
        children = self.items(item.children, below, self._supergraph.possible(below), path)
        return Field(item.key, item.name, item.arguments, children) if children else None

    def _may_use(self, item: Field, owner: str, path: ResponsePath) -> bool:
        # Every use is asked about, also after a denial: the audit wants to know them all.
        decisions = [self._decide(use, path) for use in self._uses_of(item, owner, path)]
        return all(decisions)

    def _decide(self, use: Use, path: ResponsePath) -> bool:
        known = self._known.get(use)
        if known is None:
            self.uses.append(use)
            denial = self._policy.decide(use)
            known = self._known[use] = denial is None
            if denial is not None:
                self.denied.append(DeniedUse(use, denial, path))
        return known

    def _uses_of(self, item: Field, owner: str, path: ResponsePath) -> Iterator[Use]:
        coordinate = f"{owner}.{item.name}"
        yield Use(coordinate, UseKind.FIELD, path, None, self._operation)
        for needed in self._requirements.of(owner, item.name):
            yield Use(needed, UseKind.REQUIRED, path, coordinate, self._operation)
        for argument in item.arguments:
            if not argument.is_directive:
                coordinate_text = f"{coordinate}({argument.name}:)"
                yield Use(coordinate_text, UseKind.ARGUMENT, path, coordinate, self._operation)
            inputs = set(argument.uses)
            for variable in argument.variables:
                inputs |= self._variable_uses.get(variable, frozenset())
            for one in sorted(inputs):
                yield Use(one, self._input_kind(one), path, coordinate, self._operation)

    def _input_kind(self, coordinate: str) -> UseKind:
        owner = self._supergraph.schema.type_map[coordinate.partition(".")[0]]
        return UseKind.ENUM_VALUE if hasattr(owner, "values") else UseKind.INPUT_FIELD


def field_type(schema: GraphQLSchema, parent: str, name: str) -> str:
    """The named type of a field in the client's schema."""
    return get_named_type(_fields(schema, parent)[name].type).name


def _is_list(schema: GraphQLSchema, parent: str, name: str) -> bool:
    return is_list_type(get_nullable_type(_fields(schema, parent)[name].type))


def _fields(schema: GraphQLSchema, parent: str) -> Mapping[str, GraphQLField]:
    return getattr(schema.type_map[parent], "fields", {})
