"""The `policy` subcommands: check a policy, and put one into force."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from c360_cli.commands import policy_trying
from c360_cli.commands.audited import audited
from c360_cli.commands.options import DEFAULT_DATA, Data
from c360_cli.commands.policy_trying import Catalog, Json, Supergraph
from c360_cli.recording import (
    by_operator,
    on_record,
    operator,
    put_on_record,
    put_on_record_if_possible,
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="The policy's text.")]
Person = Annotated[
    str | None,
    typer.Option("--as", help="Who you are; default: the account of the system."),
]
Rows = Annotated[
    Path | None,
    typer.Option(help="Its rows.yaml; default: the one beside FILE, if there is one."),
]
app = typer.Typer(no_args_is_help=True, help="Try a policy, put one into force.")
app.command()(audited("policy test", policy_trying.test))
app.command()(audited("policy explain", policy_trying.explain))
app.command()(audited("policy diff", policy_trying.diff))
app.command()(policy_trying.replay)


@app.command()
@partial(audited, "policy check")
def check(
    file: File,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings refuse it, too.")] = False,
    as_json: Json = False,
    catalog: Catalog = None,
    supergraph: Supergraph = None,
    data: Data = DEFAULT_DATA,
    rows: Rows = None,
) -> None:
    """Say what is wrong with a policy: 0 nothing, 1 it is refused, 2 it could not be checked."""
    from c360_cli.policies import check_policy, words_of  # noqa: PLC0415
    from c360_cli.trying.checking import print_checked  # noqa: PLC0415

    rows_text = _rows_of(file, rows)
    checked = check_policy(file.read_bytes(), words_of(catalog, supergraph, data), rows_text)
    print_checked(file, checked, as_json=as_json)
    if checked.refused or (strict and checked.doubtful):
        raise typer.Exit(1)


@app.command()
def publish(
    file: File,
    person: Person = None,
    data: Data = DEFAULT_DATA,
    catalog: Catalog = None,
    supergraph: Supergraph = None,
    rows: Rows = None,
) -> None:
    """Check a policy and put it into force whole, its last line the hash of what is before it.

    Where the policy in force demands that somebody else approves it, it becomes a proposal: 1.
    """
    from c360_policy.changing.office import PolicyUnapproved  # noqa: PLC0415
    from c360_policy.reading.joining import joined  # noqa: PLC0415
    from c360_policy.reading.parsing import parse_policy  # noqa: PLC0415

    from c360_cli.policies import check_policy, words_of  # noqa: PLC0415
    from c360_cli.publishing import publish_policy  # noqa: PLC0415
    from c360_cli.trying.checking import print_checked  # noqa: PLC0415

    content, words = file.read_bytes(), words_of(catalog, supergraph, data)
    rows_text = _rows_of(file, rows)
    checked = check_policy(content, words, rows_text)
    print_checked(file, checked, as_json=False)
    if checked.refused:
        act = by_operator("policy_refused")
        put_on_record_if_possible(data, replace(act, outcome="refused", code="POLICY_INVALID"))
        raise typer.Exit(1)
    text, by = joined(content.decode("utf-8"), rows_text.decode("utf-8")), person or operator()
    act = by_operator("policy_published", parse_policy(text).version, publisher=by)
    try:
        with on_record(data, act):
            changed = publish_policy(text, by, data, words.known)
    except PolicyUnapproved as waiting:
        put_on_record(data, by_operator("policy_proposed", waiting.version, author=by))
        typer.echo(f"{file}: {waiting.code}: {waiting.message}", err=True)
        typer.echo(f"c360 policy approve {waiting.version}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{file}: published to {changed.place}")


@app.command()
def approve(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="Six digits or more of it.")],
    person: Person = None,
    data: Data = DEFAULT_DATA,
    catalog: Catalog = None,
    supergraph: Supergraph = None,
) -> None:
    """Put a proposed policy into force, as somebody else than whoever proposed it."""
    from c360_cli.policies import words_of  # noqa: PLC0415
    from c360_cli.publishing import approve_policy  # noqa: PLC0415

    words, by = words_of(catalog, supergraph, data), person or operator()
    with on_record(data, by_operator("policy_approved", version, approver=by)) as details:
        changed = approve_policy(version, by, data, words.known)
        details |= {"version": changed.version, "authors": ", ".join(changed.authors)}
    typer.echo(f"{changed.version}: approved, published to {changed.place}")


@app.command()
@partial(audited, "policy history")
def history(
    version: Annotated[
        str | None, typer.Argument(metavar="VERSION", help="Print the text of this one.")
    ] = None,
    as_json: Json = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """List every version: since when it was in force, who proposed it and who approved it."""
    from c360_cli.publishing import policy_versions, text_of_version  # noqa: PLC0415
    from c360_cli.trying.versions import print_versions  # noqa: PLC0415

    if version is not None:
        typer.echo(text_of_version(version, data), nl=False)
        return
    print_versions(policy_versions(data), as_json=as_json)


def _rows_of(file: Path, rows: Path | None) -> bytes:
    from c360_policy.store.shipped import ROWS_FILE, rows_bytes  # noqa: PLC0415

    return rows_bytes(file.with_name(ROWS_FILE)) if rows is None else rows.read_bytes() or b"\n"
