"""How big an operation may be, measured before it is validated; one error, whatever is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import fields as fields_of
from typing import TypeAlias

from c360_kernel.errors import Invalid
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    parse,
)

Fragments: TypeAlias = Mapping[str, FragmentDefinitionNode]
_Selecting: TypeAlias = (
    OperationDefinitionNode | FragmentDefinitionNode | InlineFragmentNode | FieldNode
)
_REMEMBERED = 2_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one operation may hold, counted with its fragments spread out."""

    characters: int = 20_000
    tokens: int = 2_000
    depth: int = 15
    aliases: int = 30
    directives: int = 50
    fields: int = 2_000


class TooLarge(Invalid):
    """The operation is larger than this gateway takes."""

    code = "QUERY_TOO_LARGE"


@dataclass(frozen=True, slots=True)
class _Size:
    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0

    def beside(self, other: _Size) -> _Size:
        return _Size(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.fields + other.fields,
        )


_CODES = {
    "tokens": "TOO_MANY_TOKENS",
    "depth": "QUERY_TOO_DEEP",
    "aliases": "TOO_MANY_ALIASES",
    "directives": "TOO_MANY_DIRECTIVES",
    "fields": "TOO_MANY_FIELDS",
}


class LimitCheck:
    """Measures operations and remembers those that passed."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._passed: dict[str, None] = {}

    def check(self, query: str) -> None:
        """Raise `TooLarge` for a query text beyond the limits.

        What is no GraphQL passes: saying what is wrong with it is the parser's business.
        """
        if query in self._passed:
            return
        if len(query) > self._limits.characters:
            raise TooLarge(f"the query has more than {self._limits.characters} characters")
        for operation, fragments in self._operations(query):
            size = _Measure(fragments, self._limits.depth).of(operation)
            for one in fields_of(size):
                most: int = getattr(self._limits, one.name)
                if getattr(size, one.name) > most:
                    raise _beyond(one.name, most)
        self._remember(query)

    def _operations(self, query: str) -> list[tuple[OperationDefinitionNode, Fragments]]:
        try:
            document = parse(query, max_tokens=self._limits.tokens, no_location=True)
        except GraphQLSyntaxError as error:
            if "tokens" in error.message:
                raise _beyond("tokens", self._limits.tokens) from None
            return []
        nodes = document.definitions
        fragments = {n.name.value: n for n in nodes if isinstance(n, FragmentDefinitionNode)}
        return [(n, fragments) for n in nodes if isinstance(n, OperationDefinitionNode)]

    def _remember(self, query: str) -> None:
        if len(self._passed) >= _REMEMBERED:
            del self._passed[next(iter(self._passed))]
        self._passed[query] = None


class _Measure:
    """Sizes of selections; each fragment is measured once, however often it is spread."""

    def __init__(self, fragments: Fragments, deepest: int) -> None:
        self._fragments = fragments
        # A cycle of fragments has no end of its own; a fragment a level is more than anyone needs.
        self._last_level = 2 * deepest
        self._deepest = deepest
        self._known: dict[str, _Size] = {}

    def of(self, node: _Selecting, level: int = 0) -> _Size:
        if level > self._last_level:
            raise _beyond("depth", self._deepest)
        size = _Size(directives=len(node.directives or ()))
        for child in node.selection_set.selections if node.selection_set else ():
            size = size.beside(self._child(child, level + 1))
        return size

    def _child(self, child: SelectionNode, level: int) -> _Size:
        if isinstance(child, FieldNode):
            inner = self.of(child, level)
            aliases = inner.aliases + (child.alias is not None)
            return _Size(inner.depth + 1, aliases, inner.directives, inner.fields + 1)
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


def _beyond(what: str, most: int) -> TooLarge:
    message = f"the operation is beyond this gateway's limit for {what}, which is {most}"
    return TooLarge(message, code=_CODES[what])
