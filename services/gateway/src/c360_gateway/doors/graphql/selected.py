"""Whether an operation asks for a field, seen from a field above it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, SelectionNode

Fragments = Mapping[str, FragmentDefinitionNode]


def is_selected(nodes: Iterable[FieldNode], fragments: Fragments, path: Sequence[str]) -> bool:
    """Whether any of these nodes leads to the field at a path of field names below it."""
    if not path:
        return True
    below = [field for node in nodes for field in _fields(node, fragments)]
    named = [field for field in below if field.name.value == path[0]]
    return bool(named) and is_selected(named, fragments, path[1:])


def _fields(
    node: SelectionNode | FragmentDefinitionNode, fragments: Fragments
) -> Iterator[FieldNode]:
    selected = getattr(node, "selection_set", None)
    for one in selected.selections if selected is not None else ():
        if isinstance(one, FieldNode):
            yield one
        elif isinstance(one, FragmentSpreadNode):
            yield from _fields(fragments[one.name.value], fragments)
        else:
            yield from _fields(one, fragments)
