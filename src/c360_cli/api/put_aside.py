"""What an instance has put aside, listed, shown and sent again through its API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import typer

from c360_cli.api.asking import Api

Json = Mapping[str, Any]

_READER, _WRITER = "privacy_officer", "connector"
_PAGE, _RESENT = 100, 100


@dataclass(frozen=True, slots=True)
class PutAside:
    """A list of the API. `query` has a `%s` for further fields of a node and answers in `field`;
    `mutation` takes `ids` and answers in `resending`.
    """

    field: str
    query: str
    resending: str
    mutation: str

    def edges(self, api: Api, **wanted: str | None) -> Iterator[Json]:
        """All that there are, newest first, a page at a time."""
        after: str | None = None
        while True:
            variables = {"first": _PAGE, "after": after, **wanted}
            page = api.ask(_READER, self.query % "", variables)[self.field]
            yield from cast("list[Json]", page["edges"])
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]

    def one(self, api: Api, name: str, content: str) -> Json | None:
        """The node of this id with one more field, which is asked for of this one alone."""
        before: str | None = None
        for edge in self.edges(api):
            if edge["node"]["id"] == name:
                # Nobody else has been looked at.
                variables = {"first": 1, "after": before}
                page = api.ask(_READER, self.query % content, variables)[self.field]
                return cast("Json", page["edges"][0]["node"])
            before = edge["cursor"]
        return None

    def resend(self, api: Api, ids: Sequence[str]) -> None:
        """Print one JSON answer a line. Exits with 1 when one was refused."""
        refused = False
        for begin in range(0, len(ids), _RESENT):
            part = ids[begin : begin + _RESENT]
            results = api.ask(_WRITER, self.mutation, {"ids": part})[self.resending]["results"]
            for answer in results:
                refused = refused or answer["status"] == "REFUSED"
                print_line({"id": part[answer["index"]], **answer})
        if refused:
            raise typer.Exit(1)


def print_line(node: Json) -> None:
    """Print one JSON object on a line."""
    typer.echo(json.dumps(node, ensure_ascii=False))
