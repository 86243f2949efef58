"""What a process of `c360` reads and makes, whichever part it runs: modules, and schemas."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from c360_gateway.assembly.gateway import Gateway
from c360_gateway.assembly.subgraphs import Subgraphs
from c360_gateway.bootstrap import build
from c360_gateway.settings import GatewaySettings
from c360_gateway.supergraph import source
from c360_kernel.log.memory import MemoryLog
from c360_kernel.subgraph.subgraph import Subgraph

from c360_cli.assembly import assemble
from c360_cli.topology import import_services
from tests.composed_once import composed


def make_schemas() -> None:
    """By the catalog that a new instance has; a process that has another one makes its own."""
    with TemporaryDirectory() as directory:
        instance = assemble(Path(directory) / "data")
        graphs = {service.name: service.open_graph() for service in instance.services}
        settings = GatewaySettings(data=instance.directory.root)
        subgraphs = Subgraphs(local=graphs)
        gateway = build(settings, instance.catalog, MemoryLog(), subgraphs, b"of no instance")
        asyncio.run(_used(gateway, graphs.values()))


async def _used(gateway: Gateway, graphs: Iterable[Subgraph]) -> None:
    """What the schemas come to is composed, and put to use."""
    await gateway.supergraph_source.refresh()
    assert gateway.supergraph_source.current
    for graph in graphs:
        await graph.close()


source.compose = composed
import_services()
import_module("c360_cli.main")
import_module("c360_cli.running.gateway_process")
import_module("c360_cli.running.service_process")
make_schemas()
# What will not change is not looked through again by each process.
gc.collect()
gc.freeze()
