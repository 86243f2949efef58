"""The `audit` subcommands: what is on record, and what is done with it."""

from __future__ import annotations

import typer

from c360_cli.commands import (
    audit_alerts,
    audit_checkpoint,
    audit_export,
    audit_forget,
    audit_questions,
    audit_verify,
)

app = typer.Typer(no_args_is_help=True, help="Ask, prove and hand on what is on record.")
app.command("who")(audit_questions.who)
app.command("what")(audit_questions.what)
app.command("access")(audit_questions.access)
app.command("unused")(audit_questions.unused)
app.command("anomalies")(audit_questions.anomalies)
app.command("breakglass")(audit_questions.breakglass)
app.command("verify")(audit_verify.verify)
app.command("checkpoint")(audit_checkpoint.checkpoint)
app.command("alerts")(audit_alerts.alerts)
app.command("export")(audit_export.export)
app.command("forget")(audit_forget.forget)


@app.callback()
def begin() -> None:
    """Ask, prove and hand on what is on record."""
