"""Saving a segment: what is waited for, of two who save the same version at once."""

import asyncio

import pytest
from c360_gateway.auth.principal import Principal
from c360_gateway.collect.segment_checks import SegmentChange, SegmentChecks
from c360_gateway.collect.segment_saving import Saved, SegmentSaving, SegmentTexts
from c360_gateway.context import OperationContext
from c360_kernel.audit_writer import AuditWriter
from c360_kernel.context import CallerContext
from c360_kernel.errors import Invalid
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import SEGMENTS
from c360_kernel.stamp import StampClock, stamp_at

CONTEXT = OperationContext(
    CallerContext("ann", ("r",)), Principal("ann", ("r",), "", frozenset(), 0)
)
EARLIER, LATER = stamp_at(1_000), stamp_at(9_000_000_000_000)


class Holding(SegmentChecks):
    """Another's entry holds first, then that of the log."""

    def __init__(self, log, other):
        self.log = log
        self.answers = [None, other]

    async def to_save(self, change, most, context):
        return change.condition

    async def saved_as(self, name, version, context):
        if self.answers:
            return self.answers.pop(0)
        return (await entries(self.log))[0].stamp


async def entries(log):
    return [e for p in await log.ends([SEGMENTS]) for e in await log.read(p, 0, 9)]


async def saved(other):
    log, clock = MemoryLog(), StampClock()
    audit = AuditWriter(log, clock, "test")
    saving = SegmentSaving(Holding(log, other), log, clock, audit, 9)
    async with asyncio.timeout(60):
        return await saving.save(SegmentChange("mine", 0, "{}"), SegmentTexts(), CONTEXT)


async def test_who_holds_in_the_end_waits_until_it_does():
    assert await saved(LATER) == Saved("mine", 1, is_live=True)


async def test_who_does_not_hold_is_told_so():
    with pytest.raises(Invalid) as refused:
        await saved(EARLIER)
    assert refused.value.code == "SEGMENT_CHANGED"
