"""One domain service by itself, as in a container: its worker, and its subgraph over HTTP."""

from __future__ import annotations

from c360_kernel.log.lag import Lags
from c360_kernel.stopped import StoppedWorkers
from c360_kernel.subgraph.asgi import subgraph_app
from c360_kernel.tls import server_tls

from c360_cli.assembly import Instance
from c360_cli.projections.mending import mend_stores
from c360_cli.running.connections import limits_of
from c360_cli.running.http import server
from c360_cli.running.live import LiveInstance
from c360_cli.running.locking import CHILDREN_WAIT_S, sole_process
from c360_cli.running.ports import refuse_taken
from c360_cli.running.workers import serve_and_feed, traced


async def run_service(instance: Instance, name: str, host: str, port: int) -> None:
    """Run one service until told to stop."""
    with sole_process(instance, [name], CHILDREN_WAIT_S):
        refuse_taken(host, port)
        await mend_stores(instance, [name])
        await _serve(instance, name, host, port)


async def _serve(instance: Instance, name: str, host: str, port: int) -> None:
    live = LiveInstance(instance, [name], is_leading=True)
    service, keys = live.services[name], instance.directory.subgraph_keys(name)
    log = instance.open_log()
    lags = Lags(log, {service.consumer_group: service.topics})
    try:
        with traced(instance, name) as tracer:
            stopped = StoppedWorkers()
            app = subgraph_app(
                live.graphs[name],
                keys,
                tracer=tracer,
                lags=lags,
                stopped=stopped,
                catalog=live.changed,
            )
            settings = instance.settings
            serving = server(app, port, host, limits=limits_of(settings), tls=server_tls(settings))
            await serve_and_feed(instance, [], serving, stopped, live=live)
    finally:
        await log.close()
