"""`@cost` and `@listSize` by coordinate.

Source: the GraphQL Cost Directives specification (IBM). Weights may be strings, as there, or
numbers, as federation writes them. Where subgraphs differ, the dearest answer holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import DocumentNode, FieldDefinitionNode, ListTypeNode, Node, NonNullTypeNode

from c360_federation.errors import SupergraphError
from c360_federation.supergraph.coordinates import coordinates
from c360_federation.supergraph.directives import applied
from c360_federation.values import Json, JsonObject


@dataclass(frozen=True, slots=True)
class ListSize:
    """What is known about the length of a list, or of the lists `sized_fields` below it."""

    assumed: int | None = None
    slicing: tuple[str, ...] = ()
    sized_fields: tuple[str, ...] = ()
    needs_one_slicing: bool = True


_SLICING = ("first", "last")
_CONNECTION_LISTS = ("edges", "nodes")


@dataclass(frozen=True, slots=True)
class Costs:
    """Weights of types, fields, arguments and input fields, and sizes of list fields."""

    weights: Mapping[str, float] = field(default_factory=dict[str, float])
    sizes: Mapping[str, ListSize] = field(default_factory=dict[str, ListSize])


def read_costs(document: DocumentNode) -> Costs:
    """Everything that a supergraph says about costs; raises SupergraphError for bad weights."""
    weights: dict[str, float] = {}
    sizes: dict[str, ListSize] = {}
    for coordinate, node in coordinates(document):
        given = [_weight(coordinate, one.get("weight")) for one in applied(node, "cost")]
        if given:
            weights[coordinate] = max(given)
        for one in applied(node, "listSize"):
            sizes[coordinate] = _joined(sizes.get(coordinate), _list_size(one))
        if coordinate not in sizes and (size := _by_convention(node)):
            sizes[coordinate] = size
    return Costs(weights, sizes)


def _by_convention(node: Node) -> ListSize | None:
    """How long a field is that only takes the Relay cursor specification's arguments."""
    if not isinstance(node, FieldDefinitionNode):
        return None
    if not any(one.name.value in _SLICING for one in node.arguments or ()):
        return None
    kind = node.type.type if isinstance(node.type, NonNullTypeNode) else node.type
    sized = () if isinstance(kind, ListTypeNode) else _CONNECTION_LISTS
    return ListSize(slicing=_SLICING, sized_fields=sized, needs_one_slicing=False)


def _weight(coordinate: str, text: Json) -> float:
    try:
        return float(text)
    except (TypeError, ValueError):
        message = f"The weight of {coordinate} is not a number: {text!r}"
        raise SupergraphError(message) from None


def _list_size(arguments: JsonObject) -> ListSize:
    return ListSize(
        assumed=arguments.get("assumedSize"),
        slicing=tuple(arguments.get("slicingArguments") or ()),
        sized_fields=tuple(arguments.get("sizedFields") or ()),
        needs_one_slicing=arguments.get("requireOneSlicingArgument", True) is not False,
    )


def _joined(first: ListSize | None, second: ListSize) -> ListSize:
    if first is None:
        return second
    assumed = [one for one in (first.assumed, second.assumed) if one is not None]
    return ListSize(
        max(assumed, default=None),
        tuple(dict.fromkeys((*first.slicing, *second.slicing))),
        tuple(dict.fromkeys((*first.sized_fields, *second.sized_fields))),
        first.needs_one_slicing and second.needs_one_slicing,
    )
