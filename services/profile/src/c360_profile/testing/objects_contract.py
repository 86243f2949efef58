"""What every ProfileStore keeps of objects. Subclass this and give the `store`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.record import RecordKey

from c360_profile.domain.event import Event
from c360_profile.store.port import ProfileStore, Reference
from c360_profile.testing.contract import ANN, BOB, ZOE
from c360_profile.testing.entries import stamp

_TEA, _INK = ObjectName("product", "p/1"), ObjectName("product", "é")
_TOWN = ObjectName("product_line", "p/1")
_SAID = KnownObject(
    _TEA, "erp", 5, stamp(5), False, {"price": 2.5, "stock": 2**40, "sizes": ("s", "m"), "on": True}
)


class ObjectsContract:
    """The suite. Override the fixture `store` with an empty store."""

    @pytest.fixture
    def store(self) -> ProfileStore:
        """The store under test."""
        raise NotImplementedError

    async def test_an_object_is_what_was_observed_last_whatever_came_first(
        self, store: ProfileStore
    ) -> None:
        later = replace(_SAID, observed_at=6, stamp=stamp(2), properties={"price": 3.0})
        tied = replace(later, stamp=stamp(3), source="shop", deleted=True, properties={})
        for said in ([later], [_SAID], [tied, later], []):
            await _keep(store, *said)
        assert await store.objects([_TEA, _INK]) == {_TEA: tied}
        assert await store.objects([]) == {}

    async def test_values_of_objects_keep_their_types(self, store: ProfileStore) -> None:
        await _keep(store, _SAID)
        found = (await store.objects([_TEA]))[_TEA]
        assert found == _SAID
        assert [type(v) for v in found.properties.values()] == [float, int, tuple, bool]

    async def test_a_unit_reads_the_objects_that_it_keeps(self, store: ProfileStore) -> None:
        await _keep(store, _SAID)
        later = replace(_SAID, observed_at=9)
        async with store.unit() as unit:
            assert await unit.objects([_TEA]) == {_TEA: _SAID}
            await unit.keep_objects([later, replace(_SAID, name=_INK)])
            found = await unit.objects([_TEA, _INK])
        assert found == {_TEA: later, _INK: replace(_SAID, name=_INK)}

    async def test_all_objects_page_by_page(self, store: ProfileStore) -> None:
        await _keep(store, *(replace(_SAID, name=name) for name in (_TOWN, _INK, _TEA)))
        first = await store.object_page(ObjectName("", ""), 2)
        assert [one.name for one in first] == [_TEA, _INK]
        assert [one.name for one in await store.object_page(_INK, 2)] == [_TOWN]

    async def test_records_whose_events_refer_to_an_object(self, store: ProfileStore) -> None:
        events = [
            _event(ANN, "m1", sku="p/1"),
            _event(ANN, "m2", sku="p/1"),
            _event(BOB, "m6", sku="p/1"),
            _event(BOB, "m3", sku="other"),
            _event(ZOE, "m4", sku="p/1", name="viewed"),
            _event(ZOE, "m5", other="p/1"),
        ]
        async with store.unit() as unit:
            await unit.keep_events(events)
        for properties in (["sku", "shopId"], ["sku"], []):
            await self._assert_referring(store)
            await store.refer_by(properties)
        await self._assert_referring(store)

    async def _assert_referring(self, store: ProfileStore) -> None:
        first, second = sorted([ANN, BOB], key=str)
        reference = Reference("sku", "p/1", frozenset({"bought"}))
        async with store.unit() as unit:
            assert await unit.referring(reference, "", 9) == [first, second]
            assert await unit.referring(reference, "", 1) == [first]
            assert await unit.referring(reference, str(first), 9) == [second]
            both = reference._replace(events=frozenset({"bought", "viewed"}))
            assert set(await unit.referring(both, "", 9)) == {ANN, BOB, ZOE}
            assert await unit.referring(reference._replace(key="none"), "", 9) == []

    async def test_a_digest_is_of_objects_too(self, store: ProfileStore) -> None:
        empty = await store.digest()
        await _keep(store, _SAID)
        held = await store.digest()
        await _keep(store, replace(_SAID, observed_at=9))
        assert await store.digest() == held != empty


async def _keep(store: ProfileStore, *objects: KnownObject) -> None:
    async with store.unit() as unit:
        await unit.keep_objects(objects)


def _event(record: RecordKey, message_id: str, name: str = "bought", **properties: str) -> Event:
    return Event(record, message_id, name, 1, stamp(1), properties)
