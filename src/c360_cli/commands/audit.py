"""The `audit` subcommands: what is on record, and what is done with it."""

from __future__ import annotations

import typer

from c360_cli.commands import (
    audit_alerts,
    audit_checkpoint,
    audit_export,
    audit_forget,
    audit_verify,
)

app = typer.Typer(no_args_is_help=True, help="Ask, prove and hand on what is on record.")
app.command("verify")(audit_verify.verify)
app.command("checkpoint")(audit_checkpoint.checkpoint)
app.command("alerts")(audit_alerts.alerts)
app.command("export")(audit_export.export)
app.command("forget")(audit_forget.forget)


@app.callback()
def begin() -> None:
    """Ask, prove and hand on what is on record."""
