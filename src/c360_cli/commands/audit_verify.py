"""`c360 audit verify`: whether what is on record is what was signed."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from c360_cli.commands.options import DEFAULT_DATA, Data

if TYPE_CHECKING:
    from c360_audit.domain.findings import Finding
    from c360_audit.store.verifying import Verdict

_SHOWN = 100


def verify(
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="Checkpoints that were kept elsewhere; may be given several times."
        ),
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Say where the log or the audit store was touched: 0 nowhere, 1 somewhere."""
    from c360_cli.auditing.verifying import verify_instance  # noqa: PLC0415
    from c360_cli.directory import DataDirectory  # noqa: PLC0415
    from c360_cli.recording import by_operator, put_on_record  # noqa: PLC0415

    DataDirectory(data).require()
    verdict = asyncio.run(verify_instance(data, checkpoint or ()))
    details = {"question": "verify", "entries": str(verdict.entries)}
    put_on_record(
        data, by_operator("audit_question", "audit", **details, findings=str(len(verdict.findings)))
    )
    _print_json(verdict) if as_json else _print(verdict)
    if verdict.findings:
        raise typer.Exit(1)


def _print(verdict: Verdict) -> None:
    for one in verdict.findings[:_SHOWN]:
        typer.echo(str(one))
    if len(verdict.findings) > _SHOWN:
        typer.echo(f"and {len(verdict.findings) - _SHOWN} more: --json tells them all")
    count = f"{verdict.entries} entries under {verdict.checkpoints} signed checkpoints"
    if not verdict.findings:
        typer.echo(f"{count}: nothing was touched")
        return
    kinds = Counter(one.kind for one in verdict.findings)
    kinds_text = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    typer.echo(f"{count}: TOUCHED ({kinds_text})")


def _print_json(verdict: Verdict) -> None:
    verdict_json = {
        "touched": bool(verdict.findings),
        "entries": verdict.entries,
        "operations": verdict.rows,
        "checkpoints": verdict.checkpoints,
        "partitions": {str(part): size for part, size in sorted(verdict.sizes.items())},
        "findings": [_as_json(one) for one in verdict.findings],
    }
    typer.echo(json.dumps(verdict_json))


def _as_json(one: Finding) -> dict[str, object]:
    return {
        "kind": one.kind,
        "part": one.part,
        "partition": one.partition,
        "first": one.first,
        "last": one.last,
        "message": one.message,
    }
