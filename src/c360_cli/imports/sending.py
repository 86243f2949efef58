"""Sends items by the mutation of their kind and reads what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from c360_mapping.items import Item
from c360_mapping.mapping import CONSENTS, EVENTS, OBJECTS, RECORDS, Kind

from c360_cli.imports.client import GraphQLClient, Json, TooLarge
from c360_cli.imports.refusals import ImportRefused

DUPLICATE = "DUPLICATE"
OUTDATED = "OUTDATED"
REFUSED = "REFUSED"

_NOT_IN_GRAPH = "GRAPHQL_VALIDATION_FAILED"
_NOT_TAKEN = frozenset({REFUSED, "DEAD_LETTERED"})


@dataclass(frozen=True, slots=True)
class Operation:
    """A mutation: its field, the name of its list argument and that list's item type."""

    field: str
    argument: str
    input_type: str

    @property
    def query(self) -> str:
        """The whole GraphQL document; variables are the argument's list and `wait`."""
        return (
            f"mutation Import(${self.argument}: [{self.input_type}!]!, $wait: Wait!)"
            f" {{ {self.field}({self.argument}: ${self.argument}, wait: $wait)"
            " { results { index status code path message warnings { code type } } } }"
        )


OPERATIONS: Mapping[str, Operation] = {
    RECORDS.name: Operation("upsertRecords", "records", "RecordInput"),
    EVENTS.name: Operation("trackEvents", "events", "EventInput"),
    CONSENTS.name: Operation("recordConsent", "consents", "ConsentInput"),
    OBJECTS.name: Operation("upsertObjects", "objects", "ObjectInput"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item; `code`, `path` and `message` say why it was refused.

    `warnings` are the code and the type of each identifier that identifies nobody.
    """

    status: str
    code: str = ""
    path: str = ""
    message: str = ""
    warnings: tuple[tuple[str, str], ...] = ()

    @property
    def taken(self) -> bool:
        """Whether the instance holds the item now, be it from before."""
        return self.status not in _NOT_TAKEN


class Sender:
    """Sends the items of one kind, waiting for the named stage (`NONE`, `IDENTITY`, `PROFILE`)."""

    def __init__(self, client: GraphQLClient, kind: Kind, wait: str) -> None:
        self._client = client
        self._operation = OPERATIONS[kind.name]
        self._wait = wait

    def send(self, items: Sequence[Item]) -> list[Outcome]:
        """One outcome an item, in order. A request that is too large is sent in halves."""
        if not items:
            return []
        try:
            return self._sent(items)
        except TooLarge:
            if len(items) == 1:
                return [Outcome(REFUSED, "ITEM_TOO_LARGE", "", "the item is too large")]
            middle = len(items) // 2
            return self.send(items[:middle]) + self.send(items[middle:])

    def cancel(self) -> None:
        """Gives up on what is being sent."""
        self._client.cancel()

    def _executed(self, query: str, variables: Json) -> Json:
        try:
            return self._client.execute(query, variables)
        except ImportRefused as error:
            if error.code != _NOT_IN_GRAPH or self._operation is not OPERATIONS[OBJECTS.name]:
                raise
            # Without types of objects in the catalog there is no such mutation.
            message = "the catalog of the instance has no objects"
            raise ImportRefused(message, code="UNKNOWN_OBJECT") from error

    def _sent(self, items: Sequence[Item]) -> list[Outcome]:
        operation = self._operation
        variables = {operation.argument: items, "wait": self._wait}
        data = self._executed(operation.query, variables)
        payload = cast(Json, data[operation.field])
        results = cast(list[Json], payload["results"])
        outcomes = {cast(int, result["index"]): _outcome(result) for result in results}
        if outcomes.keys() != set(range(len(items))):
            raise ImportRefused("the answer does not hold one result an item", code="NOT_GRAPHQL")
        return [outcomes[index] for index in range(len(items))]


def _outcome(result: Json) -> Outcome:
    return Outcome(
        status=str(result["status"]),
        code=str(result.get("code") or ""),
        path=str(result.get("path") or ""),
        message=str(result.get("message") or ""),
        warnings=tuple(
            (str(one["code"]), str(one["type"]))
            for one in cast("list[Json]", result.get("warnings") or [])
        ),
    )
