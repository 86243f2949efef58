"""Which customers an operation touched, under whatever mask or without their id being asked.

The id is added to what subgraphs are asked and read from what they answer, below the
projection, so that it never reaches the caller unless the caller selected it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from c360_federation.execute.streams import StreamTransport
from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphResponse,
    SubgraphTransport,
)
from c360_federation.supergraph.model import Supergraph
from graphql import (
    FieldNode,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    parse,
    print_ast,
)

from c360_gateway.context import OperationContext

SUBJECT_ALIAS = "__c360Subject"
"""Callers may not begin a response key with two underscores, so theirs is never this one."""
NOTHING_ELSE: Mapping[str, str] = {}
_REMEMBERED = 500


@dataclass(slots=True)
class _Place:
    """A position in an answer: whether a subject stands here, and what lies below."""

    is_subject: bool = False
    below: dict[str, _Place] = field(default_factory=dict[str, "_Place"])

    def leads_somewhere(self) -> bool:
        return self.is_subject or bool(self.below)


class Withhold(Protocol):
    """Takes out of an answer what some customers do not consent to show."""

    async def __call__(
        self,
        subgraph: str,
        request: SubgraphRequest,
        data: dict[str, Any],
        context: OperationContext,
    ) -> None:
        """Null it in `data`, the answer to this request."""
        ...


class SubjectTracing:
    """A transport that notes the subjects in what passes through it.

    What policy shows by each customer's consent passes as far as they give it.
    """

    def __init__(self, inner: SubgraphTransport, subjects: SubjectsOf, withhold: Withhold) -> None:
        self._inner = inner
        self._subjects = subjects
        self._withhold = withhold

    async def execute(
        self, subgraph: str, request: SubgraphRequest, context: object
    ) -> SubgraphResponse:
        """Answer one request and note whom it is about."""
        assert isinstance(context, OperationContext)
        query, place = self._subjects.traced(subgraph, request.query)
        traced = SubgraphRequest(
            query, request.variables, request.operation_name, request.operation
        )
        response = await self._inner.execute(subgraph, traced, context)
        if response.data is not None:
            if place is not None:
                _collect(response.data, place, context.subjects)
            if context.consented:
                await self._withhold(subgraph, request, response.data, context)
        return response


class SubjectTracingStreams:
    """The same for streams of events: an event's subjects are noted before it is passed on."""

    def __init__(self, inner: StreamTransport, subjects: SubjectsOf) -> None:
        self._inner = inner
        self._subjects = subjects

    async def subscribe(
        self, subgraph: str, request: SubgraphRequest, context: object
    ) -> AsyncGenerator[SubgraphResponse, None]:
        """Pass on each event and note whom it is about."""
        assert isinstance(context, OperationContext)
        query, place = self._subjects.traced(subgraph, request.query)
        events = self._inner.subscribe(subgraph, request._replace(query=query), context)
        async with aclosing(events):
            async for event in events:
                if place is not None and event.data is not None:
                    _collect(event.data, place, context.subjects)
                yield event


def _collect(value: Any, place: _Place, found: set[str]) -> None:  # noqa: ANN401 - JSON
    if type(value) is dict:
        if place.is_subject and (subject := value.get(SUBJECT_ALIAS)) is not None:
            found.update(_ids_in(subject))
        for key, inner in place.below.items():
            if (below := value.get(key)) is not None:
                _collect(below, inner, found)
    elif isinstance(value, list):
        for one in value:
            _collect(one, place, found)


