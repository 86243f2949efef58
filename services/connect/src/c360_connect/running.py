"""Runs connectors: once each, or each again and again until told to stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Collection,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING

from c360_connectors.form import Connector
from c360_connectors.pulling.calling import TRIES, Caller
from c360_connectors.pulling.login import Login
from c360_connectors.pulling.ports import Take, Web
from c360_connectors.pulling.pull import Limits, Pull
from c360_connectors.pulling.remembering import Remembering
from c360_connectors.pulling.state import PullState, States
from c360_connectors.pulling.taking import Taking
from c360_connectors.pulling.walking import Walking
from c360_connectors.receiving.fetching import Fetching
from c360_connectors.receiving.receive import Receive
from c360_connectors.receiving.taking import DeliveryTaking
from c360_connectors.receiving.topic import Topic
from c360_connectors.refusals import ConnectorInvalid
from c360_connectors.secrets import lines_in, secrets_in
from c360_kernel.errors import C360Error, SettingsError
from c360_kernel.log.port import EventLog
from c360_kernel.outgoing.addresses import networks_of
from c360_kernel.outgoing.reaching import Reach
from c360_kernel.stamp import wall_clock_ms

from c360_connect.files import AsideFile, StateFile
from c360_connect.inbox import Inbox
from c360_connect.settings import ConnectSettings
from c360_connect.topic import Following
from c360_connect.web import GuardedWeb

if TYPE_CHECKING:
    from c360_kernel.log.kafka_taking import TopicReader

DELIVERIES, ENTRIES = ".deliveries", ".topic"
"""End the names of what is kept of a connector's deliveries and topic, beside what it pulls."""
_AGAIN_S = 5.0
_BROKERS_S = 30.0
_ALL = 1.0
_log = logging.getLogger(__name__)
_Run = Callable[[], Awaitable[PullState]]


def names_of(connector: Connector) -> list[str]:
    """Under which names something is kept of it, by the ways that it takes."""
    ways = {"": connector.pull, DELIVERIES: connector.receive, ENTRIES: connector.topic}
    return [f"{connector.name}{ending}" for ending, way in ways.items() if way is not None]


