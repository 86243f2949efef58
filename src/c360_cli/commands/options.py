"""Options that several subcommands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path, typer.Option("--data", envvar="C360_DATA", help="Data directory of the instance.")
]
DEFAULT_DATA = Path("data")

Port = Annotated[int, typer.Option(min=1, max=65535, help="Port of the gateway.")]
