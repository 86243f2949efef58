"""The `c360` command: one small function per subcommand, the work is elsewhere."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer
from c360_kernel.errors import C360Error

from c360_cli.commands import data, serving, tokens
from c360_cli.imports.command import import_command

app = typer.Typer(
    name="c360",
    help="Customer 360: one guarded, audited answer to “who is this customer?”",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("up")(serving.up)
app.command("serve")(serving.serve)
app.command("demo")(serving.demo)
app.command("import")(import_command)
app.command("token")(tokens.token)
app.command("status")(data.status)
app.command("digest")(data.digest)
app.command("replay")(data.replay)
app.command("generate")(data.generate)


def main() -> None:
    """Run the command; an error of ours is one line with its code, never a traceback."""
    try:
        app()
    except C360Error as error:
        _refuse(error)


def _refuse(error: C360Error) -> NoReturn:
    print(f"c360: {error.code}: {error.message}", file=sys.stderr)
    raise SystemExit(2) from None
