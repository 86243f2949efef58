"""Subcommands about what an instance holds: status, digest, replay, generate."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Annotated

import typer
from c360_kernel.errors import Invalid, Transient
from c360_kernel.log.port import EventLog
from c360_kernel.projection.origin import refuse_foreign

from c360_cli.api.credentials import connector_token
from c360_cli.assembly import Instance, assemble, copy_setup, instance_of
from c360_cli.catalogs import instance_as_it_is
from c360_cli.commands.options import DEFAULT_DATA, Data, ServiceName
from c360_cli.demo.load import load_world
from c360_cli.directory import DataDirectory
from c360_cli.generate import generate_world, write_world
from c360_cli.projections.copying import copy_truth
from c360_cli.projections.draining import drain
from c360_cli.projections.rebuilding import rebuild_in_place
from c360_cli.projections.status import Status, read_status
from c360_cli.recording import by_operator, importing, on_record, put_on_record_if_possible
from c360_cli.running.locking import sole_instance


def status(
    data: Data = DEFAULT_DATA,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """What is in the log and in each projection, and what is still to be handled."""
    found = asyncio.run(_status(_as_it_is(data)))
    typer.echo(json.dumps(found.as_json()) if as_json else _table(found))


def digest(data: Data = DEFAULT_DATA) -> None:
    """One hash for the logical content of each projection of the truth, and the catalog's."""
    instance = _as_it_is(data)
    put_on_record_if_possible(data, by_operator("digest"))
    typer.echo(json.dumps(asyncio.run(_digest(instance))))


def replay(
    data: Data = DEFAULT_DATA,
    old: Annotated[
        Path | None, typer.Option("--from", help="Copy this instance's truth and derive anew.")
    ] = None,
    projection: Annotated[
        ServiceName | None, typer.Option(help="Rebuild one store in place (stop it first).")
    ] = None,
) -> None:
    """Derive state again from the log: a whole instance into a new one, or one store in place."""
    if (old is None) == (projection is None):
        raise Invalid("give either --from OLD or --projection NAME", code="REPLAY_WHAT")
    if old is not None:
        instance = _existing(old)
        with on_record(old, by_operator("replay", str(data))) as details:
            copied = asyncio.run(_replay(instance, data))
            details["entries"] = str(copied)
        typer.echo(f"{copied} entries copied and derived into {data}")
    elif projection is not None:
        instance = _existing(data)
        with on_record(data, by_operator("replay", projection.value)) as details:
            changes = asyncio.run(rebuild_in_place(instance, projection.value))
            details["differences"] = str(changes)
        typer.echo(f"{projection.value} rebuilt, {changes} differences stated")


def generate(
    out: Annotated[Path, typer.Option(help="Directory to write the files to.")],
    customers: Annotated[int, typer.Option(min=1, help="People in the world.")] = 1000,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal worlds.")] = 1,
    kiosks: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Share of records on shared devices, instead of tablets of stores."
        ),
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Load the world into this running instance, too.")
    ] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """A world of customers seen by five systems, with errors, and the truth about them."""
    world = generate_world(seed, customers, kiosks)
    write_world(world, out)
    typer.echo(f"{customers} customers written to {out}")
    if url is not None:
        with importing(data, "generated", url=url) as details:
            refused = load_world(world, url, lambda: connector_token(data))
            details["rejected"] = str(refused)
        typer.echo(f"loaded into {url}, {refused} items refused")


def _existing(data: Path) -> Instance:
    DataDirectory(data).require()
    return assemble(data)


def _as_it_is(data: Path) -> Instance:
    DataDirectory(data).require()
    return instance_as_it_is(data)


async def _status(instance: Instance) -> Status:
    log = instance.open_log()
    try:
        return await read_status(instance, log)
    finally:
        await log.close()


async def _digest(instance: Instance) -> dict[str, str]:
    digests: dict[str, str] = {}
    log = instance.open_log()
    for service in instance.deriving:
        store = service.open_store()
        # Without its log a store is read all the same.
        with contextlib.suppress(Transient):
            await refuse_foreign(service.name, log, store)
        digests[service.name] = await store.digest()
        await store.close()
    await log.close()
    return {**digests, "catalog": instance.catalog.digest}


async def _replay(old: Instance, data: Path) -> int:
    source = old.open_log()
    try:
        directory = DataDirectory(data)
        directory.begin_replay((await source.identity()).origin.log)
        copy_setup(old.directory, directory)
        copied = await _derive(source, instance_of(directory))
        directory.end_replay()
        return copied
    finally:
        await source.close()


async def _derive(source: EventLog, new: Instance) -> int:
    with sole_instance(new):
        target = new.open_log()
        try:
            copied = await copy_truth(source, target)
            await drain(new.services, target)
            return copied
        finally:
            await target.close()


def _table(found: Status) -> str:
    lines = ["log"]
    lines += [f"  {topic:<14}{count:>10}" for topic, count in found.log.items()]
    for name, counts in found.projections.items():
        lines.append(name)
        lines += [f"  {thing:<14}{count:>10}" for thing, count in counts.items()]
    lines.append(f"lag{found.lag:>23}")
    lines.append(f"catalog {found.catalog.in_force[:12]}, its file is {found.catalog.file}")
    lines += [f"  {part}: {work}" for part, work in found.catalog.work.items()]
    return "\n".join(lines)
