"""What is kept of refused items: little, within a quota, and nothing of who may not write at all.

The sender has been told and still has the item. What is kept is for whoever looks into it, so it
must not become a way to fill the log, or a place where data of any source lies about.
"""

from __future__ import annotations

import json
from enum import Enum
from typing import cast

from c360_federation.caches import Lru
from c360_kernel.catalog.model import Catalog
from c360_kernel.codec import encode
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.topics import QUARANTINE
from c360_kernel.metrics import QUARANTINED
from c360_kernel.payload import ItemQuarantined
from c360_kernel.stamp import stamp_ms

from c360_gateway.auth.principal import Principal
from c360_gateway.budget.bucket import Bucket
from c360_gateway.collect.items import Refusal
from c360_gateway.collect.kinds import Kind
from c360_gateway.context import OperationContext

MAX_KEPT_BYTES = 262_144
BEGINNING_BYTES = 65_536
"""How much is kept of an item that is larger."""

_SOURCE = "c360/gateway"
_HOUR_S = 3_600
_PRINCIPALS = 10_000
# So many principals may use up their quotas before nothing more is kept of anybody.
_ALL_TOGETHER = 10
# A path holds names that the sender chose.
_LONGEST_PATH = 1_000


class Kept(Enum):
    """How much of a refused item is kept."""

    WHOLE = "whole"
    CUT = "cut"
    BARE = "bare"
    NONE = "none"


class Quarantine:
    """Makes the entries of refused items, as long as their sender's quota lasts."""

    def __init__(self, catalog: Catalog, bytes_per_hour: int) -> None:
        self._sources = frozenset(catalog.sources)
        self._per_hour = bytes_per_hour
        self._quotas: Lru[tuple[str, str], Bucket] = Lru(_PRINCIPALS)
        self._all = self._quota(_ALL_TOGETHER * bytes_per_hour)

    def entry(
        self, kind: Kind, item: object, refusal: Refusal, context: OperationContext, stamp: str
    ) -> NewEntry | None:
        """What goes to the log, if anything still may."""
        principal = context.principal
        quota = self._quota_of(principal)
        if quota.wait_s() > 0 or self._all.wait_s() > 0:
            QUARANTINED.add(Kept.NONE.value)
            return None
        source, key = self._named(kind.subject(item))
        may_write = not kind.is_of_source or self._may_write(source, principal)
        kept, text = _content(item) if may_write else (Kept.BARE, "")
        payload = ItemQuarantined(
            source=source,
            key="" if kept is Kept.BARE else key,
            operation=kind.operation,
            code=refusal.code,
            path=refusal.path[:_LONGEST_PATH],
            principal=principal.subject,
            at=stamp_ms(stamp),
            item=text,
            cut=kept is not Kept.WHOLE,
        )
        entry = _entry(payload, stamp, context.traceparent)
        quota.spend(len(entry.data))
        self._all.spend(len(entry.data))
        QUARANTINED.add(kept.value)
        return entry

    def _may_write(self, source: str, principal: Principal) -> bool:
        """Whether the sender may write this source, or any where it names none that is known."""
        if source:
            return principal.may_write(source)
        return any(principal.may_write(known) for known in self._sources)

    def _named(self, item: object) -> tuple[str, str]:
        """The record's name as far as it is one: anything else may be personal data astray."""
        if not isinstance(item, dict):
            return "", ""
        named = cast("dict[str, object]", item)
        source, key = named.get("source"), named.get("key")
        if not isinstance(source, str) or source not in self._sources:
            return "", ""
        return source, key if isinstance(key, str) and len(key) <= 512 else ""

    def _quota_of(self, principal: Principal) -> Bucket:
        name = (principal.issuer, principal.subject)
        return self._quotas.get(name) or self._quotas.put(name, self._quota(self._per_hour))

    def _quota(self, per_hour: int) -> Bucket:
        return Bucket(per_hour / _HOUR_S, per_hour)


def _content(item: object) -> tuple[Kept, str]:
    text = json.dumps(item, ensure_ascii=False, default=repr).encode(errors="replace")
    if len(text) <= MAX_KEPT_BYTES:
        return Kept.WHOLE, text.decode()
    return Kept.CUT, text[:BEGINNING_BYTES].decode(errors="ignore")


def _entry(payload: ItemQuarantined, stamp: str, traceparent: str) -> NewEntry:
    name = f"{payload.source}/{payload.key}"
    return NewEntry(
        topic=QUARANTINE,
        key=name,
        id=f"{QUARANTINE}:{stamp}",
        type="c360.item.quarantined.v1",
        source=_SOURCE,
        subject=name,
        time=stamp_ms(stamp),
        stamp=stamp,
        data=encode(payload),
        traceparent=traceparent,
    )