@dataclass(frozen=True, slots=True)
class Strand:
    """One way by which a connector takes: `once` as far as it comes now, or `on` for ever.

    What of it ends is begun again after `pause_s`.
    """

    name: str
    states: States
    once: _Run
    on: _Run
    pause_s: float


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs connectors of one instance over its log; `taker` gives what takes the items of one.

    `identifiers` are the types of the catalog.
    """

    settings: ConnectSettings
    open_log: Callable[[], EventLog]
    taker: Callable[[Connector], Take]
    identifiers: Collection[str] = ()

    async def once(self, connectors: Sequence[Connector]) -> Mapping[str, PullState]:
        """Each as far as it comes now, side by side; how it is then, with the code of what ended
        it, by its name.
        """
        async with self._strands(connectors) as strands:
            ran = await asyncio.gather(*(ended(one, one.once) for one in strands))
        return {one.name: state for one, state in zip(strands, ran, strict=True)}

    async def for_ever(self, connectors: Sequence[Connector]) -> None:
        """Each again and again, until it says that somebody has to look."""
        async with self._strands(connectors) as strands:
            await asyncio.gather(*(again(one) for one in strands))

    @asynccontextmanager
    async def _strands(self, connectors: Sequence[Connector]) -> AsyncGenerator[list[Strand]]:
        log = self.open_log()
        try:
            async with reached(self.settings) as web:
                yield [strand for one in connectors for strand in self._of(one, web, log)]
        finally:
            await log.close()

    def _of(self, connector: Connector, web: Web, log: EventLog) -> Iterator[Strand]:
        if (pull := connector.pull) is not None:
            yield self._pulled(connector, pull, web)
        if (receive := connector.receive) is not None:
            yield self._delivered(connector, receive, web, log)
        if (topic := connector.topic) is not None:
            yield self._followed(connector, topic)

    def _pulled(self, connector: Connector, pull: Pull, web: Web) -> Strand:
        states = StateFile(self.settings.data, connector.name)
        take = self._take_of(connector)

        async def walk() -> PullState:
            return await self._walking(connector, pull, web, states, take()).run()

        return Strand(connector.name, states, walk, walk, pull.every_ms / 1_000)

    def _delivered(self, connector: Connector, receive: Receive, web: Web, log: EventLog) -> Strand:
        data, kept = self.settings.data, f"{connector.name}{DELIVERIES}"
        states, take = StateFile(data, kept), self._take_of(connector)

        def inbox() -> Inbox:
            taking = self._deliveries(connector, receive, web, take())
            return Inbox(connector.name, log, taking, AsideFile(data, kept), states)

        async def to_the_end() -> PullState:
            return await inbox().to_the_end()

        async def on() -> PullState:
            return await inbox().on()

        return Strand(kept, states, to_the_end, on, _AGAIN_S)

    def _followed(self, connector: Connector, topic: Topic) -> Strand:
        data, kept = self.settings.data, f"{connector.name}{ENTRIES}"
        states, take = StateFile(data, kept), self._take_of(connector)

        def following() -> Following:
            reader = reader_of(connector, topic, self.settings)
            taking = self._taking(connector, take())
            return Following(connector.name, reader, taking, AsideFile(data, kept), states)

        async def to_the_end() -> PullState:
            return await following().to_the_end()

        async def on() -> PullState:
            return await following().on()

        return Strand(kept, states, to_the_end, on, _AGAIN_S)

    def _take_of(self, connector: Connector) -> Callable[[], Take]:
        """One for all runs of a strand, since each has a connection of its own; none until then."""
        return cache(lambda: Remembering(self.taker(connector)))

    def _walking(
        self, connector: Connector, pull: Pull, web: Web, states: States, take: Take
    ) -> Walking:
        taking = self._taking(connector, take)
        caller = caller_of(connector, pull.login, pull.limits, web, self.settings)
        aside = AsideFile(self.settings.data, connector.name)
        return Walking(pull, caller, taking, aside, states, wall_clock_ms)

    def _taking(self, connector: Connector, take: Take) -> Taking:
        """Takes whole things, which can be asked for again."""
        if not connector.mappings:
            message = f"{connector.name} has no mapping: c360 connect check suggests one"
            raise ConnectorInvalid(message)
        return Taking(connector.source, connector.mappings, take, identifiers=self.identifiers)

    def _deliveries(
        self, connector: Connector, receive: Receive, web: Web, take: Take
    ) -> DeliveryTaking:
        fetch = connector.fetch
        fetching = None
        if fetch is not None:
            caller = caller_of(connector, fetch.login, fetch.limits, web, self.settings)
            fetching = Fetching(fetch, caller)
        folder = self.settings.secrets_of(connector.name)
        # What is sent cannot be asked for again: bad rows are put aside, however many they are.
        return DeliveryTaking(
            receive,
            partial(lines_in, folder, receive.secrets),
            Taking(connector.source, connector.delivered, take, _ALL, self.identifiers),
            Taking(connector.source, connector.mappings, take, _ALL, self.identifiers),
            fetching,
        )


async def again(strand: Strand) -> None:
    """Run a strand on, again after each end, until somebody has to look."""
    while True:
        try:
            state = await ended(strand, strand.on)
        except C360Error as error:
            # How far it is can be neither read nor kept.
            _log.error("connector %s failed: %s: %s", strand.name, error.code, error.message)
        except OSError as error:
            told = (error.strerror, error.filename)
            _log.error("connector %s failed: FILE_UNUSABLE: %s: %s", strand.name, *told)
        except Exception as error:
            # The text of an exception may quote a value.
            _log.error("connector %s failed: %s", strand.name, type(error).__name__)
        else:
            if state.is_stopped:
                return
        await asyncio.sleep(strand.pause_s)


async def ended(strand: Strand, run: _Run) -> PullState:
    """How a strand is after a run; what ended it is kept with its state."""
    try:
        return await run()
    except C360Error as error:
        _log.warning("connector %s ended: %s", strand.name, error.code)
        # A source that is away, or a log, is back another time; the rest somebody has to mend.
        state = replace(
            strand.states.load(),
            code=error.code,
            message=error.message,
            is_stopped=not error.retryable,
            ended_ms=wall_clock_ms(),
        )
        strand.states.save(state)
        return state


@asynccontextmanager
async def reached(settings: ConnectSettings) -> AsyncGenerator[GuardedWeb]:
    """What asks sources, in one event loop. Raises `SettingsError` (NETWORK_INVALID)."""
    web = GuardedWeb(Reach(networks_of(settings.connect_networks)))
    try:
        yield web
    finally:
        await web.close()


def caller_of(
    connector: Connector,
    login: Login | None,
    limits: Limits,
    web: Web,
    settings: ConnectSettings,
    tries: int = TRIES,
) -> Caller:
    """What asks the source of one connector. Raises `SettingsError` for a secret."""
    secrets = secrets_in(settings.secrets_of(connector.name), connector.secrets)
    return Caller(web, login, limits, secrets, tries=tries)


def reader_of(connector: Connector, topic: Topic, settings: ConnectSettings) -> TopicReader:
    """What reads the topic of one connector. Raises `SettingsError` for the secret of its brokers.

    The client takes a third of a second to import, and other connectors need none of it.
    """
    from c360_kernel.log.kafka_place import parse_kafka_url  # noqa: PLC0415
    from c360_kernel.log.kafka_taking import TopicReader  # noqa: PLC0415

    (url,) = secrets_in(settings.secrets_of(connector.name), (topic.brokers,)).values()
    try:
        return TopicReader(parse_kafka_url(url), topic.name, _BROKERS_S)
    except SettingsError as error:
        message = f"{connector.name}: {topic.brokers} says no place of brokers, as C360_LOG does"
        raise SettingsError(message, code=error.code) from error