def _ids_in(subject: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(subject, dict):
        return (str(one) for one in cast("dict[str, object]", subject).values() if one is not None)
    return map(str, cast("list[object]", subject) if isinstance(subject, list) else (subject,))


def sole_subject(holder: Mapping[str, Any]) -> str | None:
    """The one subject that a part of an answer is about; None of none, and of several."""
    subject = holder.get(SUBJECT_ALIAS)
    return None if subject is None or isinstance(subject, list) else next(_ids_in(subject), None)


class SubjectsOf:
    """Adds the subject's id to the subgraph queries of one supergraph; rewrites each text once.

    `about` are types that tell of subjects without holding them, each with the field of their ids,
    or `FIELD.ID` where the field holds the subject.
    """

    def __init__(
        self,
        supergraph: Supergraph,
        type_name: str,
        id_field: str,
        about: Mapping[str, str] = NOTHING_ELSE,
    ) -> None:
        self._supergraph = supergraph
        self._graph_ids = {graph.name: graph.id for graph in supergraph.graphs.values()}
        self._type_name = type_name
        self._id_field = id_field
        self._about = about
        self._known: OrderedDict[tuple[str, str], tuple[str, _Place | None]] = OrderedDict()

    def traced(self, subgraph: str, query: str) -> tuple[str, _Place | None]:
        """The query to send instead, and where its answer will name subjects."""
        key = (subgraph, query)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._rewrite(self._graph_ids[subgraph], query)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return known

    def _rewrite(self, graph: str, query: str) -> tuple[str, _Place | None]:
        if self._supergraph.field_in(graph, self._type_name, self._id_field) is None:
            return query, None
        document = parse(query, no_location=True)
        operation = document.definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        root = self._supergraph.roots.get(operation.operation.value, "")
        place = _Place()
        selections = self._visit(graph, root, operation.selection_set, place)
        if not place.below:
            return query, None
        definitions = (replace(operation, selection_set=selections), *document.definitions[1:])
        return print_ast(replace(document, definitions=definitions)), place

    def _visit(
        self, graph: str, on: str, selected: SelectionSetNode, place: _Place
    ) -> SelectionSetNode:
        """The selection with ids added; `place` learns where they will be."""
        made = [self._selection(graph, on, node, place) for node in selected.selections]
        if on == self._type_name:
            place.is_subject = True
            made.append(_aliased(self._id_field))
        elif on in self._about:
            place.is_subject = True
            made.append(_aliased(self._about[on]))
        elif self._may_be_subject(graph, on) and not self._asks_whom(made):
            place.is_subject = True
            made.append(_only_on(self._type_name, _aliased(self._id_field)))
        return replace(selected, selections=tuple(made))

    def _may_be_subject(self, graph: str, on: str) -> bool:
        kind = self._supergraph.type_in(graph, on)
        return kind is not None and kind.is_abstract and self._type_name in kind.possible

    def _asks_whom(self, made: Iterable[SelectionNode]) -> bool:
        """Whether a fragment of these, whatever the caller's variables, asks the subject's id."""
        return any(
            isinstance(node, InlineFragmentNode)
            and node.type_condition is not None
            and node.type_condition.name.value == self._type_name
            and not node.directives
            for node in made
        )

    def _selection(self, graph: str, on: str, node: SelectionNode, place: _Place) -> SelectionNode:
        if isinstance(node, InlineFragmentNode):
            name = node.type_condition.name.value if node.type_condition else on
            return replace(node, selection_set=self._visit(graph, name, node.selection_set, place))
        if not isinstance(node, FieldNode) or node.selection_set is None:
            return node
        key = node.alias.value if node.alias else node.name.value
        inner = place.below.get(key, _Place())
        declared = self._supergraph.field_in(graph, on, node.name.value)
        below = declared.named_type if declared else ""
        visited = self._visit(graph, below, node.selection_set, inner)
        if inner.leads_somewhere():
            place.below[key] = inner
        return replace(node, selection_set=visited)


def _aliased(path: str) -> FieldNode:
    name, _, below = path.partition(".")
    inner = SelectionSetNode(selections=(FieldNode(name=NameNode(value=below)),)) if below else None
    alias = NameNode(value=SUBJECT_ALIAS)
    return FieldNode(name=NameNode(value=name), alias=alias, selection_set=inner)


def _only_on(type_name: str, node: FieldNode) -> InlineFragmentNode:
    return InlineFragmentNode(
        type_condition=NamedTypeNode(name=NameNode(value=type_name)),
        selection_set=SelectionSetNode(selections=(node,)),
    )
