"""The ActivationStore in one SQLite file."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
from c360_kernel.log.entry import Positions
from c360_kernel.projection.sqlite import SqliteProjection
from c360_kernel.sqlite import writing
from typing_extensions import override

from c360_activation.domain.delivery import ROWS, UNSURE, Delivery, Message, Outcome, Standing
from c360_activation.domain.first_load import Scope
from c360_activation.store.loads import FirstLoad
from c360_activation.store.port import ActivationStore
from c360_activation.store.sqlite.rows import (
    COLUMNS,
    load_values,
    read_deliveries,
    read_loads,
    write_positions,
)
from c360_activation.store.sqlite.schema import FORMAT, LACKING, MEND, SCHEMA
from c360_activation.store.sqlite.unit import SqliteActivationUnit

_ADMIT = "INSERT INTO destination VALUES (?,?,0,'') ON CONFLICT DO NOTHING"
_STAND = "UPDATE destination SET paused=?, disabled=? WHERE name=?"
_HOLD = (
    "UPDATE destination SET paused=max(paused,?1),"
    " disabled=CASE ?2 WHEN '' THEN disabled ELSE ?2 END WHERE name=?3"
)
# Waiting ones of a customer are looked at in the order of their numbers.
_DUE = (
    f"SELECT {COLUMNS}, coalesce((SELECT h.hash FROM held h WHERE h.destination=d.destination"
    " AND h.customer=d.customer), '') FROM delivery d"
    " WHERE destination=? AND status='waiting' AND due<=?"
    " AND EXISTS (SELECT 1 FROM destination t WHERE t.name=d.destination AND t.disabled=''"
    " AND t.paused<=?)"
    " AND NOT EXISTS (SELECT 1 FROM delivery o WHERE o.destination=d.destination"
    " AND o.customer=d.customer AND o.number<d.number AND o.status='waiting')"
    " ORDER BY due, number LIMIT ?"
)
_SETTLE = (
    "UPDATE delivery SET status=?1, attempts=?2, code=?3, due=?4, changed=?5 WHERE number=?6"
    " AND NOT (status='replaced' AND ?1='waiting')"
)
# A try that failed may have come through.
_TOLD = (
    "INSERT INTO told SELECT destination, customer FROM delivery"
    " WHERE number=? AND attempts>0 AND kind<>'customer.ended' ON CONFLICT DO NOTHING"
)
_ENDED = (
    "DELETE FROM told WHERE (destination, customer)=(SELECT destination, customer FROM delivery"
    " WHERE number=? AND status='sent' AND kind='customer.ended')"
)
_HELD = (
    "INSERT INTO held SELECT destination, customer, ?1 FROM delivery WHERE number=?2"
    " ON CONFLICT DO UPDATE SET hash=excluded.hash"
)
_LET_GO = (
    "DELETE FROM held WHERE (destination, customer)="
    "(SELECT destination, customer FROM delivery WHERE number=?)"
)
_AGAIN = (
    "UPDATE delivery SET status='waiting', attempts=0, due=0, code='', changed=?"
    " WHERE destination=? AND at>=? AND status NOT IN ('waiting', 'replaced')"
)
_LOST = (
    "INSERT INTO held SELECT DISTINCT destination, customer, ? FROM delivery"
    " WHERE destination=? AND at>=? AND status='sent' AND kind IN (SELECT value FROM json_each(?))"
    " ON CONFLICT DO UPDATE SET hash=excluded.hash"
)
_EXPIRE = (
    "DELETE FROM delivery WHERE number IN (SELECT number FROM delivery"
    " WHERE status<>'waiting' AND changed<? ORDER BY changed LIMIT ?)"
)
_LATEST = (
    f"SELECT {COLUMNS} FROM delivery WHERE destination=? AND number<? ORDER BY number DESC LIMIT ?"
)
_NO_LOAD = (
    "DELETE FROM first_load WHERE NOT EXISTS (SELECT 1 FROM json_each(?)"
    " WHERE value->>0=destination AND value->>1=segment)"
)
_BEGIN_LOAD = "INSERT INTO first_load VALUES (?,?,'[]',?,0) ON CONFLICT DO NOTHING"
_LOADS = (
    "SELECT destination, segment, until, at FROM first_load WHERE done=0"
    " ORDER BY destination, segment"
)
_LOADED = "UPDATE first_load SET at=? WHERE destination=? AND segment=?"
_END_LOAD = "UPDATE first_load SET done=1 WHERE destination=? AND segment=?"
# What waits is asked for when it is sent, and tells all there is to tell.
_LOAD = (
    "INSERT INTO delivery(destination, message, kind, customer, segment, at, status, attempts,"
    " due, code, changed) SELECT ?1,?2,?3,?4,'',?5,'waiting',0,0,'',?5 WHERE NOT EXISTS"
    " (SELECT 1 FROM delivery WHERE destination=?1 AND customer=?4 AND status='waiting'"
    f" AND kind IN ({','.join(map(repr, ROWS))})) ON CONFLICT DO UPDATE SET"
    " status='waiting', at=excluded.at, attempts=0, due=0, code='', changed=excluded.changed"
)
_BEYOND = 2**63 - 1


class SqliteActivationStore(SqliteProjection, ActivationStore):
    """The embedded adapter of `ActivationStore`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, SCHEMA, MEND, FORMAT, LACKING)

    @override
    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[SqliteActivationUnit]:
        unit = SqliteActivationUnit(self.connection, self.epoch)
        async with self.transaction(unit):
            yield unit

    @override
    async def admit(self, destinations: Collection[str], ends: Positions) -> None:
        begin = write_positions(ends)
        with writing(self.connection):
            self.connection.executemany(_ADMIT, [(name, begin) for name in destinations])

    @override
    async def begin_loads(self, scopes: Collection[Scope], until: Positions) -> Sequence[FirstLoad]:
        wanted, upto = orjson.dumps(list(scopes)).decode(), write_positions(until)
        with writing(self.connection):
            self.connection.execute(_NO_LOAD, (wanted,))
            self.connection.executemany(_BEGIN_LOAD, [(*one, upto) for one in scopes])
            rows = self.connection.execute(_LOADS).fetchall()
        return read_loads(rows)

    @override
    async def load(self, load: FirstLoad, messages: Sequence[Message]) -> None:
        with writing(self.connection):
            self.connection.executemany(_LOAD, [load_values(one) for one in messages])
            self.connection.execute(_LOADED, (write_positions(load.at), *load.scope))

    @override
    async def end_load(self, scope: Scope) -> None:
        with writing(self.connection):
            self.connection.execute(_END_LOAD, scope)

    @override
    async def due(self, destination: str, now: int, limit: int) -> Sequence[Delivery]:
        with self.reading():
            rows = self.connection.execute(_DUE, (destination, now, now, limit)).fetchall()
        return read_deliveries(rows)

    @override
    async def settle(self, number: int, outcome: Outcome, now: int) -> None:
        values = (outcome.status, outcome.attempts, outcome.code, outcome.due, now, number)
        with writing(self.connection):
            self.connection.execute(_SETTLE, values)
            self.connection.execute(_TOLD, (number,))
            self.connection.execute(_ENDED, (number,))
            if outcome.held:
                self.connection.execute(_HELD, (outcome.held, number))
            elif outcome.held is not None:
                self.connection.execute(_LET_GO, (number,))

    @override
    async def put_standing(self, destination: str, standing: Standing) -> None:
        with writing(self.connection):
            self.connection.execute(_STAND, (standing.paused_until, standing.disabled, destination))

    @override
    async def hold(self, destination: str, standing: Standing) -> None:
        with writing(self.connection):
            self.connection.execute(_HOLD, (standing.paused_until, standing.disabled, destination))

    @override
    async def again(self, destination: str, since: int, now: int) -> int:
        with writing(self.connection):
            rows = (UNSURE, destination, since, orjson.dumps(ROWS).decode())
            self.connection.execute(_LOST, rows)
            return self.connection.execute(_AGAIN, (now, destination, since)).rowcount

    @override
    async def expire(self, before: int, limit: int) -> int:
        with writing(self.connection):
            return self.connection.execute(_EXPIRE, (before, limit)).rowcount

    @override
    async def standings(self) -> Mapping[str, Standing]:
        sql = "SELECT name, paused, disabled FROM destination ORDER BY name"
        with self.reading():
            rows = self.connection.execute(sql).fetchall()
        return {name: Standing(paused, disabled) for name, paused, disabled in rows}

    @override
    async def numbers(self, destination: str) -> Mapping[str, int]:
        sql = "SELECT status, count(*) FROM delivery WHERE destination=? GROUP BY status"
        with self.reading():
            return dict(self.connection.execute(sql, (destination,)).fetchall())

    @override
    async def latest(self, destination: str, before: int | None, limit: int) -> Sequence[Delivery]:
        below = _BEYOND if before is None else before
        with self.reading():
            rows = self.connection.execute(_LATEST, (destination, below, limit)).fetchall()
        return read_deliveries(rows)

    @override
    async def counts(self) -> Mapping[str, int]:
        with self.reading():
            ((deliveries,),) = self.connection.execute("SELECT count(*) FROM delivery")
        return {"deliveries": deliveries}
