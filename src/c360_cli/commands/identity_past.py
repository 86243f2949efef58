"""`identity history` and `at`: how a customer came to be, and who a record was."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from c360_kernel.errors import Invalid

from c360_cli.api.asking import Api, Token, Url
from c360_cli.commands.identity_explaining import ROLE, AsJson, RecordA
from c360_cli.commands.options import DEFAULT_DATA, Data
from c360_cli.evidence.questions import HISTORY, PAST, record_of
from c360_cli.evidence.wording import happened, was


def history(
    a: RecordA,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """How the customer of a record came to be: what came, what left, what was decided."""
    api = Api(data, url, token)
    customer = api.ask_what_may_be_seen(ROLE, HISTORY, record_of(a))["customerByRecord"]
    if customer is None:
        raise Invalid("no such record", code="RECORD_UNKNOWN")
    text = json.dumps(customer, ensure_ascii=False) if as_json else "\n".join(happened(customer))
    typer.echo(text)


def at(
    a: RecordA,
    time: Annotated[str, typer.Argument(metavar="TIME", help="As 2026-05-01T12:00:00Z.")],
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Who a record was at a past time, and which records that customer had then."""
    variables = {"record": record_of(a), "at": time}
    past = Api(data, url, token).ask_what_may_be_seen(ROLE, PAST, variables)["identityAt"]
    typer.echo(json.dumps(past, ensure_ascii=False) if as_json else "\n".join(was(past)))
