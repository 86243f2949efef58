"""The `identity` subcommands: who is one customer, why, and what a steward says of it."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any

import typer

from c360_cli.api.asking import Api, Token, Url
from c360_cli.commands.identity_explaining import explain, review, why_not
from c360_cli.commands.identity_past import at, history
from c360_cli.commands.identity_picture import picture
from c360_cli.commands.identity_training import train
from c360_cli.commands.identity_trying import audit, dry_run
from c360_cli.commands.options import DEFAULT_DATA, Data, WaitStage
from c360_cli.evidence.questions import record_of

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)

_ROLE = "data_steward"
_DECIDE = """mutation Decide($items: [DecisionInput!]!, $wait: Wait!) {
  decideIdentity(items: $items, wait: $wait) {
    results { status stage code path message customerId together }
  }
}"""


class DecisionWord(StrEnum):
    """What can be said of two records."""

    SAME = "same"
    NOT_SAME = "not-same"
    UNDO = "undo"


@app.callback()
def begin() -> None:
    """Say which records are of one customer."""


app.command()(explain)
app.command()(why_not)
app.command()(review)
app.command()(history)
app.command()(at)
app.command()(audit)
app.command("dry-run")(dry_run)
app.command()(picture)
app.command()(train)


@app.command()
def decide(
    decision: Annotated[DecisionWord, typer.Argument(help="What is said of the two records.")],
    a: Annotated[str, typer.Argument(metavar="A", help="A record: SOURCE/KEY.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The other one: SOURCE/KEY.")],
    reason: Annotated[str, typer.Option(help="Why, for whoever looks later.")],
    decision_id: Annotated[
        str | None, typer.Option("--id", help="Names the decision: sent again it counts once.")
    ] = None,
    undoes: Annotated[
        str | None,
        typer.Option(help="Of undo: the decision that is taken back; else the one that stands."),
    ] = None,
    wait: Annotated[WaitStage, typer.Option(help="Until when to wait.")] = WaitStage.PROFILE,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Say that two records are of one customer, or are not, or take that back.

    Exits with 1 when the decision was refused, or is kept and joined nobody.
    """
    item: dict[str, object] = {
        "decision": decision.name,
        "a": record_of(a),
        "b": record_of(b),
        "reason": reason,
        **({"decisionId": decision_id} if decision_id else {}),
        **({"undoes": undoes} if undoes else {}),
    }
    answer = Api(data, url, token).ask(_ROLE, _DECIDE, {"items": [item], "wait": wait.name})
    (result,) = answer["decideIdentity"]["results"]
    typer.echo(json.dumps(result, ensure_ascii=False) if as_json else _result_line(result))
    if result["status"] == "REFUSED" or result["together"] is False:
        raise typer.Exit(1)


def _result_line(result: dict[str, Any]) -> str:
    if result["status"] == "REFUSED":
        return f"refused: {result['code']}: {result['path']}: {result['message']}"
    customer = f"customer of the first record: {result['customerId']}"
    status = str(result["status"]).lower()
    if result["together"] is False:
        status = f"{status}, but not one customer: {result['code']}: {result['message']}"
    return f"{status}, {customer}" if result["customerId"] else status
