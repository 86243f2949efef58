"""Equal acts of a short time become one entry, so that whoever repeats them fills no disk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from logging import getLogger
from typing import Protocol

from c360_kernel.audit_writer import AuditWriter
from c360_kernel.errors import Invalid, SettingsError, Transient
from c360_kernel.payload import OperationAudited
from c360_kernel.stamp import wall_clock_ms

_SPAN_S = 5.0
_LOOK_AGAIN_S = 1.0
# Beyond so many at a time nobody is told apart any more.
_MOST = 100
_MANY = "(several)"
_log = getLogger(__name__)


@dataclass(slots=True)
class _Open:
    """A span of equal acts, and how many of them are not on record yet."""

    act: OperationAudited
    since_s: float
    waiting: int = 0
    first: int = 0
    last: int = 0

    def count(self, act: OperationAudited) -> None:
        self.first = self.first or act.at
        self.last = act.at
        self.waiting += act.times

    def together(self) -> OperationAudited:
        """One act for all that wait; what they asked, each something else, is left out."""
        until = self.last if self.waiting > 1 else 0
        act = replace(self.act, at=self.first, until=until, times=self.waiting)
        return replace(act, operation_name="", operation_hash="", trace_id="")


class Allowance(Protocol):
    """How many acts may be written each by itself."""

    def holds(self, amount: float) -> bool:
        """Whether there is so much left now."""
        ...

    def spend(self, amount: float) -> None:
        """Take so much."""
        ...


class EqualActs:
    """Puts the first of equal acts on record at once, and those of the next seconds together.

    What the log does not take now waits: nobody is answered otherwise because of it. Acts are equal
    when kind, principal, code, target and `place` are.
    """

    def __init__(
        self,
        writer: AuditWriter,
        single: Allowance,
        now_s: Callable[[], float] = time.monotonic,
        now_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self._writer = writer
        self._now_s = now_s
        self._now_ms = now_ms
        self._open: dict[Hashable, _Open] = {}
        self._single = single

    async def note(self, act: OperationAudited, place: str = "") -> None:
        """Return once it is on record, or counted to those that will be in some seconds."""
        act = replace(act, at=self._now_ms())
        key = (act.kind, act.principal, act.code, act.target, place)
        known = self._open.get(key)
        if known is not None:
            known.count(act)
            return
        if len(self._open) >= _MOST:
            self._among_many(act)
            return
        opened = self._open[key] = _Open(act, self._now_s())
        if not self._single.holds(1) or not await self._written(act):
            opened.count(act)
        else:
            self._single.spend(1)

    async def start(self) -> None:
        """Nothing has happened yet."""

    async def watch(self) -> None:
        """Write what waits, for ever."""
        while True:
            await asyncio.sleep(_LOOK_AGAIN_S)
            await self.flush(_SPAN_S)

    async def close(self) -> None:
        """Write all that waits."""
        await self.flush(0.0)

    async def flush(self, span_s: float) -> None:
        """Write what waits of spans that are older; those in which nothing came are over."""
        now = self._now_s()
        for key, one in list(self._open.items()):
            if now - one.since_s < span_s:
                continue
            if not one.waiting:
                del self._open[key]
            elif await self._written(act := one.together()):
                one.since_s, one.first = now, 0
                one.waiting -= act.times

    def _among_many(self, act: OperationAudited) -> None:
        """Count it among those that are too many to be told apart."""
        key = (act.kind, act.code)
        if (many := self._open.get(key)) is None:
            act_ = replace(act, principal=_MANY, roles=(), role_set="", address="", target="")
            many = self._open[key] = _Open(act_, self._now_s())
        many.count(act)

    async def _written(self, act: OperationAudited) -> bool:
        try:
            await self._writer.write(act)
        except (Transient, Invalid, SettingsError) as error:
            _log.warning("a refusal waits to be put on record: %s", error.code)
            return False
        return True
