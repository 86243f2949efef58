"""What a process of `c360` reads and makes, whichever part it runs: modules, and schemas."""

from __future__ import annotations

import asyncio
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from c360_cli.assembly import assemble
from c360_cli.topology import import_services


def make_schemas() -> None:
    """By the catalog that a new instance has; a process that has another one makes its own."""
    with TemporaryDirectory() as directory:
        for service in assemble(Path(directory) / "data").services:
            graph = service.open_graph()
            asyncio.run(graph.close())


import_services()
import_module("c360_gateway.bootstrap")
import_module("c360_cli.main")
import_module("c360_cli.running.gateway_process")
import_module("c360_cli.running.service_process")
make_schemas()
