"""Fields that policy shows by each customer's consent: nulled in what services answer.

What a field belongs to is read from the answer: the customer around it, whose id every request
asks for (`c360_gateway.audit.subjects`), or the record that was asked about. What belongs to nobody
that is known is nulled, too: so is what an account says, whichever customer it was reached from,
for it is said of others as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from c360_federation.caches import Lru
from c360_federation.execute.transport import SubgraphRequest
from c360_federation.supergraph.model import Supergraph
from graphql import (
    FieldNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    parse,
)
from typing_extensions import override

from c360_gateway.audit.subjects import Withhold, sole_subject
from c360_gateway.context import OperationContext
from c360_gateway.transport.consent_states import ConsentStates, Owner

_ENTITIES = "_entities"
_KEPT = 2_000
_NOBODY = Owner("")
_ACCOUNT = "Account"
"""The type of subjects who consent to nothing; whoever belongs to one answers for themselves."""


@dataclass(slots=True)
class _Place:
    """A position in an answer: the coordinates that need a consent here, and what lies below.

    `variable` holds whom entities are asked for by; what `is_apart` is not the customer's around.
    """

    variable: str = ""
    is_apart: bool = False
    consented: set[str] = field(default_factory=set[str])
    below: dict[str, _Place] = field(default_factory=dict[str, "_Place"])

    def leads_somewhere(self) -> bool:
        return bool(self.consented or self.below)


class _Spot(NamedTuple):
    """A value that needs its owner's consent."""

    holder: dict[str, Any]
    key: str
    owner: Owner
    coordinates: frozenset[str]


class ConsentGate(Withhold):
    """Lets pass what customers consent to."""

    def __init__(self, supergraph: Supergraph, states: ConsentStates) -> None:
        self._places = _Places(supergraph)
        self._states = states

    @override
    async def __call__(
        self,
        subgraph: str,
        request: SubgraphRequest,
        data: dict[str, Any],
        context: OperationContext,
    ) -> None:
        place = self._places.of(subgraph, request.query, context.consented)
        if place.leads_somewhere():
            await self._cut(list(_spots(data, place, request.variables)), context)

    async def _cut(self, spots: list[_Spot], context: OperationContext) -> None:
        unknown = {one.owner for one in spots} - context.consents.keys() - {_NOBODY}
        granted = await self._states.granted(unknown, context) if unknown else frozenset()
        context.consents |= {owner: owner in granted for owner in unknown}
        for holder, key, owner, coordinates in spots:
            if not context.consents.get(owner, False):
                if holder[key] is not None:
                    context.withheld |= coordinates
                holder[key] = None


def _spots(
    data: dict[str, Any], place: _Place, variables: Mapping[str, Any] | None
) -> Iterator[_Spot]:
    for key, below in place.below.items():
        value = data.get(key)
        if below.variable and isinstance(value, list):
            representations = (variables or {}).get(below.variable)
            owners = (
                [_owner(one) for one in representations]
                if isinstance(representations, list)
                else []
            )
            if len(owners) != len(value):
                owners = [_NOBODY] * len(value)
            for one, owner in zip(value, owners, strict=True):
                yield from _within(one, below, owner)
        else:
            yield from _within(value, below, _NOBODY)


def _owner(representation: Mapping[str, Any]) -> Owner:
    match representation:
        case {"__typename": "Customer" | "PastCustomer", "id": str() as id_}:
            return Owner(id_)
        case {"__typename": "SourceRecord", "source": str() as source, "key": str() as key}:
            return Owner(key, source)
        case _:
            return _NOBODY


def _within(value: Any, place: _Place, owner: Owner) -> Iterator[_Spot]:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        for one in value:
            yield from _within(one, place, owner)
    elif isinstance(value, dict):
        if place.is_apart:
            owner = _NOBODY
        if (subject := sole_subject(value)) is not None:
            owner = Owner(subject)
        for key, below in place.below.items():
            if key in value:
                if below.consented:
                    yield _Spot(value, key, owner, frozenset(below.consented))
                yield from _within(value[key], below, owner)


class _Places:
    """Where in the answers to requests a consent is needed, found once for each text and set."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._ids = {graph.name: graph.id for graph in supergraph.graphs.values()}
        self._known: Lru[tuple[str, str, frozenset[str]], _Place] = Lru(_KEPT)

    def of(self, subgraph: str, query: str, consented: frozenset[str]) -> _Place:
        key = (subgraph, query, consented)
        return self._known.get(key) or self._known.put(
            key, self._made(self._ids[subgraph], query, consented)
        )

    def _made(self, graph: str, query: str, consented: frozenset[str]) -> _Place:
        (operation,) = parse(query, no_location=True).definitions
        assert isinstance(operation, OperationDefinitionNode)
        root = self._supergraph.roots.get(operation.operation.value, "")
        return self._visit(graph, root, operation.selection_set, consented)

    def _visit(
        self, graph: str, on: str, selected: SelectionSetNode, consented: frozenset[str]
    ) -> _Place:
        place = _Place()
        self._fill(place, graph, on, selected, consented)
        return place

    def _fill(
        self,
        place: _Place,
        graph: str,
        on: str,
        selected: SelectionSetNode,
        consented: frozenset[str],
    ) -> None:
        for node in selected.selections:
            if isinstance(node, InlineFragmentNode):
                name = node.type_condition.name.value if node.type_condition else on
                self._fill(place, graph, name, node.selection_set, consented)
            elif isinstance(node, FieldNode):
                self._field(place, graph, on, node, consented)

    def _field(
        self, place: _Place, graph: str, on: str, node: FieldNode, consented: frozenset[str]
    ) -> None:
        key, name = node.alias.value if node.alias else node.name.value, node.name.value
        inner = place.below.get(key, _Place())
        inner.consented |= {one for one in self._coordinates(graph, on, name) if one in consented}
        if node.selection_set is not None:
            declared = self._supergraph.field_in(graph, on, name)
            below = declared.named_type if declared else ""
            inner.is_apart |= below == _ACCOUNT
            self._fill(inner, graph, below, node.selection_set, consented)
        if name == _ENTITIES:
            inner.variable = _variable_of(node)
        if inner.leads_somewhere():
            place.below[key] = inner

    def _coordinates(self, graph: str, on: str, name: str) -> Iterator[str]:
        """The field in its own type, and in each that may stand there."""
        yield f"{on}.{name}"
        kind = self._supergraph.type_in(graph, on)
        if kind is not None and kind.is_abstract:
            yield from (f"{one}.{name}" for one in kind.possible)


def _variable_of(entities: FieldNode) -> str:
    given = (one.value for one in entities.arguments or ())
    return next((one.name.value for one in given if isinstance(one, VariableNode)), "")
