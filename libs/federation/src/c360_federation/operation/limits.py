"""How big an operation may be, measured on its syntax tree before anything else is done with it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
)

from c360_federation.errors import OPERATION_TOO_LARGE, RequestRefused, entry

Fragments: TypeAlias = Mapping[str, FragmentDefinitionNode]
_Selecting: TypeAlias = (
    OperationDefinitionNode | FragmentDefinitionNode | InlineFragmentNode | FieldNode
)
_MEASURED = ("depth", "aliases", "directives")


@dataclass(frozen=True, slots=True)
class InputLimits:
    """The most that one request may bring along, in literals and variables together.

    `nodes` are values of any kind, one inside the other; `characters` those of texts and names.
    `items` of lists and `conditions` (what input objects ask: their members that are no objects
    themselves) count for each place where they are used.
    """

    nodes: float = 100_000
    characters: float = 4_000_000
    depth: int = 100
    items: float = 50_000
    conditions: float = 10_000


# What is written is much at once, and asks nothing.
_WRITES = InputLimits(nodes=1_000_000, characters=math.inf, items=math.inf, conditions=math.inf)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one operation may hold, counted with its fragments spread out.

    `characters` and `tokens` are those of the whole document. `type_cost` and `field_cost` are
    those of the cost specification; `repeats` are selections of the document that only say again
    what stands beside them; a list of unknown length is taken to hold `assumed_list_size`
    objects. `reads` limits what queries and subscriptions bring along, `writes` what mutations do.
    """

    characters: int = 1_000_000
    tokens: int = 10_000
    depth: int = 100
    aliases: int = 1_000
    directives: int = 500
    selections: int = 20_000
    repeats: float = math.inf
    type_cost: float = math.inf
    field_cost: float = math.inf
    assumed_list_size: int = 10
    reads: InputLimits = field(default_factory=InputLimits)
    writes: InputLimits = _WRITES

    def inputs(self, operation: str) -> InputLimits:
        """The limits of what an operation of this kind brings along."""
        return self.writes if operation == "mutation" else self.reads

    @property
    def has_cost(self) -> bool:
        """Whether costs have to be worked out at all."""
        return not (math.isinf(self.type_cost) and math.isinf(self.field_cost))


def beyond(what: str, most: float) -> RequestRefused:
    """The one error for whatever is too much; says the limit, never what was found."""
    message = f"The operation is beyond the limit for {what}, which is {most:g}"
    return RequestRefused([entry(OPERATION_TOO_LARGE, message, limit=what, most=most)])


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The document's fragments by name."""
    return {
        one.name.value: one
        for one in document.definitions
        if isinstance(one, FragmentDefinitionNode)
    }


def check_size(document: DocumentNode, limits: Limits) -> None:
    """Refuse a document any of whose operations is beyond the limits."""
    fragments = fragments_of(document)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            size = _Measure(fragments, limits.depth).of(node)
            for what in _MEASURED:
                most: int = getattr(limits, what)
                if getattr(size, what) > most:
                    raise beyond(what, most)


@dataclass(frozen=True, slots=True)
class _Size:
    depth: int = 0
    aliases: int = 0
    directives: int = 0

    def beside(self, other: _Size) -> _Size:
        return _Size(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
        )


class _Measure:
    """Sizes of selections; each fragment is measured once, however often it is spread."""

    def __init__(self, fragments: Fragments, deepest: int) -> None:
        self._fragments = fragments
        self._deepest = deepest
        # A cycle of fragments has no end of its own; a fragment a level is more than anyone needs.
        self._last_level = 2 * deepest
        self._known: dict[str, _Size] = {}

    def of(self, node: _Selecting, level: int = 0) -> _Size:
        if level > self._last_level:
            raise beyond("depth", self._deepest)
        size = _Size(directives=len(node.directives or ()))
        for child in node.selection_set.selections if node.selection_set else ():
            size = size.beside(self._child(child, level + 1))
        return size

    def _child(self, child: SelectionNode, level: int) -> _Size:
        if isinstance(child, FieldNode):
            inner = self.of(child, level)
            aliases = inner.aliases + (child.alias is not None)
            return _Size(inner.depth + 1, aliases, inner.directives)
        if isinstance(child, FragmentSpreadNode):
            own = _Size(directives=len(child.directives or ()))
            return own.beside(self._fragment(child.name.value, level))
        assert isinstance(child, InlineFragmentNode)
        return self.of(child, level)

    def _fragment(self, name: str, level: int) -> _Size:
        known = self._known.get(name)
        if known is None:
            fragment = self._fragments.get(name)
            known = self._known[name] = _Size() if fragment is None else self.of(fragment, level)
        return known
