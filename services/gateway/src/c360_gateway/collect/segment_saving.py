"""Segments that people make: checked, put on the log, and waited for until they hold."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from c360_kernel.audit_writer import AuditWriter
from c360_kernel.codec import encode
from c360_kernel.errors import Invalid, Transient
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import SEGMENTS
from c360_kernel.payload import AuditKind, SegmentSaved
from c360_kernel.stamp import StampClock, stamp_ms
from c360_policy.mask.free_text.finding import redacted

from c360_gateway.collect.segment_checks import SegmentChange, SegmentChecks
from c360_gateway.context import OperationContext
from c360_gateway.control.acting import on_record

LONGEST_TITLE, LONGEST_DESCRIPTION, LONGEST_NOTE = 200, 2_000, 500
_TYPE = "c360.segment.saved.v1"
_SOURCE = "c360/gateway"
_WAIT_S, _LOOK_AGAIN_S = 5.0, 0.05


class SegmentTexts(NamedTuple):
    """What people say of a segment beside its condition."""

    title: str = ""
    description: str = ""
    note: str = ""


class Saved(NamedTuple):
    """What was put on the log; `is_live` says whether the segment service has handled it."""

    name: str
    version: int
    is_live: bool


class SegmentSaving:
    """Saves and archives segments, at most `most` of which are there at a time."""

    def __init__(
        self, checks: SegmentChecks, log: EventLog, clock: StampClock, audit: AuditWriter, most: int
    ) -> None:
        self._checks = checks
        self._log = log
        self._clock = clock
        self._audit = audit
        self._most = most
        # The stamps of one process lie in the log in their order, so that the first one holds.
        self._one_by_one = asyncio.Lock()

    async def save(
        self, change: SegmentChange, texts: SegmentTexts, context: OperationContext
    ) -> Saved:
        """Put a version on the log.

        Raises `Invalid`, with the code of why not; SEGMENT_CHANGED where somebody else was faster.
        """
        kind: AuditKind = "segment_archived" if change.condition is None else "segment_saved"
        said = SegmentTexts(
            _text("title", texts.title, LONGEST_TITLE),
            _text("description", texts.description, LONGEST_DESCRIPTION),
            _text("note", texts.note, LONGEST_NOTE),
        )
        target = change.name[:64] if change.name.isascii() else ""
        details = {"version": str(change.version + 1)}
        async with on_record(self._audit, context, kind, target=target, details=details):
            condition = await self._checks.to_save(change, self._most, context)
            payload = SegmentSaved(
                change.name,
                change.version + 1,
                *said[:2],
                condition,
                said.note,
                context.principal.subject,
                archived=change.condition is None,
            )
            return await self._wait(payload, await self._append(payload, context), context)

    async def _append(self, payload: SegmentSaved, context: OperationContext) -> str:
        await self._clock.ready()
        async with self._one_by_one:
            stamp = self._clock.next()
            made = NewEntry(
                topic=SEGMENTS,
                key=payload.name,
                id=f"{SEGMENTS}:{stamp}",
                type=_TYPE,
                source=_SOURCE,
                subject=payload.name,
                time=stamp_ms(stamp),
                stamp=stamp,
                data=encode(payload),
                traceparent=context.traceparent,
            )
            await self._log.append([made])
        return stamp

    async def _wait(self, payload: SegmentSaved, stamp: str, context: OperationContext) -> Saved:
        deadline = asyncio.get_running_loop().time() + _WAIT_S
        while asyncio.get_running_loop().time() < deadline:
            held = await self._held(payload, context)
            if held is not None and held < stamp:
                raise Invalid("somebody else saved it just now", code="SEGMENT_CHANGED")
            # Of one version the smaller stamp holds: a greater one does until this one is handled.
            if held == stamp:
                return Saved(payload.name, payload.version, is_live=True)
            await self._log.changed(_LOOK_AGAIN_S)
        return Saved(payload.name, payload.version, is_live=False)

    async def _held(self, payload: SegmentSaved, context: OperationContext) -> str | None:
        try:
            return await self._checks.saved_as(payload.name, payload.version, context)
        except Transient:
            # It is on the log, whoever cannot be asked about it now.
            return None


def _text(name: str, given: str, longest: int) -> str:
    if len(given) > longest or not given.replace("\n", " ").isprintable():
        message = f"{name} is plain text of at most {longest} characters"
        raise Invalid(message, code="SEGMENT_TEXT_INVALID")
    return redacted(given)
