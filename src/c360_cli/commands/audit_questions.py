"""The `audit` subcommands that ask: each question goes on record before it is answered."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from c360_kernel.stamp import wall_clock_ms

from c360_cli.commands.options import DEFAULT_DATA, Data

if TYPE_CHECKING:
    from c360_cli.assembly import Instance

_DAY_MS = 86_400_000
Days = Annotated[float, typer.Option(min=0, help="How many days back.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]
Most = Annotated[int, typer.Option("--first", min=1, help="At most so many, newest first.")]
Coordinate = Annotated[
    str | None, typer.Option(help="Only this coordinate, as Profile.phone, or tag, as tag:phone.")
]


def _named(name: str) -> str:
    if not name.strip():
        raise typer.BadParameter("it names nobody")
    return name


def who(
    customer: Annotated[
        str, typer.Option(callback=_named, help="An id that is or once was a customer's.")
    ],
    coordinate: Coordinate = None,
    days: Days = 90,
    first: Most = 1_000,
    as_json: Json = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Who saw a customer's values: clear or masked, for what, by which rule, and the proof."""
    from c360_audit.domain.access import About  # noqa: PLC0415
    from c360_gateway.access.readers import Asked  # noqa: PLC0415

    from c360_cli.auditing import who_saw  # noqa: PLC0415
    from c360_cli.auditing.access_asking import schema_today  # noqa: PLC0415

    about = About.of(coordinate)
    looks = asyncio.run(who_saw.who(_instance(data), customer, about, _since(days), first))
    if coordinate is not None and not looks.is_on_record:
        # What is mistyped must not be answered as what nobody has seen.
        Asked(about.coordinate, about.tag, wall_clock_ms()).of(schema_today(data))
    who_saw.show(looks.found, as_json=as_json)


def what(
    principal: Annotated[
        str, typer.Option(callback=_named, help="Whose acts, by the name on record.")
    ],
    days: Days = 90,
    first: Most = 1_000,
    as_json: Json = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Everything that somebody did or tried, refused requests too."""
    from c360_cli.auditing import activity  # noqa: PLC0415

    asking = activity.what(_instance(data), principal, _since(days), first)
    activity.show(asyncio.run(asking), as_json=as_json)


def access(
    coordinate: Annotated[str | None, typer.Option(help="A coordinate, as Profile.phone.")] = None,
    tag: Annotated[str | None, typer.Option(help="Everything that carries it, as phone.")] = None,
    at: Annotated[
        str | None,
        typer.Option(
            help="By the policy and schema of then, as 2026-12-31T00:00:00Z; default: now."
        ),
    ] = None,
    as_json: Json = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Who may read it, clear, masked or not: each role, and everybody on record."""
    from c360_gateway.access.readers import Asked  # noqa: PLC0415

    from c360_cli.auditing.access_asking import read_now, read_then  # noqa: PLC0415
    from c360_cli.trying.times import time_ms  # noqa: PLC0415

    named = None if tag is None else tag.removeprefix("tag:")
    asked, instance = Asked(coordinate, named, time_ms(at)), _instance(data)
    report = read_now(instance, asked) if at is None else read_then(instance, asked)
    report.show(as_json=as_json)


def unused(days: Days = 90, as_json: Json = False, data: Data = DEFAULT_DATA) -> None:
    """Grants of the policy in force that decided nothing in that time."""
    from c360_cli.auditing import unused_grants  # noqa: PLC0415
    from c360_cli.trying.candidates import IN_FORCE, text_named  # noqa: PLC0415

    used = asyncio.run(unused_grants.rules_used(_instance(data), days))
    unused_grants.show(
        unused_grants.unused(text_named(IN_FORCE, data), used, _since(days)), as_json=as_json
    )


def anomalies(days: Days = 1, as_json: Json = False, data: Data = DEFAULT_DATA) -> None:
    """What stands out of how roles were commonly used in the four weeks before."""
    from c360_cli.auditing.anomalies import found_anomalies, show  # noqa: PLC0415

    asking = found_anomalies(_instance(data), _since(days), wall_clock_ms() + 1)
    show(asyncio.run(asking), as_json=as_json)


def breakglass(
    days: Days = 90,
    every: Annotated[bool, typer.Option("--all", help="Those that were reviewed, too.")] = False,
    as_json: Json = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Roles that were broken into, and nobody else has looked at it since."""
    from c360_cli.auditing import break_glass  # noqa: PLC0415

    found = asyncio.run(break_glass.opened(_instance(data), _since(days)))
    break_glass.show([one for one in found if every or not one.reviewer], as_json=as_json)


def _since(days: float) -> int:
    return wall_clock_ms() - int(days * _DAY_MS)


def _instance(data: Path) -> Instance:
    from c360_cli.catalogs import instance_as_it_is  # noqa: PLC0415
    from c360_cli.directory import DataDirectory  # noqa: PLC0415

    DataDirectory(data).require()
    return instance_as_it_is(data)
