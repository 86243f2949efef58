"""`c360 audit checkpoint`: what was signed last, to be kept elsewhere."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer
from c360_kernel.signing import SigningKeys

from c360_cli.commands.options import DEFAULT_DATA, Data


def checkpoint(
    data: Data = DEFAULT_DATA,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object, with the verifier keys.")
    ] = False,
) -> None:
    """Print the newest signed checkpoint of each partition (C2SP tlog-checkpoint).

    Keep it where nobody who could change the instance can; `c360 audit verify --checkpoint FILE`
    holds the instance against it later.
    """
    from c360_cli.auditing.verifying import newest_checkpoints  # noqa: PLC0415
    from c360_cli.directory import DataDirectory  # noqa: PLC0415
    from c360_cli.recording import by_operator, put_on_record  # noqa: PLC0415

    directory = DataDirectory(data)
    directory.require()
    put_on_record(data, by_operator("audit_question", "audit", question="checkpoint"))
    notes = [note for _, note in sorted(asyncio.run(newest_checkpoints(data)).items())]
    if not as_json:
        typer.echo("\n".join(notes), nl=False)
        return
    keys = directory.signing_keys("audit")
    typer.echo(json.dumps({"checkpoints": [_as_json(note, keys) for note in notes]}))


def _as_json(note: str, keys: SigningKeys) -> dict[str, object]:
    origin, size, root = note.split("\n")[:3]
    vkeys = [one.vkey for one in keys.verifiers(origin)]
    return {"origin": origin, "size": int(size), "root": root, "note": note, "vkeys": vkeys}
