"""Options that several subcommands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from c360_cli.topology import NAMES, PARTS

Data = Annotated[
    Path, typer.Option("--data", envvar="C360_DATA", help="Data directory of the instance.")
]
DEFAULT_DATA = Path("data")
Subject = Annotated[str, typer.Option(help="Who asks, for rules about rows that ask for it.")]
AttributesOf = Annotated[
    list[str] | None,
    typer.Option("--attribute", help="What rules about rows may ask of who asks, NAME=VALUE."),
]

if TYPE_CHECKING:  # an enum that is made of a list has no members that a checker could know
    PartName = ServiceName = StrEnum
else:
    PartName = StrEnum("PartName", [(one.name, one.name) for one in PARTS])
    ServiceName = StrEnum("ServiceName", [(name, name) for name in NAMES])


class WaitStage(StrEnum):
    """How far what was written must have come before a command goes on."""

    NONE = "none"
    IDENTITY = "identity"
    PROFILE = "profile"
