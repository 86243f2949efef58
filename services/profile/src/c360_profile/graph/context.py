"""What one operation works with: the store and loaders that batch its reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import strawberry
from c360_kernel.context import CallerContext
from c360_kernel.cursors import CursorSealer
from c360_kernel.groups import DisclosedGroups
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.record import RecordKey
from c360_kernel.signing import SigningKeys
from c360_kernel.subgraph.loading import SharedLoader

from c360_profile.domain.consent import Given
from c360_profile.domain.customer import (
    Customer,
    as_of,
    belonging,
    belonging_in_the_past,
    updated_at,
)
from c360_profile.domain.event import Event
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.provenance import Contest
from c360_profile.domain.query import Window
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision
from c360_profile.domain.tagging import Tagging
from c360_profile.graph.catalog_types import CatalogTypes
from c360_profile.graph.paging import TimelineCursors
from c360_profile.store.port import ProfileReader
from c360_profile.store.seeing import happened_as_seen


@dataclass(frozen=True, slots=True)
class GraphContext:
    """One per operation, so that what is loaded once is not read again and never goes stale."""

    caller: CallerContext
    reader: ProfileReader
    rules: GoldenRules
    types: CatalogTypes
    sealer: CursorSealer
    groups: DisclosedGroups
    signing: SigningKeys | None
    """What receipts are signed with; None where nobody is to believe them."""
    customers: SharedLoader[str, Customer | None]
    linked: SharedLoader[str, Sequence[SourceRecord]]
    own_records: SharedLoader[str, Sequence[SourceRecord]]
    answering: SharedLoader[str, Sequence[SourceRecord]]
    contests: SharedLoader[str, Contest]
    past: SharedLoader[tuple[str, int], Sequence[tuple[RecordKey, Revision]]]
    updates: SharedLoader[str, int | None]
    records: SharedLoader[RecordKey, SourceRecord | None]
    archives: SharedLoader[RecordKey, Sequence[Revision]]
    answers: SharedLoader[RecordKey, Sequence[Given]]
    happened: SharedLoader[RecordKey, Sequence[Event]]
    """Of a record the events that computed traits are made of, as these see them."""
    objects: SharedLoader[ObjectName, KnownObject | None]
    taggings: SharedLoader[RecordKey, Sequence[Tagging]]
    timelines: SharedLoader[tuple[str, Window], Sequence[Event]]
    event_counts: SharedLoader[tuple[str, Window], int]

    @property
    def timeline_cursors(self) -> TimelineCursors:
        """How cursors of events are written and read."""
        return TimelineCursors(self.sealer)


Info = strawberry.Info[GraphContext, None]


def make_context(
    caller: CallerContext,
    reader: ProfileReader,
    rules: GoldenRules,
    types: CatalogTypes,
    sealer: CursorSealer,
    groups: DisclosedGroups,
    signing: SigningKeys | None,
) -> GraphContext:
    """A fresh context."""

    async def customers(ids: list[str]) -> Sequence[Customer | None]:
        return list(map((await reader.customers(ids)).get, ids))

    async def read_linked(ids: list[str]) -> Sequence[Sequence[SourceRecord]]:
        found = await reader.linked(ids)
        return [found.get(id_, ()) for id_ in ids]

    linked = SharedLoader(load_fn=read_linked)

    async def own_records(ids: list[str]) -> Sequence[Sequence[SourceRecord]]:
        held = await linked.load_many(ids)
        return [belonging(*one) for one in zip(ids, held, strict=True)]

    async def answering(ids: list[str]) -> Sequence[Sequence[SourceRecord]]:
        found = await reader.answering(ids)
        return [found.get(id_, ()) for id_ in ids]

    async def contests(ids: list[str]) -> Sequence[Contest]:
        found = await reader.said_now(ids)
        return [Contest(rules, found.get(id_, ())) for id_ in ids]

    async def updates(ids: list[str]) -> Sequence[int | None]:
        held = await linked.load_many(ids)
        return [updated_at(*one) for one in zip(ids, held, strict=True)]

    async def records(keys: list[RecordKey]) -> Sequence[SourceRecord | None]:
        return list(map((await reader.records(keys)).get, keys))

    async def archives(keys: list[RecordKey]) -> Sequence[Sequence[Revision]]:
        found = await reader.revisions(keys)
        return [found.get(key, ()) for key in keys]

    async def past(
        asked: list[tuple[str, int]],
    ) -> Sequence[Sequence[tuple[RecordKey, Revision]]]:
        held = await linked.load_many([customer for customer, _ in asked])
        own = [
            belonging_in_the_past(id_, those) for (id_, _), those in zip(asked, held, strict=True)
        ]
        keys = list({record.key for records in own for record in records})
        archive = dict(zip(keys, await archived.load_many(keys), strict=True))
        pairs = zip(asked, own, strict=True)
        return [list(as_of(instant, records, archive)) for (_, instant), records in pairs]

    archived = SharedLoader(load_fn=archives)

    async def answers(keys: list[RecordKey]) -> Sequence[Sequence[Given]]:
        found = await reader.answers(keys)
        return [found.get(key, ()) for key in keys]

    async def happened(keys: list[RecordKey]) -> Sequence[Sequence[Event]]:
        computed = rules.computed
        found = await happened_as_seen(reader, computed, keys) if computed.by_event else {}
        return [found.get(key, ()) for key in keys]

    async def objects(names: list[ObjectName]) -> Sequence[KnownObject | None]:
        return list(map((await reader.objects(names)).get, names))

    async def taggings(keys: list[RecordKey]) -> Sequence[Sequence[Tagging]]:
        found = await reader.taggings(keys)
        return [found.get(key, ()) for key in keys]

    async def timelines(windows: list[tuple[str, Window]]) -> Sequence[Sequence[Event]]:
        found = {
            window: await reader.timeline(ids, window)
            for window, ids in _by_window(windows).items()
        }
        return [found[window].get(customer, ()) for customer, window in windows]

    async def event_counts(windows: list[tuple[str, Window]]) -> Sequence[int]:
        found = {
            window: await reader.event_counts(ids, window)
            for window, ids in _by_window(windows).items()
        }
        return [found[window].get(customer, 0) for customer, window in windows]

    return GraphContext(
        caller=caller,
        reader=reader,
        rules=rules,
        types=types,
        sealer=sealer,
        groups=groups,
        signing=signing,
        customers=SharedLoader(load_fn=customers),
        linked=linked,
        own_records=SharedLoader(load_fn=own_records),
        answering=SharedLoader(load_fn=answering),
        contests=SharedLoader(load_fn=contests),
        updates=SharedLoader(load_fn=updates),
        records=SharedLoader(load_fn=records),
        archives=archived,
        past=SharedLoader(load_fn=past),
        answers=SharedLoader(load_fn=answers),
        happened=SharedLoader(load_fn=happened),
        objects=SharedLoader(load_fn=objects),
        taggings=SharedLoader(load_fn=taggings),
        timelines=SharedLoader(load_fn=timelines),
        event_counts=SharedLoader(load_fn=event_counts),
    )


def _by_window(windows: Collection[tuple[str, Window]]) -> Mapping[Window, list[str]]:
    grouped: dict[Window, list[str]] = {}
    for customer, window in windows:
        grouped.setdefault(window, []).append(customer)
    return grouped
