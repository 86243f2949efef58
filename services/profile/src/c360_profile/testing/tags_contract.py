"""What every ProfileStore keeps of tags. Subclass this and give the `store`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from c360_kernel.conditions.facts import tag_fact
from c360_kernel.conditions.operators import Operator, Wanted
from c360_kernel.conditions.tree import Not, ValueTest
from c360_kernel.payload import TagValue

from c360_profile.domain.customer import Customer
from c360_profile.domain.query import CustomerQuery
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.tagging import Tagged, Tagging
from c360_profile.store.port import ProfileStore
from c360_profile.testing.contract import ANN, BOB, ZOE, ids, save_customers, save_records
from c360_profile.testing.entries import stamp

_SAID = Tagging("risk", "eve", 70, stamp(5), 2**41, "eve", "said so", "m1")
_RISKS: dict[str, TagValue] = {"c1": 0, "c2": 70, "c3": 100, "c4": True, "c5": "70"}


class TagsContract:
    """The suite. Override the fixture `store` with an empty store."""

    @pytest.fixture
    def store(self) -> ProfileStore:
        """The store under test."""
        raise NotImplementedError

    async def test_a_record_keeps_the_tags_that_it_has(self, store: ProfileStore) -> None:
        tags = (_SAID, replace(_SAID, writer="é", value=None), Tagging("vip", "", True, stamp(1)))
        record = SourceRecord(ANN, tags=(*tags, Tagging("word", "", "x", stamp(2))))
        await save_records(store, record)
        found = (await store.records([ANN]))[ANN]
        assert found == replace(record, edition=1)
        assert [type(one.value) for one in found.tags] == [int, type(None), bool, str]

    async def test_what_was_said_is_kept_once_as_it_was_first_stamped(
        self, store: ProfileStore
    ) -> None:
        again = replace(_SAID, stamp=stamp(9), value=None)
        nameless = replace(_SAID, message_id="")
        kept = [Tagged(ANN, _SAID), Tagged(ANN, nameless), Tagged(BOB, again)]
        for said in (kept, [Tagged(ANN, again), *kept], []):
            async with store.unit() as unit:
                await unit.keep_taggings(said)
                in_unit = await unit.taggings([ANN, ZOE])
            assert in_unit.keys() <= {ANN}
        async with store.unit() as unit:
            assert set((await unit.taggings([ANN]))[ANN]) == {_SAID, nameless}
        found = await store.taggings([ANN, ZOE])
        assert found.keys() == {ANN}
        assert set(found[ANN]) == {_SAID, nameless}
        assert (await store.taggings([BOB]))[BOB] == [again]
        assert await store.taggings([]) == {}

    async def test_what_came_later_with_an_earlier_stamp_takes_its_place(
        self, store: ProfileStore
    ) -> None:
        later = replace(_SAID, stamp=stamp(9), value=3)
        for one in (later, _SAID):
            async with store.unit() as unit:
                await unit.keep_taggings([Tagged(ANN, one)])
        assert (await store.taggings([ANN]))[ANN] == [_SAID]

    async def test_a_customer_keeps_its_tags_with_their_types(self, store: ProfileStore) -> None:
        tags: dict[str, TagValue] = {"risk": 1, "vip": True, "word": "1"}
        await save_customers(store, Customer("c1", 1, tags=tags))
        found = (await store.customers(["c1"]))["c1"]
        assert found.tags == tags
        assert [type(found.tags[name]) for name in tags] == [int, bool, str]
        await save_customers(store, Customer("c1", 2, {"points": 1}))
        assert (await store.customers(["c1"]))["c1"].tags == {}
        assert await store.count(ValueTest(tag_fact("vip"), "exists")) == 0

    @pytest.mark.parametrize(
        ("operator", "wanted", "found"),
        [
            ("equals", 70, "2"),
            ("equals", 70.0, "2"),
            ("equals", True, "4"),
            ("equals", "70", "5"),
            ("equals", 1, ""),
            ("not_equals", 70, "13456"),
            ("in", (0, True, "70"), "145"),
            ("exists", None, "12345"),
            ("missing", None, "6"),
            ("at_least", 70, "23"),
            ("at_least", 69.5, "23"),
            ("greater_than", 70, "3"),
            ("less_than", 1, "1"),
            ("at_most", 70, "12"),
            ("at_least", "1", "5"),
            ("at_most", -1, ""),
            ("contains", "7", "5"),
        ],
    )
    async def test_tags_are_compared_as_any_value_is(
        self, store: ProfileStore, operator: Operator, wanted: Wanted, found: str
    ) -> None:
        people = [Customer(id_, 1, tags={"risk": value}) for id_, value in _RISKS.items()]
        # A trait may be called as a tag is.
        other = Customer("c6", 1, {"risk": 70}, tags={"vip": True})
        await save_customers(store, *people, other, Customer("c7", 1, ended=True))
        condition = ValueTest(tag_fact("risk"), operator, wanted)
        expected = [f"c{digit}" for digit in found]
        others = [one for one in (*_RISKS, "c6") if one not in expected]
        for asked, whom in ((condition, expected), (Not(condition), others)):
            assert await ids(store, CustomerQuery(asked)) == whom
            assert await store.count(asked) == len(whom)
            assert sorted(await store.matching(asked)) == whom
