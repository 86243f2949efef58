"""The `dead-letters` subcommands: entries of the log that no handler could take."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from c360_kernel.codec import decode
from c360_kernel.errors import NotFound
from c360_kernel.log.entry import DEAD_LETTERS
from c360_kernel.log.port import EventLog
from c360_kernel.payload import EntryDeadLettered

from c360_cli.assembly import assemble
from c360_cli.commands.options import DEFAULT_DATA, Data
from c360_cli.directory import DataDirectory

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
_AT_A_TIME = 500


@app.command("list")
def list_letters(data: Data = DEFAULT_DATA) -> None:
    """Each entry that was put aside, one JSON object a line: where it stands, by whom, and why."""
    for letter in asyncio.run(_letters(data)):
        typer.echo(json.dumps(_told(letter)))


@app.command()
def show(
    entry: Annotated[str, typer.Argument(metavar="ENTRY", help="`entry`, as `list` prints it.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """One of them with what it says, which may be personal data."""
    found = [one for one in asyncio.run(_letters(data)) if one.entry_id == entry]
    if not found:
        raise NotFound("no entry of this id was put aside", code="DEAD_LETTER_UNKNOWN")
    for letter in found:
        content = decode(letter.topic, letter.data)
        told = {**_told(letter), "content": content}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2, default=_plain))


async def _letters(data: Path) -> Sequence[EntryDeadLettered]:
    DataDirectory(data).require()
    log = assemble(data).open_log()
    try:
        return await _all(log)
    finally:
        await log.close()


async def _all(log: EventLog) -> Sequence[EntryDeadLettered]:
    found: list[EntryDeadLettered] = []
    for partition, end in (await log.ends([DEAD_LETTERS])).items():
        for begin in range(0, end, _AT_A_TIME):
            for entry in await log.read(partition, begin, _AT_A_TIME):
                letter = decode(DEAD_LETTERS, entry.data)
                if isinstance(letter, EntryDeadLettered):
                    found.append(letter)
    return sorted(found, key=lambda letter: letter.at, reverse=True)


def _told(letter: EntryDeadLettered) -> dict[str, object]:
    return {
        "entry": letter.entry_id,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "group": letter.group,
        "code": letter.code,
        "at": letter.at,
    }


def _plain(value: object) -> object:
    slots: Sequence[str] = getattr(value, "__slots__", ())
    return {name: getattr(value, name) for name in slots} if slots else str(value)
