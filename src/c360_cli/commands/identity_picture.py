"""`identity picture`: one customer's evidence as a page of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from c360_kernel.errors import Invalid

from c360_cli.api.asking import Api, Token, Url
from c360_cli.catalogs import catalog_of
from c360_cli.commands.identity_explaining import ROLE, AsJson
from c360_cli.commands.options import DEFAULT_DATA, Data
from c360_cli.evidence.drawing import page
from c360_cli.evidence.questions import EDGES_A_PAGE, picturing


def picture(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The id of a customer.")],
    out: Annotated[Path, typer.Option(help="The HTML file to write.")],
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Draw why the records of a customer are one: a page that needs nothing else.

    With `--json` what is drawn is printed, too.
    """
    found = _evidence(customer, Api(data, url, token), picturing(catalog_of(data)))
    evidence = found["evidence"]
    out.write_text(page(found["id"], evidence), "utf-8")
    summary = f"{out}: {len(evidence['records'] or ())} records, {len(evidence['edges'])} edges"
    typer.echo(json.dumps(found, ensure_ascii=False) if as_json else summary)


def _evidence(customer: str, api: Api, query: str) -> Mapping[str, Any]:
    """All of it; edges come in pages."""
    edges: list[object] = []
    while True:
        variables = {"id": customer, "skip": len(edges)}
        found = api.ask_what_may_be_seen(ROLE, query, variables)["customer"]
        if found is None or found["evidence"] is None:
            raise Invalid("no such customer", code="CUSTOMER_UNKNOWN")
        found_edges = found["evidence"]["edges"] or []
        edges += found_edges
        if len(found_edges) < EDGES_A_PAGE:
            found["evidence"]["edges"] = edges
            return found
