"""Runs connectors: once each, or each again and again until told to stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from c360_connectors.form import Connector
from c360_connectors.pulling.calling import Caller
from c360_connectors.pulling.ports import Take, Web
from c360_connectors.pulling.state import PullState, States
from c360_connectors.pulling.taking import Taking
from c360_connectors.pulling.walking import Walking
from c360_connectors.refusals import ConnectorInvalid
from c360_connectors.secrets import secrets_in
from c360_kernel.errors import C360Error
from c360_kernel.outgoing.addresses import networks_of
from c360_kernel.outgoing.reaching import Reach
from c360_kernel.stamp import wall_clock_ms

from c360_cli.connecting.files import AsideFile, StateFile
from c360_cli.connecting.settings import ConnectSettings
from c360_cli.connecting.web import GuardedWeb

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs connectors of one instance; `taker` gives what takes the items of one."""

    settings: ConnectSettings
    taker: Callable[[Connector], Take]

    async def once(self, connectors: Sequence[Connector]) -> Mapping[str, PullState]:
        """Each as far as it comes now, side by side; how it is then, with the code of what ended
        it, by its name.
        """
        async with reached(self.settings) as web:
            ran = await asyncio.gather(*(self._run(one, web) for one in connectors))
        return {one.name: state for one, state in zip(connectors, ran, strict=True)}

    async def for_ever(self, connectors: Sequence[Connector]) -> None:
        """Each again and again, until it says that somebody has to look."""
        async with reached(self.settings) as web:
            await asyncio.gather(*(self._again(one, web) for one in connectors))

    async def _again(self, connector: Connector, web: Web) -> None:
        while True:
            state = await self._run(connector, web)
            if state.is_stopped:
                return
            await asyncio.sleep(connector.pull.every_ms / 1_000)

    async def _run(self, connector: Connector, web: Web) -> PullState:
        states = StateFile(self.settings.data, connector.name)
        try:
            return await self._walking(connector, web, states).run()
        except C360Error as error:
            _log.warning("connector %s ended: %s", connector.name, error.code)
            # A source that is away, or a log, is back another time; the rest somebody has to mend.
            ended = replace(
                states.load(),
                code=error.code,
                message=error.message,
                is_stopped=not error.retryable,
                ended_ms=wall_clock_ms(),
            )
            states.save(ended)
            return ended

    def _walking(self, connector: Connector, web: Web, states: States) -> Walking:
        if not connector.mappings:
            message = f"{connector.name} has no mapping: c360 connect check suggests one"
            raise ConnectorInvalid(message)
        caller = caller_of(connector, web, self.settings)
        taking = Taking(connector.source, connector.mappings, self.taker(connector))
        aside = AsideFile(self.settings.data, connector.name)
        return Walking(connector.pull, caller, taking, aside, states, wall_clock_ms)


@asynccontextmanager
async def reached(settings: ConnectSettings) -> AsyncGenerator[GuardedWeb]:
    """What asks sources, in one event loop. Raises `SettingsError` (NETWORK_INVALID)."""
    web = GuardedWeb(Reach(networks_of(settings.connect_networks)))
    try:
        yield web
    finally:
        await web.close()


def caller_of(connector: Connector, web: Web, settings: ConnectSettings) -> Caller:
    """What asks the source of one connector. Raises `SettingsError` for a secret."""
    secrets = secrets_in(settings.secrets_of(connector.name), connector.secrets)
    return Caller(web, connector.pull.login, connector.pull.limits, secrets)
