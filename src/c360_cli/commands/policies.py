"""The `policy` subcommands: check a policy, and put one into force."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from c360_cli.commands import policy_trying
from c360_cli.commands.options import DEFAULT_DATA, Data
from c360_cli.commands.policy_trying import Catalog, Json, Supergraph
from c360_cli.recording import by_operator, on_record, put_on_record_if_possible

File = Annotated[Path, typer.Argument(metavar="FILE", help="The policy's text.")]
app = typer.Typer(no_args_is_help=True, help="Try a policy, put one into force.")
app.command()(policy_trying.test)
app.command()(policy_trying.explain)
app.command()(policy_trying.diff)


@app.command()
def check(
    file: File,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings refuse it, too.")] = False,
    as_json: Json = False,
    catalog: Catalog = None,
    supergraph: Supergraph = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Say what is wrong with a policy: 0 nothing, 1 it is refused, 2 it could not be checked."""
    from c360_cli.policies import check_policy, words_of  # noqa: PLC0415
    from c360_cli.trying.checking import tell_checked  # noqa: PLC0415

    checked = check_policy(file.read_bytes(), words_of(catalog, supergraph, data))
    tell_checked(file, checked, as_json=as_json)
    if checked.refused or (strict and checked.doubtful):
        raise typer.Exit(1)


@app.command()
def publish(
    file: File,
    data: Data = DEFAULT_DATA,
    catalog: Catalog = None,
    supergraph: Supergraph = None,
) -> None:
    """Check a policy and put it into force whole, its last line the hash of what is before it."""
    from c360_policy.reading.parsing import parse_policy  # noqa: PLC0415

    from c360_cli.policies import check_policy, words_of  # noqa: PLC0415
    from c360_cli.publishing import publish_policy  # noqa: PLC0415
    from c360_cli.trying.checking import tell_checked  # noqa: PLC0415

    content = file.read_bytes()
    checked = check_policy(content, words_of(catalog, supergraph, data))
    tell_checked(file, checked, as_json=False)
    if checked.refused:
        act = by_operator("policy_refused")
        put_on_record_if_possible(data, replace(act, outcome="refused", code="POLICY_INVALID"))
        raise typer.Exit(1)
    text = content.decode("utf-8")
    with on_record(data, by_operator("policy_published", parse_policy(text).version)):
        where = publish_policy(text, data)
    typer.echo(f"{file}: published to {where}")
