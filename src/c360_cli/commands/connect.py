"""The `connect` subcommands: sources asked, tried and told of."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from c360_kernel.errors import C360Error

from c360_cli.commands.options import DEFAULT_DATA, Data

if TYPE_CHECKING:
    from c360_connectors.form import Connector
    from c360_connectors.pulling.state import PullState

    from c360_cli.assembly import Instance
    from c360_cli.connecting.checking import Sample

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Connectors: take from a source, try one, see how far each is.",
)

_Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Connectors; all without any.")
]
_Name = Annotated[str, typer.Argument(metavar="NAME", help="A file of the folder connectors.")]
_Url = Annotated[str, typer.Option(help="The running instance.")]
_Token = Annotated[
    str | None, typer.Option(help="Bearer token; without it the data directory mints one.")
]
_DEFAULT_URL = "http://127.0.0.1:8360"
_SOME_STOPPED = 1


@app.command()
def run(
    names: _Names = None,
    once: Annotated[bool, typer.Option("--once", help="End when nothing more is new.")] = False,
    data: Data = DEFAULT_DATA,
    url: _Url = _DEFAULT_URL,
    token: _Token = None,
) -> None:
    """Take what is new from sources, again and again; what is taken is behind a cursor.

    With --once, exits with 1 when one of them could not be taken to its end.
    """
    from c360_connect.running import Runner  # noqa: PLC0415
    from c360_connect.settings import ConnectSettings  # noqa: PLC0415

    from c360_cli.connecting.entering import taker_of  # noqa: PLC0415 - not in every image

    settings = ConnectSettings(data=data)
    connectors = _connectors(settings.connectors_folder, names)
    with _begun(data, connectors), ExitStack() as stack:
        instance = _instance(data)
        taker, types = taker_of(settings, url, token, stack), tuple(instance.catalog.identifiers)
        runner = Runner(settings, instance.open_log, taker, types)
        if not once:
            asyncio.run(runner.for_ever(connectors))
            return
        states = asyncio.run(runner.once(connectors))
    for name, state in states.items():
        typer.echo(_line(name, state))
    if any(state.code for state in states.values()):
        raise typer.Exit(_SOME_STOPPED)


@app.command()
def check(name: _Name, data: Data = DEFAULT_DATA) -> None:
    """Ask for one page, map its first rows, and send nothing; suggest what may be mapped as well.

    No value of a row is shown. Exits with 1 when rows cannot be mapped.
    """
    from c360_connect.running import reached  # noqa: PLC0415
    from c360_connect.settings import ConnectSettings  # noqa: PLC0415

    from c360_cli.connecting.checking import sample_of  # noqa: PLC0415

    settings = ConnectSettings(data=data)
    (connector,) = _connectors(settings.connectors_folder, [name])
    instance = _instance(data)

    async def sampled() -> Sample:
        async with reached(settings) as web:
            return await sample_of(connector, web, settings, instance.catalog)

    sample = asyncio.run(sampled())
    for line in _told(sample):
        typer.echo(line)
    if sample.refused:
        raise typer.Exit(_SOME_STOPPED)


@app.command()
def status(
    names: _Names = None,
    data: Data = DEFAULT_DATA,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list.")] = False,
) -> None:
    """How far each connector has come, and what ended its last run, or keeps it from one."""
    from c360_connect.settings import ConnectSettings  # noqa: PLC0415

    states = dict(_states(ConnectSettings(data=data).connectors_folder, data, names))
    if as_json:
        typer.echo(json.dumps([_as_json(name, state) for name, state in states.items()]))
        return
    for name, state in states.items():
        typer.echo(_line(name, state))


def _connectors(folder: Path, names: Sequence[str] | None) -> list[Connector]:
    from c360_connectors.reading.connector import connectors_in, read_connector  # noqa: PLC0415

    every = dict.fromkeys(names or connectors_in(folder))
    return [read_connector(folder, name) for name in every]


def _states(
    folder: Path, data: Path, names: Sequence[str] | None
) -> Iterator[tuple[str, PullState]]:
    """By what each is kept under; of all of them, one that cannot be read hides no other."""
    from c360_connect.files import StateFile  # noqa: PLC0415
    from c360_connect.running import names_of  # noqa: PLC0415
    from c360_connectors.pulling.state import PullState  # noqa: PLC0415
    from c360_connectors.reading.connector import connectors_in  # noqa: PLC0415

    for name in names or connectors_in(folder):
        try:
            (one,) = _connectors(folder, [name])
            found = [(kept, StateFile(data, kept).load()) for kept in names_of(one)]
        except C360Error as error:
            if names:
                raise
            found = [(name, PullState(code=error.code, message=error.message, is_stopped=True))]
        yield from found


@contextmanager
def _begun(data: Path, connectors: Sequence[Connector]) -> Generator[None]:
    """Held by this process alone, and on record from its beginning to its end."""
    from c360_connect.files import StateFile  # noqa: PLC0415
    from c360_connect.running import names_of  # noqa: PLC0415

    from c360_cli.connecting.beside import part_of  # noqa: PLC0415
    from c360_cli.recording import importing  # noqa: PLC0415
    from c360_cli.running.locking import sole_keeper  # noqa: PLC0415

    instance = _instance(data)
    with ExitStack() as stack:
        stack.enter_context(sole_keeper(instance, [part_of(one) for one in connectors]))
        for one in connectors:
            # One that is damaged is told before anything is asked.
            for name in names_of(one):
                StateFile(data, name).load()
            stack.enter_context(importing(data, one.source, connector=one.name))
        yield


def _line(name: str, state: PullState) -> str:
    counts = ", ".join(f"{count:,} {what}" for what, count in state.counts.items() if count)
    ended = f"{state.code}: {state.message}" if state.code else f"{state.runs} runs to the end"
    joining_nobody = "".join(
        f"\n  {what}: {count:,} identifiers join nobody"
        for what, count in state.identifiers.items()
    )
    return f"{name}: {counts or 'nothing taken'}; {ended}{joining_nobody}"


def _as_json(name: str, state: PullState) -> Mapping[str, Any]:
    return {
        "name": name,
        "cursor": state.cursor,
        "underway": state.walk is not None,
        "runs": state.runs,
        "counts": dict(state.counts),
        "identifiers": dict(state.identifiers),
        "endedMs": state.ended_ms,
        "code": state.code,
        "message": state.message,
        "stopped": state.is_stopped,
    }


def _told(sample: Sample) -> list[str]:
    lines = [f"{sample.rows} rows on the first page; columns: {', '.join(sample.columns)}"]
    of = len(sample.items)
    lines += [
        f"  {name}: in {count} of {of} items" for name, count in sorted(sample.filled().items())
    ]
    lines += [f"refused: {one.code} {one.path}: {one.message}" for one in sample.refused[:5]]
    if sample.suggested:
        lines += ["not mapped, and known to the catalog by name:", *sample.suggested]
    return lines


def _instance(data: Path) -> Instance:
    from c360_cli.assembly import instance_of  # noqa: PLC0415
    from c360_cli.directory import DataDirectory  # noqa: PLC0415

    directory = DataDirectory(data)
    directory.require()
    return instance_of(directory)
