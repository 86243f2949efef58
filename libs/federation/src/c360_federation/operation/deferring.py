"""Taking `@defer` fragments out of a selection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionNode,
    StringValueNode,
    VariableNode,
    get_named_type,
)

from c360_federation.operation.inlining import Inliner
from c360_federation.operation.parsing import ParsedOperation
from c360_federation.selection import Field, Fragment, Item, Items
from c360_federation.supergraph.model import Supergraph
from c360_federation.values import JsonObject

DEFER = "defer"


@dataclass(frozen=True, slots=True)
class Deferred:
    """A fragment that may come later: at which place, on which type, within which other one."""

    path: tuple[str, ...]
    type: str
    label: str | None
    items: Items
    within: int | None


@dataclass(frozen=True, slots=True)
class Split:
    """What has to come at once, and what may come later; outer fragments before inner ones."""

    items: Items
    deferred: tuple[Deferred, ...]


def split_deferred(
    supergraph: Supergraph, operation: ParsedOperation, values: JsonObject, max_selections: int
) -> Split:
    """Split an operation's selection; a fragment is deferred unless its `if` says no."""
    root = supergraph.roots[operation.kind]
    run = _Splitter(supergraph, operation, values, max_selections, root)
    items = run.items(operation.node.selection_set.selections, root)
    return Split(items, tuple(one for one in run.deferred if one is not None))


class _Splitter(Inliner):
    def __init__(
        self,
        supergraph: Supergraph,
        operation: ParsedOperation,
        values: JsonObject,
        max_selections: int,
        root: str,
    ) -> None:
        super().__init__(supergraph.schema, operation.fragments, values, max_selections)
        self._path: tuple[str, ...] = ()
        self._type = root
        self._conditions: tuple[str, ...] = ()
        self._within: int | None = None
        self.deferred: list[Deferred | None] = []

    def _item(self, node: SelectionNode, parent: str) -> Iterator[Item]:
        directive = _defer_of(node)
        if directive is None or not self._applies(directive):
            yield from super()._item(node, parent)
            return
        number, within = len(self.deferred), self._within
        self.deferred.append(None)
        self._within = number
        items = tuple(super()._item(node, parent))
        self._within = within
        for condition in reversed(self._conditions):
            items = (Fragment(condition, items),)
        made = Deferred(self._path, self._type, _label(directive), items, within)
        self.deferred[number] = made

    def _field(self, node: FieldNode, parent: str) -> Field:
        above = (self._path, self._type, self._conditions)
        declared = self._declared(node.name.value, parent)
        key = node.alias.value if node.alias else node.name.value
        self._path = (*self._path, key)
        self._type = "" if declared is None else get_named_type(declared.type).name
        self._conditions = ()
        field = super()._field(node, parent)
        self._path, self._type, self._conditions = above
        return field

    def _fragment(self, on: str, nodes: Sequence[SelectionNode], parent: str) -> Iterator[Item]:
        above = self._conditions
        self._conditions = (*above, on)
        yield from super()._fragment(on, nodes, parent)
        self._conditions = above

    def _applies(self, directive: DirectiveNode) -> bool:
        if not self._is_wanted((directive,)):
            return False
        for one in directive.arguments or ():
            if one.name.value == "if":
                if isinstance(one.value, VariableNode):
                    return bool(self._values.get(one.value.name.value, True))
                return isinstance(one.value, BooleanValueNode) and one.value.value
        return True


def _defer_of(node: SelectionNode) -> DirectiveNode | None:
    if not isinstance(node, (FragmentSpreadNode, InlineFragmentNode)):
        return None
    return next((one for one in node.directives or () if one.name.value == DEFER), None)


def _label(directive: DirectiveNode) -> str | None:
    for one in directive.arguments or ():
        if one.name.value == "label" and isinstance(one.value, StringValueNode):
            return one.value.value
    return None
