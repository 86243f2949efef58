"""Whether fields with one response key can be merged, decided for sets of fields, not for pairs.

"Field Selection Merging" of the GraphQL specification, after the algorithm of Simon Adameit that
Sangria and graphql-java use: all fields of a response key must have one shape; those that may meet
on one object must be one call; then the same for everything selected below them together. Equal
fields and equal selections are one from the start, so what is written n times is looked at once.

Expects a document in which nothing else is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    get_named_type,
    is_leaf_type,
    is_object_type,
    print_ast,
)
from graphql.utilities.sort_value_node import sort_value_node

from c360_federation.operation.limits import Fragments
from c360_federation.operation.variables import Kind


class Overlapping(NamedTuple):
    """Fields of one response key that cannot be merged, and why."""

    key: str
    reason: str
    nodes: tuple[FieldNode, FieldNode]

    @property
    def message(self) -> str:
        """What to tell whoever wrote them."""
        return (
            f"Fields '{self.key}' conflict because {self.reason}."
            " Use different aliases on the fields to fetch both if this was intentional."
        )


class TooManyOverlaps(Exception):
    """More fields would have to be looked at than was allowed."""


class _Selection:
    """What is selected in one place; there is one for equal selections."""

    __slots__ = ("fields", "spreads")

    def __init__(self, fields: Iterable[_Field], spreads: Iterable[str]) -> None:
        self.fields = tuple(fields)
        self.spreads = tuple(spreads)


class _Field(NamedTuple):
    """Equal fields of one parent; `call` is name and arguments, `shape` the type for a leaf."""

    key: str
    parent: str
    call: str
    shape: str | None
    below: _Selection | None


_Level: TypeAlias = frozenset[_Selection]
"""All that is selected on the objects of one place of the answer."""


def find_overlapping(
    schema: GraphQLSchema,
    fragments: Fragments,
    selections: Iterable[tuple[Sequence[SelectionNode], str]],
    most: int,
) -> tuple[Overlapping | None, int]:
    """The first conflict below some root selections, each with its type; and the fields visited.

    Raises `TooManyOverlaps` beyond `most` visits: fragments on many types that nest can ask for
    more combinations than anyone writes.
    """
    run = _Merging(schema, fragments, most)
    for nodes, root in selections:
        conflict = run.conflict(nodes, root)
        if conflict is not None:
            return conflict, run.visited
    return None, run.visited


class _Merging:
    def __init__(self, schema: GraphQLSchema, fragments: Fragments, most: int) -> None:
        self._schema = schema
        self._most = most
        self.visited = 0
        self._fields: dict[_Field, FieldNode] = {}
        self._selections: dict[tuple[tuple[_Field, ...], tuple[str, ...]], _Selection] = {}
        self._shaped: set[_Level] = set()
        self._called: set[_Level] = set()
        self._fragments = {
            name: self._selection(one.selection_set.selections, one.type_condition.name.value)
            for name, one in fragments.items()
        }

    def conflict(self, nodes: Sequence[SelectionNode], root: str) -> Overlapping | None:
        level = frozenset((self._selection(nodes, root),))
        return self._conflict_of_shapes(level) or self._conflict_of_calls(level)

    # equal selections are one

    def _selection(self, nodes: Sequence[SelectionNode], parent: str) -> _Selection:
        fields: dict[_Field, None] = {}
        spreads: dict[str, None] = {}
        for on, node in _flat(nodes, parent):
            if isinstance(node, FieldNode):
                fields[self._field(node, on)] = None
            else:
                spreads[node.name.value] = None
        slot = (tuple(fields), tuple(spreads))
        return self._selections.setdefault(slot, _Selection(*slot))

    def _field(self, node: FieldNode, parent: str) -> _Field:
        name = node.name.value
        key = node.alias.value if node.alias else name
        kind = self._type(parent, name)
        below = None
        if node.selection_set:
            named = get_named_type(kind).name
            below = self._selection(node.selection_set.selections, named)
        # The reference implementation knows no type of fields that every type has.
        shape = None if name.startswith("__") else _shape(kind)
        made = _Field(key, parent, _call(node), shape, below)
        self._fields.setdefault(made, node)
        return made

    def _type(self, parent: str, name: str) -> Kind:
        declared = self._schema.get_field(self._schema.type_map[parent], name)  # type: ignore[arg-type]
        assert declared is not None
        return declared.type

    # levels

    def _by_key(self, level: _Level) -> dict[str, list[_Field]]:
        """The fields of a level, fragments spread out, by response key."""
        found: dict[str, dict[_Field, None]] = {}
        spread: set[str] = set()
        waiting = list(level)
        while waiting:
            selection = waiting.pop()
            self._visit(1 + len(selection.fields))
            for field in selection.fields:
                found.setdefault(field.key, {})[field] = None
            new = [name for name in selection.spreads if name not in spread]
            spread.update(new)
            waiting.extend(self._fragments[name] for name in new)
        return {key: list(fields) for key, fields in found.items()}

    def _visit(self, count: int) -> None:
        self.visited += count
        if self.visited > self._most:
            raise TooManyOverlaps

    def _conflict_of_shapes(self, level: _Level) -> Overlapping | None:
        if level in self._shaped:
            return None
        self._shaped.add(level)
        for key, fields in self._by_key(level).items():
            known = [one for one in fields if one.shape is not None]
            other = next((one for one in known if one.shape != known[0].shape), None)
            if other is not None:
                return self._conflict(key, "they return conflicting types", known[0], other)
            below = _below(fields)
            found = self._conflict_of_shapes(below) if below else None
            if found is not None:
                return found
        return None

    def _conflict_of_calls(self, level: _Level) -> Overlapping | None:
        if level in self._called:
            return None
        self._called.add(level)
        for key, fields in self._by_key(level).items():
            for together in self._together(fields):
                other = next((one for one in together if one.call != together[0].call), None)
                if other is not None:
                    return self._conflict(key, _difference(together[0], other), together[0], other)
                below = _below(together)
                found = self._conflict_of_calls(below) if below else None
                if found is not None:
                    return found
        return None

    def _together(self, fields: list[_Field]) -> Iterator[list[_Field]]:
        """The fields that may meet on one object: of each object type with all abstract ones."""
        concrete: dict[str, list[_Field]] = {}
        abstract: list[_Field] = []
        for field in fields:
            is_object = is_object_type(self._schema.type_map[field.parent])
            (concrete.setdefault(field.parent, []) if is_object else abstract).append(field)
        if not concrete:
            yield abstract
        for own in concrete.values():
            self._visit(len(abstract))
            yield [*own, *abstract]

    def _conflict(self, key: str, reason: str, one: _Field, other: _Field) -> Overlapping:
        return Overlapping(key, reason, (self._fields[one], self._fields[other]))


def _flat(
    nodes: Sequence[SelectionNode], parent: str
) -> Iterator[tuple[str, FieldNode | FragmentSpreadNode]]:
    """Fields and spreads with the type that they are selected on; inline fragments taken apart."""
    for node in nodes:
        if isinstance(node, InlineFragmentNode):
            on = node.type_condition.name.value if node.type_condition else parent
            yield from _flat(node.selection_set.selections, on)
        else:
            assert isinstance(node, FieldNode | FragmentSpreadNode)
            yield parent, node


def _below(fields: Iterable[_Field]) -> _Level:
    return frozenset(one.below for one in fields if one.below is not None)


def _call(node: FieldNode) -> str:
    if not node.arguments:
        return node.name.value
    arguments = sorted(
        (one.name.value, print_ast(sort_value_node(one.value))) for one in node.arguments
    )
    return f"{node.name.value}({arguments})"


def _shape(kind: Kind) -> str:
    """The type as it is written, with any composite type standing for all."""
    named = get_named_type(kind)
    return str(kind) if is_leaf_type(named) else str(kind).replace(named.name, "")


def _difference(one: _Field, other: _Field) -> str:
    first, second = (field.call.partition("(")[0] for field in (one, other))
    if first != second:
        return f"'{first}' and '{second}' are different fields"
    return "they have differing arguments"
