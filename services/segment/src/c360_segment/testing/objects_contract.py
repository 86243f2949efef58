"""What every SegmentStore keeps of objects. Subclass this beside the other contracts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.record import RecordKey
from c360_kernel.version import Version

from c360_segment.domain.state import EventName, ProfileState, SeenEvent
from c360_segment.store.objects import Holding, Reference
from c360_segment.store.port import Changes, SegmentStore
from c360_segment.testing.entries import stamp_of

_TEA, _INK = ObjectName("product", "p/1"), ObjectName("product", "é")
_HELD = {"price": 2.5, "stock": 2**40, "sizes": ("s", "m"), "on": True}
_SAID = KnownObject(_TEA, "erp", 5, stamp_of(5), False, _HELD)
_RECORDS = [RecordKey("crm", "a"), RecordKey("crm", "b"), RecordKey("web", "王/小明")]


class ObjectsContract:
    """The suite, over the fixture `store` of the others."""

    async def test_an_object_is_what_was_observed_last_whatever_came_first(
        self, store: SegmentStore
    ) -> None:
        later = replace(_SAID, observed_at=6, stamp=stamp_of(2), properties={"price": 3.0})
        tied = replace(later, stamp=stamp_of(3), source="shop", deleted=True, properties={})
        for said in ([later], [_SAID], [tied, later], []):
            await _keep(store, *said)
        assert await store.objects([_TEA, _INK]) == {_TEA: tied}
        assert await store.objects([]) == {}

    async def test_a_unit_reads_the_objects_that_it_keeps_with_their_types(
        self, store: SegmentStore
    ) -> None:
        async with store.unit() as unit:
            await unit.keep_objects([_SAID, replace(_SAID, name=_INK)])
            found = await unit.objects([_TEA, _INK])
        assert found == await store.objects([_TEA, _INK])
        assert found == {_TEA: _SAID, _INK: replace(_SAID, name=_INK)}
        assert [type(v) for v in found[_TEA].properties.values()] == [float, int, tuple, bool]

    async def test_records_whose_events_refer_to_an_object_page_by_page(
        self, store: SegmentStore
    ) -> None:
        events = [
            _event(_RECORDS[0], sku="p/1"),
            _event(_RECORDS[0], sku="p/1"),
            _event(_RECORDS[1], sku="p/1"),
            _event(_RECORDS[1], sku="other"),
            _event(_RECORDS[2], "looked", sku="p/1"),
            _event(_RECORDS[2], at="p/1"),
        ]
        named = {EventName(one.record.source, f"m{n}"): one for n, one in enumerate(events)}
        async with store.unit() as unit:
            await unit.save(Changes(events=named))
        for properties in (["sku", "shopId"], ["sku"], []):
            await self._assert_referring(store)
            async with store.unit() as unit:
                await unit.refer_by(properties, ["shop"])
        await self._assert_referring(store)

    async def test_customers_whose_trait_is_the_key_of_an_object_page_by_page(
        self, store: SegmentStore
    ) -> None:
        traits = {"c1": {"shop": "s"}, "c2": {"shop": "s"}, "c3": {"shop": "t"}, "c4": {"at": "s"}}
        profiles = {c: ProfileState(Version(0, 1), True, own) for c, own in traits.items()}
        async with store.unit() as unit:
            await unit.save(Changes(profiles=profiles))
        for indexed in (["shop", "Shop"], ["shop"], []):
            async with store.unit() as unit:
                assert await unit.holding("shop", "s", "", 9) == Holding(["c1", "c2"], "")
                assert await unit.holding("shop", "s", "", 1) == Holding(["c1"], "c1")
                assert await unit.holding("shop", "s", "c2", 1) == Holding([], "")
                await unit.refer_by([], indexed)

    async def test_the_objects_of_a_type_by_key(self, store: SegmentStore) -> None:
        other = replace(_SAID, name=ObjectName("store", "a"))
        gone = replace(_SAID, name=_INK, deleted=True, properties={})
        await _keep(store, gone, other, _SAID)
        assert await store.objects_of("product", 9) == [_SAID, gone]
        assert await store.objects_of("product", 1) == [_SAID]
        assert await store.objects_of("none", 9) == []

    async def _assert_referring(self, store: SegmentStore) -> None:
        bought = Reference("sku", "p/1", frozenset({"bought"}))
        assert set(await _all(store, bought, 9)) == set(_RECORDS[:2])
        one_by_one = await _all(store, bought, 1)
        assert sorted(one_by_one) == _RECORDS[:2]
        both = bought._replace(events=frozenset({"bought", "looked"}))
        assert set(await _all(store, both, 2)) == set(_RECORDS)
        assert await _all(store, bought._replace(key="none"), 9) == []

    async def test_a_digest_is_of_objects_too(self, store: SegmentStore) -> None:
        empty = await store.digest()
        await _keep(store, _SAID)
        held = await store.digest()
        await _keep(store, replace(_SAID, observed_at=9))
        assert len({empty, held, await store.digest()}) == 3


async def _keep(store: SegmentStore, *objects: KnownObject) -> None:
    async with store.unit() as unit:
        await unit.keep_objects(objects)


async def _all(store: SegmentStore, reference: Reference, limit: int) -> Sequence[RecordKey]:
    found: list[RecordKey] = []
    async with store.unit() as unit:
        page = await unit.referring(reference, "", limit)
        found += page.records
        while page.after:
            page = await unit.referring(reference, page.after, limit)
            found += page.records
    return found


def _event(record: RecordKey, name: str = "bought", **properties: str) -> SeenEvent:
    return SeenEvent(stamp_of(1), record, name, 1, properties)
