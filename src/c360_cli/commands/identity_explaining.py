"""`identity explain`, `why-not` and `review`: evidence, as the API tells of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from c360_kernel.errors import Invalid

from c360_cli.api.asking import Api, Token, Url
from c360_cli.catalogs import catalog_of
from c360_cli.commands.options import DEFAULT_DATA, Data
from c360_cli.evidence.questions import explaining, record_of, reviewing
from c360_cli.evidence.wording import explained, refused, reviewed

ROLE = "data_steward"
RecordA = Annotated[str, typer.Argument(metavar="A", help="A record: SOURCE/KEY.")]
RecordB = Annotated[str, typer.Argument(metavar="B", help="The other one: SOURCE/KEY.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def explain(
    a: RecordA,
    b: RecordB,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Why two records are one customer: the shortest path of evidence, and every other."""
    answer = _explanation(a, b, data, Api(data, url, token))
    _print(answer, lambda: explained(a, b, answer), as_json=as_json)


def why_not(
    a: RecordA,
    b: RecordB,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Why two records are not one customer: what connects them, and what refused it.

    Exits with 1 when they are one.
    """
    answer = _explanation(a, b, data, Api(data, url, token))
    if answer["together"]:
        _print(answer, lambda: iter([f"{a} and {b} are one customer."]), as_json=as_json)
        raise typer.Exit(1)
    _print(answer, lambda: refused(answer), as_json=as_json)


def review(
    first: Annotated[int, typer.Option(min=1, max=200, help="So many at most.")] = 20,
    after: Annotated[str | None, typer.Option(help="Go on behind this cursor.")] = None,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """What a steward may have to decide: evidence that was refused, the oldest first."""
    query = reviewing(catalog_of(data))
    variables = {"first": first, "after": after}
    page = Api(data, url, token).ask_what_may_be_seen(ROLE, query, variables)["identityReviews"]
    _print(page, lambda: reviewed(page), as_json=as_json)


def _explanation(a: str, b: str, data: Path, api: Api) -> Mapping[str, Any]:
    query = explaining(catalog_of(data))
    names = {"a": record_of(a), "b": record_of(b)}
    answer = api.ask_what_may_be_seen(ROLE, query, names)["explainIdentity"]
    if answer is None:
        raise Invalid("no such record", code="RECORD_UNKNOWN")
    return answer


def _print(answer: Mapping[str, Any], words: Callable[[], Iterator[str]], *, as_json: bool) -> None:
    typer.echo(json.dumps(answer, ensure_ascii=False) if as_json else "\n".join(words()))
