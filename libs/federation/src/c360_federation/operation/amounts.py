"""How much input an operation brings along, in literals and variables together.

Counted before any of it is read as what it should be. What a store has to evaluate, conditions
and list items, counts for each place where it is used; what only has to be read counts once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    StringValueNode,
    ValueNode,
    VariableNode,
)

from c360_federation.operation.limits import Fragments, InputLimits, beyond
from c360_federation.values import Json, JsonObject

_PLAIN = frozenset((int, float, bool))


@dataclass(frozen=True, slots=True)
class _Use:
    """A variable inside a literal."""

    name: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """The literals of an operation, how often each is used, and the same of its variables."""

    literals: tuple[tuple[Json, int], ...]
    uses: Mapping[str, int]
    defaults: JsonObject = field(default_factory=dict[str, Json])

    def check(self, limits: InputLimits, variables: Mapping[str, Json]) -> None:
        """Raises RequestRefused for what is beyond the limits."""
        if not self.literals and self._is_little(limits, variables):
            return
        count = _Count(limits)
        for literal, times in self.literals:
            count.add(literal, times)
        for name, times in self.uses.items():
            count.add(variables.get(name, self.defaults.get(name)), times)

    def _is_little(self, limits: InputLimits, variables: Mapping[str, Json]) -> bool:
        """Whether plain values alone are given, and far too few of them to look closer."""
        characters = 0
        for name in self.uses:
            value = variables.get(name, self.defaults.get(name))
            if type(value) is str:
                characters += len(value)
            elif value is not None and type(value) not in _PLAIN:
                return False
        return len(self.uses) <= limits.nodes and characters <= limits.characters


def inputs_of(operation: OperationDefinitionNode, fragments: Fragments) -> Inputs:
    """The inputs of an operation; its fragments may not form a cycle."""
    times = _times_spread(operation, fragments)
    literals: list[tuple[Json, int]] = []
    uses: Counter[str] = Counter()
    nodes = [(operation.selection_set.selections, 1)]
    nodes += [(fragments[name].selection_set.selections, n) for name, n in times.items()]
    for selections, count in nodes:
        for value in _arguments(selections):
            plain = _plain(value)
            if isinstance(plain, (list, dict)):
                literals.append((plain, count))
            for used in _uses(plain):
                uses[used] += count
    defaults = {
        one.variable.name.value: _plain(one.default_value)
        for one in operation.variable_definitions or ()
        if one.default_value is not None
    }
    return Inputs(tuple(literals), dict(uses), defaults)


def _times_spread(operation: OperationDefinitionNode, fragments: Fragments) -> Mapping[str, int]:
    """How often each fragment stands in an operation once all are spread out."""
    spreads = {
        name: Counter(_spreads(fragment.selection_set.selections))
        for name, fragment in fragments.items()
    }
    times = Counter(_spreads(operation.selection_set.selections))
    for name in _outer_first(times, spreads):
        for inner, count in spreads[name].items():
            times[inner] += count * times[name]
    return {name: count for name, count in times.items() if name in fragments}


def _outer_first(roots: Iterable[str], spreads: Mapping[str, Iterable[str]]) -> list[str]:
    """The fragments in use, each before those that it spreads."""
    found: dict[str, None] = {}
    for name in tuple(roots):
        _find(name, spreads, found)
    return list(reversed(found))


def _find(name: str, spreads: Mapping[str, Iterable[str]], found: dict[str, None]) -> None:
    if name in found or name not in spreads:
        return
    for inner in spreads[name]:
        _find(inner, spreads, found)
    found[name] = None


def _spreads(nodes: Sequence[SelectionNode]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, FragmentSpreadNode):
            yield node.name.value
        else:
            yield from _spreads(_below(node))


def _arguments(nodes: Sequence[SelectionNode]) -> Iterator[ValueNode]:
    for node in nodes:
        if isinstance(node, FieldNode):
            yield from (one.value for one in node.arguments or ())
        yield from _arguments(_below(node))


def _below(node: SelectionNode) -> Sequence[SelectionNode]:
    selected = getattr(node, "selection_set", None)
    return selected.selections if selected is not None else ()


def _plain(node: ValueNode) -> Json:
    """A literal as JSON would have it, variables left in their places."""
    if isinstance(node, VariableNode):
        return _Use(node.name.value)
    if isinstance(node, ListValueNode):
        return [_plain(one) for one in node.values]
    if isinstance(node, ObjectValueNode):
        return {one.name.value: _plain(one.value) for one in node.fields}
    return node.value if isinstance(node, StringValueNode) else None


def _uses(plain: Json) -> Iterator[str]:
    if isinstance(plain, _Use):
        yield plain.name
    elif isinstance(plain, (list, dict)):
        for one in plain.values() if isinstance(plain, dict) else plain:
            yield from _uses(one)


class _Count:
    """Adds values up; raises RequestRefused as soon as there is too much."""

    def __init__(self, limits: InputLimits) -> None:
        self._limits = limits
        self._nodes = 0
        self._characters = 0
        self._conditions = 0
        self._items = 0

    def add(self, value: Json, times: int, depth: int = 0) -> None:
        """Add a value that is used so often."""
        self._nodes += 1
        if self._nodes > self._limits.nodes:
            raise beyond("input_nodes", self._limits.nodes)
        if isinstance(value, str):
            self._add_text(value)
        elif isinstance(value, (list, dict)):
            if depth >= self._limits.depth:
                raise beyond("input_depth", self._limits.depth)
            if isinstance(value, list):
                self._add_list(value, times, depth)
            else:
                self._add_object(value, times, depth)

    def _add_text(self, text: str) -> None:
        self._characters += len(text)
        if self._characters > self._limits.characters:
            raise beyond("input_characters", self._limits.characters)

    def _add_list(self, values: list[Json], times: int, depth: int) -> None:
        self._items += len(values) * times
        if self._items > self._limits.items:
            raise beyond("list_items", self._limits.items)
        for one in values:
            self.add(one, times, depth + 1)

    def _add_object(self, members: JsonObject, times: int, depth: int) -> None:
        self._conditions += _conditions(members) * times
        if self._conditions > self._limits.conditions:
            raise beyond("conditions", self._limits.conditions)
        for name, one in members.items():
            self._add_text(name)
            self.add(one, times, depth + 1)


def _conditions(members: JsonObject) -> int:
    """What an input object asks by itself: its members that are no objects, or that it is empty."""
    leaves = sum(not _holds_objects(one) for one in members.values())
    return leaves if members else 1


def _holds_objects(value: Json) -> bool:
    if isinstance(value, list):
        return any(_holds_objects(one) for one in value[:1])
    return isinstance(value, dict)
