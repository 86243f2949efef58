"""`c360 audit export`: acts in the forms of others, to a file, a topic or a server of logs."""

from __future__ import annotations

import asyncio
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from c360_cli.commands.options import DEFAULT_DATA, Data

_TIME = "2026-01-31T12:00:00Z"


class Form(StrEnum):
    """A form of events."""

    OCSF = "ocsf"
    CLOUDEVENTS = "cloudevents"


def export(
    to: Annotated[
        str,
        typer.Option(help="FILE, `topic`, syslog://HOST:PORT or syslog+tls://HOST:PORT."),
    ],
    form: Annotated[Form, typer.Option("--format", help="The form of the events.")] = Form.OCSF,
    since: Annotated[
        str | None, typer.Option("--from", metavar=_TIME, help="Only acts of then or later.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar=_TIME, help="Only acts of before then.")
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Hand on what is on record, each act once; run again, it goes on with what came since."""
    count = _exported(form, to, since, until, data)
    result = {"exported": count, "format": form.value, "to": to}
    typer.echo(json.dumps(result) if as_json else f"{count} acts exported to {to}")


def _exported(form: Form, to: str, since: str | None, until: str | None, data: Path) -> int:
    from c360_cli.auditing.exporting import ExportRequest, export_from  # noqa: PLC0415
    from c360_cli.catalogs import instance_as_it_is  # noqa: PLC0415
    from c360_cli.directory import DataDirectory  # noqa: PLC0415
    from c360_cli.instants import instant_ms  # noqa: PLC0415
    from c360_cli.recording import by_operator, on_record  # noqa: PLC0415

    DataDirectory(data).require()
    instance = instance_as_it_is(data)
    limits = (None if one is None else instant_ms(one) for one in (since, until))
    request = ExportRequest(form.value, to, data, *limits)
    with on_record(data, by_operator("export", "audit", format=form.value, to=to)) as details:
        count = asyncio.run(export_from(request, instance.open_log))
        details["acts"] = str(count)
    return count
