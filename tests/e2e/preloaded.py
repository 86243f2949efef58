"""What a process of `c360` reads and makes, whichever part it runs: modules, and schemas."""

from __future__ import annotations

import asyncio
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from c360_gateway.assembly.subgraphs import Subgraphs
from c360_gateway.bootstrap import build
from c360_gateway.settings import GatewaySettings
from c360_kernel.log.memory import MemoryLog

from c360_cli.assembly import assemble
from c360_cli.topology import import_services


def make_schemas() -> None:
    """By the catalog that a new instance has; a process that has another one makes its own."""
    with TemporaryDirectory() as directory:
        instance = assemble(Path(directory) / "data")
        for service in instance.services:
            graph = service.open_graph()
            asyncio.run(graph.close())
        settings = GatewaySettings(data=instance.directory.root)
        build(settings, instance.catalog, MemoryLog(), Subgraphs(), b"of no instance")


import_services()
import_module("c360_cli.main")
import_module("c360_cli.running.gateway_process")
import_module("c360_cli.running.service_process")
make_schemas()
