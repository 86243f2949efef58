"""The gateway: over services in this process, over services elsewhere, or over anyone's."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from c360_gateway.assembly.catalog import NOBODY, Followers
from c360_gateway.assembly.gateway import Gateway
from c360_gateway.assembly.subgraphs import Subgraphs, subgraph_tls
from c360_gateway.bootstrap import build, build_before
from c360_gateway.readiness import Troubles, no_troubles
from c360_gateway.settings import GatewaySettings
from c360_gateway.supergraph.source import SupergraphSource
from c360_gateway.transport.http import RemoteSubgraph
from c360_kernel.log.port import EventLog
from c360_kernel.projection.service import Projection
from c360_kernel.telemetry import NO_TRACER, Tracer
from c360_kernel.tls import server_tls
from uvicorn import Server

from c360_cli.assembly import Instance
from c360_cli.projections.mending import mend_stores
from c360_cli.running.announcing import announced
from c360_cli.running.children import Children
from c360_cli.running.connections import limits_of
from c360_cli.running.forking import ForkedProcess
from c360_cli.running.http import server
from c360_cli.running.introducing import introduce
from c360_cli.running.live import LiveInstance
from c360_cli.running.locking import CHILDREN_WAIT_S, sole_instance, sole_process
from c360_cli.running.ports import LOOPBACK, ports_above, refuse_taken, until_free
from c360_cli.running.processes import Supervisor
from c360_cli.running.workers import serve_and_feed, traced
from c360_cli.topology import GATEWAY, NAMES

_INSTANCE_KEY = "instance"
# Where it is not there, as in the gateway's image, `c360 serve audit` feeds it.
_FED_BEFORE = ("audit",) if find_spec("c360_audit") else ()


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that has not started, the services of this process, and the gateway over them.

    `log` is the gateway's own.
    """

    server: Server
    live: LiveInstance
    gateway: Gateway
    log: EventLog

    @property
    def supergraph_source(self) -> SupergraphSource:
        """What keeps its supergraph."""
        return self.gateway.supergraph_source

    @asynccontextmanager
    async def closed_after(self) -> AsyncGenerator[None]:
        """For a block that may serve: close what the gateway has open at its end."""
        async with _closed_after(self.log), _closed_after(self.gateway):
            yield

    async def run(self, instance: Instance) -> None:
        """Serve and feed until told to stop."""
        gateway = self.gateway
        await serve_and_feed(
            instance, [], self.server, gateway.stopped, gateway.introduce, live=self.live
        )


async def run_all(instance: Instance, host: str, port: int) -> None:
    """Everything in this process, subgraphs called directly."""
    with sole_instance(instance), traced(instance, GATEWAY.name) as tracer:
        refuse_taken(host, port)
        await mend_stores(instance, NAMES)
        serving = all_in_one(instance, host, port, tracer)
        source = serving.supergraph_source
        async with serving.closed_after():
            # As for any other wrong policy, there is nothing to wait for: all schemas are here.
            await source.start()
            if source.current is None and source.refused is not None:
                raise source.refused
            async with announced(serving.server, source, serving.gateway.readiness.is_started):
                await serving.run(instance)


def all_in_one(instance: Instance, host: str, port: int, tracer: Tracer = NO_TRACER) -> Serving:
    """A gateway, not started, that calls the subgraphs in this process."""
    live = LiveInstance(instance, NAMES)
    services = tuple(live.services.values())
    log = instance.open_log()
    gateway = _gateway(instance, log, Subgraphs(local=live.graphs), tracer, services, live)
    live.on_swap = gateway.supergraph_source.refresh
    serving = _server(instance, gateway, host, port)
    return Serving(serving, live, gateway, log)


