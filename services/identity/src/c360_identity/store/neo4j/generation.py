"""Generations: whole sets of labels in one database, one of which is the live one.

A rebuild fills the next generation beside the live one. Which is live is a
property of one node, so putting another in its place is one write.
"""

from __future__ import annotations

import asyncio
import time

from c360_kernel.errors import SettingsError, Unusable, by_replay
from c360_kernel.log.identity import Origin, claimed_by
from c360_kernel.projection.origin import may_replace

from c360_identity.store.neo4j import schema
from c360_identity.store.neo4j.address import Address
from c360_identity.store.neo4j.connection import Connection, Rows
from c360_identity.store.neo4j.labels import Labels

FORMAT = 9
"""To be raised with every change of what the nodes hold."""
# Stores notice within this time that a rebuild has put another generation in place.
_LOOK_AGAIN_S = 1.0
_FIRST = "MERGE (l:{live} {{name: 'live'}}) ON CREATE SET l.generation = 0, l.begun = 0"
_FIND = "MATCH (l:{live} {{name: 'live'}}) RETURN [[l.generation]]"
_BEGIN = "MATCH (l:{live} {{name: 'live'}}) SET l.begun = l.begun + 1 RETURN [[l.begun]]"
_INSTALL = (
    "MATCH (l:{live} {{name: 'live'}})"
    " SET l.generation = $generation, l.log = $log, l.instance = $instance"
)
_ORIGIN = "MATCH (l:{live} {{name: 'live'}}) WHERE l.log IS NOT NULL RETURN [[l.log, l.instance]]"
# The lock is taken before what is there is read.
_CLAIM = (
    "MATCH (l:{live} {{name: 'live'}}) SET l.locked = true WITH l"
    " WHERE l.log IS NULL OR (l.log = $log AND l.instance = '')"
    " SET l.log = $log, l.instance = $instance"
)
_KEY_OF = "OPTIONAL MATCH (m:Meta {name: 'state'}) RETURN [[m.instance_key]]"
_STATE = (
    "MERGE (m:Meta {name: 'state'})"
    " ON CREATE SET m.epoch = 0, m.sequence = 0, m.instance_key = $probe, m.format = $format"
    # What was made before there were numbers is format 1.
    " SET m.format = coalesce(m.format, 1)"
    " RETURN [[m.instance_key, m.epoch, m.format]]"
)


class Current:
    """The live generation of a prefix.

    `probe` tells one instance key from another: a database that was filled under another one
    is refused (STORE_FOREIGN), since the ids handed out would stop resolving.
    """

    def __init__(self, address: Address, probe: str) -> None:
        self.connection = Connection(address)
        self.epoch = 0
        self._prefix = address.prefix
        self._probe = probe
        self._labels: Labels | None = None
        self._looked_at = 0.0

    async def labels(self) -> Labels:
        """The labels of the generation, as it was within the last second."""
        if self._labels is not None and time.monotonic() - self._looked_at < _LOOK_AGAIN_S:
            return self._labels
        return await self.look()

    async def look(self) -> Labels:
        """The labels of the generation, as it is now."""
        generation = await self._live()
        if self._labels is None or self._labels.generation != generation:
            self._labels = await self._created(generation)
        self._looked_at = time.monotonic()
        return self._labels

    async def claimed(self, by: Origin) -> Origin:
        """What the generation is fed from; `by`, if it was never told."""
        # A database of before there were ids is not marked by somebody with other keys.
        await self.look()
        held = await self._origin()
        if claimed_by(held, by) != held:
            await self._ask(_CLAIM, log=by.log, instance=by.instance)
            held = await self._origin()
        return held or by

    async def rows(self, statement: str, **parameters: object) -> Rows:
        """The answer to one statement that changes nothing; see `Runner`."""
        labels = await self.labels()
        return await self.connection.read(labels.apply(statement), {"given": parameters})

    async def change(self, statement: str, **parameters: object) -> Rows:
        """The answer to one statement in a transaction of its own, which may be repeated."""
        labels = await self.labels()
        return await self.connection.write(labels.apply(statement), {"given": parameters})

    async def close(self) -> None:
        """Close the connections."""
        await self.connection.close()

    async def _created(self, generation: int) -> Labels:
        labels = Labels(self._prefix, generation)
        await schema.create(self.connection, labels)
        parameters = {"probe": self._probe, "format": FORMAT}
        answer = await self.connection.write(labels.apply(_STATE), parameters)
        ((probe, self.epoch, number),) = answer
        if number != FORMAT:
            raise Unusable(
                f"format {number}, this version reads {FORMAT}: {by_replay('identity')}",
                code="STORE_FORMAT",
            )
        self._refuse_other_key(probe)
        return labels

    def _refuse_other_key(self, probe: str | None) -> None:
        if probe is not None and probe != self._probe:
            raise SettingsError(
                "the identity store belongs to another instance, with another identity.key",
                code="STORE_FOREIGN",
            )

    async def _origin(self) -> Origin | None:
        rows = await self.connection.read(self._said(_ORIGIN))
        return Origin(*rows[0]) if rows else None

    async def _live(self) -> int:
        if self._labels is None:
            await schema.create_live(self.connection, self._prefix)
            await self._ask(_FIRST)
        ((generation,),) = await self.connection.read(self._said(_FIND))
        return generation

    async def _ask(self, statement: str, **parameters: object) -> Rows:
        return await self.connection.write(self._said(statement), parameters)

    def _said(self, statement: str) -> str:
        return statement.format(live=f"{self._prefix}{schema.LIVE}")


class Aside(Current):
    """A generation that nobody else reads until it is installed."""

    def __init__(self, address: Address, probe: str) -> None:
        super().__init__(address, probe)
        self._by = Origin("")

    async def claimed(self, by: Origin) -> Origin:
        """The generation to be replaced has to be of the same instance."""
        generation, held = await self._live(), await self._origin()
        if held is not None and not may_replace(held, by):
            return held
        labels = Labels(self._prefix, generation)
        ((probe,),) = await self.connection.read(labels.apply(_KEY_OF))
        self._refuse_other_key(probe)
        self._by = by
        return by

    async def look(self) -> Labels:
        """The labels of the generation, empty at first."""
        if self._labels is None:
            await self._live()
            ((generation,),) = await self._ask(_BEGIN)
            self._labels = await self._created(generation)
        return self._labels

    async def install(self) -> None:
        """Make it the live one, and remove all others once nobody reads them any more."""
        chosen = (await self.look()).generation
        log, instance = self._by.log, self._by.instance
        await self._ask(_INSTALL, generation=chosen, log=log, instance=instance)
        await asyncio.sleep(2 * _LOOK_AGAIN_S)
        for generation in await schema.generations(self.connection, self._prefix):
            if generation != chosen:
                await schema.drop(self.connection, Labels(self._prefix, generation))
