"""Puts acts into the topic `audit`: whoever does something that is to be on record does it here."""

from __future__ import annotations

from dataclasses import replace

from c360_kernel.codec import encode
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import AUDIT
from c360_kernel.metrics import ACTS
from c360_kernel.payload import AuditKind, OperationAudited
from c360_kernel.stamp import StampClock, stamp_ms

OPERATION = "c360.operation.audited.v1"
"""The type of an operation's entry; acts of other kinds have types of their own."""
_TYPES = {"operation": OPERATION}


class AuditWriter:
    """Stamps acts and appends them to a log; `source` says which part of an instance did them."""

    def __init__(self, log: EventLog, clock: StampClock, source: str) -> None:
        self._log = log
        self._clock = clock
        self._source = source

    async def write(self, *acts: OperationAudited, traceparent: str = "") -> None:
        """Return once the log has them, under the time of now where they name none.

        Raises what `EventLog.append` does, and `Transient` while no stamp can be given.
        """
        await self._clock.ready()
        await self._log.append([self._entry(one, traceparent) for one in acts])
        for one in acts:
            ACTS.add(one.kind, amount=one.times)

    def _entry(self, act: OperationAudited, traceparent: str) -> NewEntry:
        stamp = self._clock.next()
        dated = act if act.at else replace(act, at=stamp_ms(stamp))
        data = encode(dated)
        return audit_entry(
            dated.kind, dated.principal, dated.at, data, stamp, self._source, traceparent
        )


def audit_entry(
    kind: AuditKind,
    principal: str,
    at: int,
    data: bytes,
    stamp: str,
    source: str,
    traceparent: str = "",
) -> NewEntry:
    """The entry of an act that is written as `data`; `at` is in milliseconds since 1970."""
    return NewEntry(
        topic=AUDIT,
        key=principal,
        id=f"{AUDIT}:{stamp}",
        type=_TYPES.get(kind) or f"c360.audit.{kind}.v1",
        source=source,
        subject=principal,
        time=at,
        stamp=stamp,
        data=data,
        traceparent=traceparent,
    )