async def run_processes(
    instance: Instance, host: str, port: int, forked: Mapping[str, ForkedProcess]
) -> None:
    """Every domain service in a process of its own, the gateway in this one."""
    ports = ports_above(port)
    urls = {name: f"http://{LOOPBACK}:{ports[name]}" for name in ports}
    with sole_process(instance, [GATEWAY.name]):
        refuse_taken(host, port)
        await until_free(ports.values())
        with sole_process(instance, NAMES, CHILDREN_WAIT_S):
            await mend_stores(instance, NAMES)
            await introduce(instance, instance.services)
        children = Children(ports)
        log = instance.open_log()
        # Who closes a file last takes its write-ahead log in, and of two at once neither may.
        async with _closed_after(log):
            supervisor = Supervisor(instance.directory.root, ports, children, forked)
            supervisor.start()
            try:
                await _run_over(instance, log, urls, host, port, children.troubles)
            finally:
                await supervisor.stop()


async def run_gateway(instance: Instance, urls: Mapping[str, str], host: str, port: int) -> None:
    """The gateway alone; `urls` says where each domain service is."""
    with sole_process(instance, [GATEWAY.name]):
        refuse_taken(host, port)
        log = instance.open_log()
        async with _closed_after(log):
            await _run_over(instance, log, urls, host, port)


async def _run_over(
    instance: Instance,
    log: EventLog,
    urls: Mapping[str, str],
    host: str,
    port: int,
    troubles: Troubles = no_troubles,
) -> None:
    remote = {
        name: RemoteSubgraph(f"{url}/graphql", instance.directory.subgraph_keys(name))
        for name, url in urls.items()
    }
    with traced(instance, GATEWAY.name) as tracer:
        tls = subgraph_tls(_settings(instance))
        subgraphs = Subgraphs(remote=remote, troubles=troubles, tls=tls)
        gateway = _gateway(instance, log, subgraphs, tracer)
        async with _closed_after(gateway):
            await _serve(instance, gateway, host, port)


async def run_before(
    instance: Instance, supergraph: Path, policy: Path | None, host: str, port: int
) -> None:
    """The gateway before anyone's subgraphs: a ready supergraph, our policy and audit."""
    settings = _settings(instance).model_copy(update={"policy": policy} if policy else {})
    key = instance.directory.key(_INSTANCE_KEY)
    fed = [instance.service(name) for name in _FED_BEFORE]
    held = [GATEWAY.name, *_FED_BEFORE]
    with sole_process(instance, held), traced(instance, GATEWAY.name) as tracer:
        refuse_taken(host, port)
        log = instance.open_log()
        async with _closed_after(log):
            gateway = build_before(settings, supergraph, log, key, tracer, fed)
            async with _closed_after(gateway):
                # A supergraph that cannot be used is told before anything is listened to.
                await gateway.supergraph_source.start()
                await _serve(instance, gateway, host, port, fed)


@asynccontextmanager
async def _closed_after(opened: EventLog | Gateway) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        await opened.close()


async def _serve(
    instance: Instance, gateway: Gateway, host: str, port: int, fed: Sequence[Projection] = ()
) -> None:
    serving = _server(instance, gateway, host, port)
    async with announced(serving, gateway.supergraph_source, gateway.readiness.is_started):
        await serve_and_feed(instance, fed, serving, gateway.stopped, gateway.introduce)


def _server(instance: Instance, gateway: Gateway, host: str, port: int) -> Server:
    limits = limits_of(instance.settings)
    tls = server_tls(instance.settings)
    return server(gateway.app, port, host, gateway.drain, limits, tls)


def _gateway(
    instance: Instance,
    log: EventLog,
    subgraphs: Subgraphs,
    tracer: Tracer,
    fed: Sequence[Projection] = (),
    followers: Followers = NOBODY,
) -> Gateway:
    settings, key = _settings(instance), instance.directory.key(_INSTANCE_KEY)
    return build(
        settings,
        instance.catalog,
        log,
        subgraphs,
        key,
        tracer,
        fed,
        instance.directory.catalog,
        followers,
    )


def _settings(instance: Instance) -> GatewaySettings:
    return GatewaySettings(data=instance.directory.root)
