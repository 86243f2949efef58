"""`identity train`: a model of scored matching from the records of an instance."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from c360_kernel.errors import Invalid
from c360_kernel.log.topics import RECORDS

from c360_cli.assembly import Instance, assemble
from c360_cli.commands.identity_explaining import AsJson
from c360_cli.commands.model_files import keep_model, refuse_taken
from c360_cli.commands.options import DEFAULT_DATA, Data
from c360_cli.recording import by_operator, on_record

if TYPE_CHECKING:
    from c360_identity.handlers.training import Training

_PAGE = 1_000
_FEWEST = 100


def train(
    out: Annotated[Path, typer.Option(help="File to write the model to.", metavar="FILE")],
    version: Annotated[str, typer.Option(help="What it is called: letters, digits, - and _.")],
    like: Annotated[
        str, typer.Option(help="The model to begin with: `default`, or a file.", metavar="MODEL")
    ] = "default",
    data: Data = DEFAULT_DATA,
    as_json: AsJson = False,
) -> None:
    """Train a model of likeness on the records of an instance, without answers.

    Nothing changes until `C360_IDENTITY_MODEL` names it. The file holds no values.
    """
    from c360_identity.domain.matching.model_file import (  # noqa: PLC0415 - only here
        model_of,
        model_text,
        read_model,
    )
    from c360_identity.handlers.training import Training  # noqa: PLC0415

    refuse_taken(out)
    instance = assemble(data)
    with on_record(data, by_operator("export", "model", version=version)):
        training = Training(model_of(like, instance.catalog), instance.catalog)
        asyncio.run(_taken(instance, training))
        if training.records < _FEWEST:
            raise Invalid(f"a model needs {_FEWEST} records at least", code="MODEL_INVALID")
        text = model_text(training.model(version))
        read_model(text)
        keep_model(out, text)
    report = {"model": str(out), "version": version, "records": training.records}
    typer.echo(
        json.dumps(report) if as_json else f"{version}: of {training.records} records, {out}"
    )


async def _taken(instance: Instance, training: Training) -> None:
    log = instance.open_log()
    try:
        for partition in await log.ends([RECORDS]):
            offset = 0
            while entries := await log.read(partition, offset, _PAGE):
                training.take(entries)
                offset = entries[-1].offset + 1
    finally:
        await log.close()
