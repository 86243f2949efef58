"""The gateway: over services in this process, over services elsewhere, or over anyone's."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from c360_gateway.bootstrap import Gateway, Subgraphs, build, build_before
from c360_gateway.settings import GatewaySettings
from c360_gateway.transport.http import RemoteSubgraph
from c360_kernel.telemetry import open_tracer
from uvicorn import Server

from c360_cli.assembly import PORTS, Instance
from c360_cli.http import server
from c360_cli.processes import Supervisor
from c360_cli.workers import serve_and_feed

_INSTANCE_KEY = "instance"


async def run_all(instance: Instance, host: str, port: int) -> None:
    """Everything in this process, subgraphs called directly."""
    await serve_and_feed(instance, instance.services, all_in_one(instance, host, port))


def all_in_one(instance: Instance, host: str, port: int) -> Server:
    """A gateway, not started, that calls the subgraphs in this process."""
    graphs = {service.name: service.open_graph() for service in instance.services}
    return _serving(_gateway(instance, Subgraphs(local=graphs)), host, port)


async def run_processes(instance: Instance, host: str, port: int) -> None:
    """Every domain service in a process of its own, the gateway in this one."""
    ports = {name: port + offset for offset, name in enumerate(PORTS, start=1)}
    urls = {name: f"http://127.0.0.1:{ports[name]}" for name in ports}
    supervisor = Supervisor(instance.directory.root, ports)
    supervisor.start()
    try:
        await run_gateway(instance, urls, host, port)
    finally:
        await supervisor.stop()


async def run_gateway(instance: Instance, urls: Mapping[str, str], host: str, port: int) -> None:
    """The gateway alone; `urls` says where each domain service is."""
    remote = {
        name: RemoteSubgraph(f"{url}/graphql", instance.directory.subgraph_keys(name))
        for name, url in urls.items()
    }
    gateway = _gateway(instance, Subgraphs(remote=remote))
    await serve_and_feed(instance, (), _serving(gateway, host, port))


async def run_before(
    instance: Instance, supergraph: Path, policy: Path | None, host: str, port: int
) -> None:
    """The gateway before anyone's subgraphs: a ready supergraph, our policy and audit."""
    settings = _settings(instance).model_copy(update={"policy": policy} if policy else {})
    text = await asyncio.to_thread(supergraph.read_text, "utf-8")
    key = instance.directory.key(_INSTANCE_KEY)
    gateway = build_before(settings, text, instance.open_log(), key)
    await serve_and_feed(instance, (), _serving(gateway, host, port))


def _gateway(instance: Instance, subgraphs: Subgraphs) -> Gateway:
    settings = _settings(instance)
    tracer = open_tracer("gateway", settings.otlp_endpoint, settings.trace_sample)
    key = instance.directory.key(_INSTANCE_KEY)
    return build(settings, instance.catalog, instance.open_log(), subgraphs, key, tracer)


def _settings(instance: Instance) -> GatewaySettings:
    return GatewaySettings(data=instance.directory.root)


def _serving(gateway: Gateway, host: str, port: int) -> Server:
    return server(gateway.app, port, host)
