"""The domain services of a process under the catalog of the moment.

A changed catalog is taken service by service: its worker ends, its store is derived from the log
again where that is needed, its worker begins under the new rules, its graph is replaced. Until a
store is there the graph answers from the old one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from c360_kernel.catalog.model import Catalog
from c360_kernel.errors import C360Error
from c360_kernel.projection.service import Service
from c360_kernel.subgraph.live import LiveSubgraph
from c360_kernel.subgraph.threads import ThreadedSubgraph
from typing_extensions import override

from c360_cli.assembly import Instance, graph_of
from c360_cli.catalog_file import InForce
from c360_cli.projections.mending import make_current
from c360_cli.running.workers import Live, Workers

_LOOK_AGAIN_S = 1.0
# Graphs that follow at once are replaced together; one whose store is derived again comes later.
_TOGETHER_S = 10.0
# A server that does not answer is left: it sees by itself that nobody is there.
_CLOSE_S = 3.0
_log = logging.getLogger(__name__)


async def _nothing() -> None:
    """Nobody has to look again."""


class LiveInstance(Live):
    """Services of this process, by name, in the order data flows.

    `is_leading`: it looks at the catalog's file itself; else who does calls `take`. `on_swap` is
    called after a graph was replaced.
    """

    def __init__(
        self, instance: Instance, names: Sequence[str], *, is_leading: bool = False
    ) -> None:
        self._instance = instance
        self.services = {name: instance.service(name) for name in names}
        self.graphs = {name: LiveSubgraph(graph_of(one)) for name, one in self.services.items()}
        self.on_swap: Callable[[], Awaitable[None]] = _nothing
        self._file = InForce(instance.directory, names, is_leading=is_leading)
        self._is_leading = is_leading
        self._workers: Workers | None = None
        self._awaited: set[asyncio.Future[None]] = set()
        self._swaps: set[asyncio.Task[None]] = set()

    @property
    @override
    def fed(self) -> Sequence[Service]:
        return tuple(self.services.values())

    @override
    def begin(self, workers: Workers) -> None:
        self._workers = workers
        for service in self.services.values():
            self._start(service)

    async def watch(self) -> None:
        """Look at the catalog's file, and say how far everything is, for ever."""
        while True:
            await self._look()
            await asyncio.sleep(_LOOK_AGAIN_S)

    @override
    async def close(self) -> None:
        closing = [asyncio.create_task(graph.close()) for graph in self.graphs.values()]
        done, _ = await asyncio.wait(closing, timeout=_CLOSE_S)
        for error in filter(None, (one.exception() for one in done if not one.cancelled())):
            # The text of an exception may quote a value.
            _log.warning("a graph was not closed: %s", type(error).__name__)

    async def take(self, catalog: Catalog) -> None:
        """Put a catalog into force. Raises `C360Error` when a service cannot be made by it.

        Returns when the graphs are replaced, or earlier where that takes long.
        """
        instance = replace(self._instance, catalog=catalog)
        services = {name: instance.service(name) for name in self.services}
        self._instance, self.services = instance, services
        await asyncio.gather(*(asyncio.to_thread(self._fed().end, name) for name in services))
        self._awaited = {self._restarted(one) for one in services.values()}
        await asyncio.wait(self._awaited, timeout=_TOGETHER_S)
        self._awaited = set()

    def work(self) -> Mapping[str, str]:
        """What is under way, by service."""
        return {name: state for name, one in self.services.items() if (state := one.progress.state)}

    def changed(self) -> Mapping[str, Any]:
        """What there is to say of a changed catalog."""
        refused, work = self._file.refused, self.work()
        return {
            **({"refused": True, "code": refused.code} if refused else {}),
            **({"work": work} if work else {}),
        }

    async def _look(self) -> None:
        seen = await asyncio.to_thread(self._file.look, self._instance.catalog, self.work())
        if seen is not None and self._is_leading:
            try:
                await self.take(seen)
            except C360Error as error:
                self._file.refuse(error)
            else:
                _log.warning("catalog taken: %s", seen.digest)

    def _restarted(self, service: Service) -> asyncio.Future[None]:
        """Feed it again, done when its graph is there as well."""
        swapped: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._start(service, swapped)
        return swapped

    def _fed(self) -> Workers:
        assert self._workers is not None
        return self._workers

    def _start(self, service: Service, swapped: asyncio.Future[None] | None = None) -> None:
        loop, instance = asyncio.get_running_loop(), self._instance

        async def before() -> None:
            remade = await make_current(instance, service)
            if remade or swapped is not None:
                loop.call_soon_threadsafe(self._begin, self._swap(service, swapped))

        self._fed().start(service, before)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._swaps.add(task)
        task.add_done_callback(self._swaps.discard)

    async def _swap(self, service: Service, swapped: asyncio.Future[None] | None) -> None:
        make = partial(graph_of, service)
        graph = await asyncio.to_thread(make) if service.is_embedded else make()
        if self.services[service.name] is service:
            self.graphs[service.name].replace(graph)
            await self._announce_swap(swapped)
        elif isinstance(graph, ThreadedSubgraph):
            graph.retire()

    async def _announce_swap(self, swapped: asyncio.Future[None] | None) -> None:
        """Whoever waits in `take` looks itself, at all of them."""
        is_awaited = swapped in self._awaited
        if swapped is not None:
            swapped.set_result(None)
        if not is_awaited:
            await self.on_swap()
