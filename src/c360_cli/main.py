"""The `c360` command: one small function per subcommand, the work is elsewhere."""

from __future__ import annotations

import atexit
import errno
import gc
import os
import sqlite3
import sys
from collections.abc import Mapping
from importlib.metadata import version
from typing import Annotated, NoReturn

import typer
from c360_kernel.errors import C360Error
from c360_kernel.sqlite import close_all
from pydantic import ValidationError

from c360_cli.commands import (
    audit,
    catalogs,
    connect,
    consents,
    data,
    dead_letters,
    destinations,
    export,
    identity,
    keys,
    policies,
    profile,
    quarantine,
    schema,
    segments,
    serving,
    tokens,
)
from c360_cli.commands.imports import import_command
from c360_cli.environment import explained, refuse_unknown_settings

app = typer.Typer(
    name="c360",
    help="Customer 360: one guarded, audited answer to “who is this customer?”",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"c360 {version('c360')}")
        raise typer.Exit


@app.callback()
def begin(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and end."
        ),
    ] = False,
) -> None:
    """Customer 360: one guarded, audited answer to “who is this customer?”"""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        return
    refuse_unknown_settings(os.environ)


app.command("up")(serving.up)
app.command("serve")(serving.serve)
app.command("demo")(serving.demo)
app.command("import")(import_command)
app.command("export")(export.export)
app.add_typer(tokens.app, name="token")
app.add_typer(keys.app, name="keys")
app.add_typer(policies.app, name="policy")
app.add_typer(catalogs.app, name="catalog")
app.add_typer(audit.app, name="audit")
app.add_typer(quarantine.app, name="quarantine", help="See refused items, and send them again.")
app.add_typer(
    dead_letters.app,
    name="dead-letters",
    help="See entries that no service took, and send them again.",
)
app.add_typer(
    identity.app, name="identity", help="Who is one customer, why, and what stewards say."
)
app.add_typer(profile.app, name="profile", help="What customers are likely to buy.")
app.add_typer(segments.app, name="segment")
app.add_typer(consents.app, name="consent", help="What a person allowed, and its receipts.")
app.add_typer(connect.app, name="connect")
app.add_typer(destinations.app, name="destination")
app.command("schema")(schema.schema)
app.command("status")(data.status)
app.command("digest")(data.digest)
app.command("replay")(data.replay)
app.command("generate")(data.generate)


def main() -> None:
    """Run the command; what is wrong is one line with its code, never a traceback."""
    # Stores and the log hold personal data: nobody else on the machine may read them.
    os.umask(0o077)
    # To look for garbage in what goes with the process takes seconds after a long life.
    atexit.register(gc.freeze)
    try:
        app()
    except C360Error as error:
        _refuse(error.code, error.message)
    except ValidationError as error:
        _refuse("SETTINGS_INVALID", explained(error))
    except sqlite3.DatabaseError:
        _refuse("STORE_DAMAGED", "a file of the data directory is not one of our stores")
    except OSError as error:
        _refuse(_OF_DISKS.get(error.errno, "FILE_UNUSABLE"), _described(error))
    except MemoryError:
        _refuse("OUT_OF_MEMORY", "there is not enough memory")
    finally:
        close_all()


_OF_DISKS: Mapping[int | None, str] = {
    errno.ENOSPC: "STORE_FULL",
    errno.EDQUOT: "STORE_FULL",
    errno.EROFS: "STORE_READ_ONLY",
    errno.EIO: "STORE_DISK",
}


def _described(error: OSError) -> str:
    return ": ".join(filter(None, (error.filename, error.strerror))) or "the system refuses"


def _refuse(code: str, message: str) -> NoReturn:
    print(f"c360: {code}: {message}", file=sys.stderr)
    raise SystemExit(2) from None
