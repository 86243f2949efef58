"""Whose the value of a token is: the customers that its caller may be told of who have it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from logging import getLogger
from typing import Any, NamedTuple, Protocol

from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphTransport,
    TransportError,
)
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.names import constant
from c360_policy.mask.tokens import Sealed
from c360_policy.schema.catalog_tags import identifier_coordinates, trait_coordinates
from typing_extensions import override

from c360_gateway.context import OperationContext

_MOST = 100
_log = getLogger(__name__)


class TokenHolders(Protocol):
    """Knows who has a value."""

    async def of(
        self, values: Collection[Sealed], context: OperationContext
    ) -> Mapping[Sealed, frozenset[str]]:
        """The customers with each value that the caller may be told of.

        Nobody has what cannot be looked for now, or is neither a trait nor an identifier.
        """
        ...


class _Place(NamedTuple):
    """A place that values are looked for in; `field` asks for `$v`, and says who has it."""

    subgraph: str
    tag: str
    coordinates: frozenset[str]
    field: str


@dataclass(frozen=True, slots=True)
class _Question:
    subgraph: str
    field: str
    value: Sealed


class SubgraphTokenHolders(TokenHolders):
    """Asks identity for identifiers and profile for traits, within the caller's scope."""

    def __init__(self, catalog: Catalog, transport: SubgraphTransport) -> None:
        self._places = (*_identifiers(catalog), *_traits(catalog))
        self._transport = transport

    @override
    async def of(
        self, values: Collection[Sealed], context: OperationContext
    ) -> Mapping[Sealed, frozenset[str]]:
        by_subgraph: dict[str, list[_Question]] = defaultdict(list)
        for value in dict.fromkeys(values):
            for place in self._places:
                if value.scope in place.coordinates or value.scope == place.tag:
                    one = _Question(place.subgraph, place.field, value)
                    by_subgraph[place.subgraph].append(one)
        found: dict[Sealed, set[str]] = defaultdict(set)
        for subgraph, questions in by_subgraph.items():
            data = await self._answer(subgraph, questions, context)
            for number, one in enumerate(questions):
                found[one.value] |= set(_ids(data.get(f"q{number}")))
        return {value: frozenset(ids) for value, ids in found.items()}

    async def _answer(
        self, subgraph: str, questions: Sequence[_Question], context: OperationContext
    ) -> Mapping[str, Any]:
        # How many there are is not told, so the smallest group plays no part.
        caller = replace(context.present_caller(), smallest_group=0)
        present = replace(context, caller=caller, written_before=None)
        try:
            response = await self._transport.execute(subgraph, _request(questions), present)
        except TransportError as error:
            _log.warning("holders of tokens cannot be asked for: %s", error.code)
            return {}
        return response.data or {}


def _request(questions: Sequence[_Question]) -> SubgraphRequest:
    declared = ", ".join(f"$v{number}: String!" for number in range(len(questions)))
    fields = " ".join(
        f"q{number}: {one.field.replace('$v', f'$v{number}')}"
        for number, one in enumerate(questions)
    )
    variables = {f"v{number}": one.value.value for number, one in enumerate(questions)}
    return SubgraphRequest(f"query Holders({declared}) {{ {fields} }}", variables, "Holders")


def _identifiers(catalog: Catalog) -> Iterator[_Place]:
    for name, one in catalog.identifiers.items():
        field = f"customersByIdentifier(type: {constant(name)}, value: $v, first: {_MOST}) {{ id }}"
        yield _Place("identity", one.tag, frozenset(identifier_coordinates(name)), field)


def _traits(catalog: Catalog) -> Iterator[_Place]:
    for name, one in catalog.traits.items():
        if one.type == "string":
            listed = f"customers(filter: {{{name}: {{equals: $v}}}}, first: {_MOST})"
            field = f"{listed} {{ edges {{ node {{ id }} }} }}"
            yield _Place("profile", one.tag, frozenset(trait_coordinates(name)), field)


def _ids(answer: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    nodes = answer if isinstance(answer, list) else [one["node"] for one in _edges(answer)]
    yield from (one["id"] for one in nodes if one)


def _edges(answer: Any) -> Sequence[Any]:  # noqa: ANN401 - JSON
    return () if answer is None else answer["edges"] or ()
