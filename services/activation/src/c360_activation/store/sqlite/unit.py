"""One transaction of the SQLite adapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from c360_kernel.log.entry import Positions
from c360_kernel.projection.sqlite import SqliteUnit
from typing_extensions import override

from c360_activation.domain.delivery import Message, superseded
from c360_activation.store.port import ActivationUnit
from c360_activation.store.sqlite.rows import COLUMNS, read_deliveries, read_positions

_PUT = (
    "INSERT INTO delivery(destination, message, kind, customer, segment, at, status, attempts,"
    " due, code, changed) VALUES (?,?,?,?,?,?,'waiting',0,0,'',?) ON CONFLICT DO NOTHING"
)
_KNOWN = {
    kind: f"SELECT 1 FROM {table} WHERE destination=?1 AND customer=?2 UNION ALL SELECT 1"
    " FROM delivery WHERE destination=?1 AND customer=?2 AND status='waiting' LIMIT 1"
    for kind, table in (("customer.ended", "told"), ("row.followed", "held"))
}
"""Whether there is anything to tell of these, by where that is kept."""
_WAITING = f"SELECT {COLUMNS} FROM delivery WHERE destination=? AND customer=? AND status='waiting'"
_REPLACE = "UPDATE delivery SET status='replaced', changed=? WHERE number=?"


class SqliteActivationUnit(SqliteUnit, ActivationUnit):
    """The queue inside one SQLite transaction."""

    @override
    async def since(self) -> Mapping[str, Positions]:
        rows = self.connection.execute("SELECT name, since FROM destination")
        return {name: read_positions(text) for name, text in rows}

    @override
    async def queue(self, messages: Sequence[Message]) -> None:
        for one in messages:
            self._queue(one)

    def _queue(self, one: Message) -> None:
        whom = (one.destination, one.customer)
        known = _KNOWN.get(one.kind)
        if known is not None and not self.connection.execute(known, whom).fetchone():
            return
        waiting = read_deliveries(self.connection.execute(_WAITING, whom).fetchall())
        values = (one.destination, one.id, one.kind, one.customer, one.segment, one.at, one.at)
        if self.connection.execute(_PUT, values).rowcount:
            replaced = [(one.at, number) for number in superseded(one.kind, waiting)]
            self.connection.executemany(_REPLACE, replaced)
