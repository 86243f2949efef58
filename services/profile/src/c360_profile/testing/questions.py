"""Any customers and any questions about them, to compare adapters by what they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from c360_kernel.accounts.links import Link, LinkSaid
from c360_kernel.conditions.facts import (
    SOURCES,
    Acting,
    Carrying,
    Counted,
    acting_fact,
    carried_fact,
    consent_fact,
    count_fact,
    tag_fact,
)
from c360_kernel.conditions.tree import Not, ValueCondition, Values, ValueTest
from c360_kernel.record import Identifier, RecordKey, TraitValue
from c360_kernel.testing.conditions import conditions as any_conditions
from c360_kernel.testing.conditions import trees_of, value_tests, values
from c360_kernel.testing.truth_table import TruthTable
from c360_kernel.version import Version
from hypothesis import strategies as st

from c360_profile.domain.acting import AccountRecord
from c360_profile.domain.assignment import Assignment
from c360_profile.domain.carried import text_of
from c360_profile.domain.customer import Customer
from c360_profile.domain.event import Event
from c360_profile.domain.ordering import place_of
from c360_profile.domain.query import CustomerQuery, Order, Orders, Place
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision
from c360_profile.store.port import ProfileReader, ProfileStore
from c360_profile.testing.contract import save_customers, save_records
from c360_profile.testing.memory import MemoryProfileStore

Populations = st.SearchStrategy[list[Customer]]

_texts = st.text("aB%_\\'\"é王𝕏 ", max_size=4)
_VALUES = {
    "name": _texts,
    "points": st.integers(-2, 2) | st.sampled_from([2**62, -(2**62)]),
    "spend": st.sampled_from([-0.5, 0.0, 0.1, 1e300, 3.0]),
    "member": st.booleans(),
}
_ORDERED = ["points", "spend"]
_PURPOSES = ["marketing", "personal-ads"]
_golden: st.SearchStrategy[dict[str, TraitValue]] = st.fixed_dictionaries(
    {}, optional={**_VALUES, "interests": st.lists(_texts, min_size=1, max_size=2).map(tuple)}
)


_statuses = st.sampled_from(["granted", "denied", "withdrawn", "expired"])
_sources = st.sampled_from([(), ("crm",), ("crm", "web"), ("pos", "web")])
_TAGS = ["vip", "risk"]
_scores = st.integers(0, 100)
_tag_values = st.just(True) | _scores | _texts
_tags = st.dictionaries(st.sampled_from(_TAGS), _tag_values, max_size=2)
_consents = st.dictionaries(st.sampled_from(_PURPOSES), _statuses, max_size=2)


def _populations(golden: st.SearchStrategy[dict[str, TraitValue]]) -> Populations:
    facts = st.tuples(_consents, _sources, _tags)
    return st.lists(st.tuples(golden, st.booleans(), facts), max_size=8).map(
        lambda made: [
            Customer(f"c{i}", 1, traits, ended, "", (), *(({}, (), {}) if ended else known))
            for i, (traits, ended, known) in enumerate(made)
        ]
    )


populations = _populations(_golden)
odd_populations = _populations(values)
"""Customers whose values are of any kind, whatever their traits."""


def _leaves() -> st.SearchStrategy[ValueTest]:
    compared = [
        st.builds(ValueTest, st.just(trait), st.sampled_from(["equals", "not_equals"]), values)
        for trait, values in _VALUES.items()
    ]
    ranged = [
        st.builds(
            ValueTest,
            st.just(trait),
            st.sampled_from(["greater_than", "at_least", "less_than", "at_most"]),
            _VALUES[trait],
        )
        for trait in _ORDERED
    ]
    listed = [
        st.builds(ValueTest, st.just(trait), st.just("in"), st.lists(_VALUES[trait]).map(tuple))
        for trait in ("name", *_ORDERED)
    ]
    return st.one_of(
        *compared,
        *ranged,
        *listed,
        st.builds(ValueTest, st.just("name"), st.sampled_from(["contains", "starts_with"]), _texts),
        st.builds(ValueTest, st.just("interests"), st.just("contains"), _texts),
        st.builds(
            ValueTest,
            st.sampled_from([*_VALUES, "interests"]),
            st.sampled_from(["exists", "missing"]),
        ),
        *_of_consents(),
        *_of_tags(),
        *_of_counts(),
        st.builds(
            ValueTest, st.just(SOURCES), st.just("contains"), st.sampled_from(["crm", "web", "w"])
        ),
    )


def _of_consents() -> Sequence[st.SearchStrategy[ValueTest]]:
    name = st.sampled_from(list(map(consent_fact, _PURPOSES)))
    return [
        st.builds(ValueTest, name, st.sampled_from(["equals", "not_equals"]), _statuses),
        st.builds(ValueTest, name, st.just("in"), st.lists(_statuses, max_size=2).map(tuple)),
        st.builds(ValueTest, name, st.sampled_from(["exists", "missing"])),
    ]


def _of_tags() -> Sequence[st.SearchStrategy[ValueTest]]:
    name = st.sampled_from(list(map(tag_fact, _TAGS)))
    ranges = st.sampled_from(["greater_than", "at_least", "less_than", "at_most"])
    return [
        st.builds(ValueTest, name, st.sampled_from(["equals", "not_equals"]), _tag_values),
        st.builds(ValueTest, name, ranges, st.integers(-1, 101)),
        st.builds(ValueTest, name, st.just("in"), st.lists(_tag_values, max_size=2).map(tuple)),
        st.builds(ValueTest, name, st.sampled_from(["exists", "missing"])),
    ]


class Happening(NamedTuple):
    """An event of the customer with this number: on its record, or on one that was deleted.

    The record carries what is `carried`, and since then has a link of that kind to an account.
    """

    customer: int
    name: str
    at: int
    is_gone: bool = False
    carried: tuple[Identifier, ...] = ()


_EVENTS = ["bought", "seen"]
_times = st.integers(0, 4)
_identifiers = st.builds(Identifier, st.sampled_from(["phone", "card"]), _texts)
happenings = st.lists(
    st.builds(
        Happening,
        st.integers(0, 3),
        st.sampled_from(_EVENTS),
        _times,
        st.booleans(),
        st.sets(_identifiers, max_size=2).map(lambda one: tuple(sorted(one))),
    ),
    min_size=4,
    max_size=12,
)


_ACCOUNTS: Mapping[str, Values] = {"a0": {"points": 0, "name": "aB"}, "a1": {"interests": ("a",)}}
_account_tests = st.sampled_from(
    [
        ValueTest("points", "at_least", 0),
        ValueTest("points", "equals", 1),
        ValueTest("name", "contains", "B"),
        ValueTest("interests", "contains", "a"),
        ValueTest("interests", "missing"),
    ]
)
_acting = st.builds(
    Acting,
    _times,
    st.sampled_from(["", *_EVENTS]),
    st.sampled_from(["", "role"]),
    st.sampled_from(["", "", "a1"]),
    st.sampled_from(["", "", "erp/a0", "erp/none"]),
    st.none() | trees_of(_account_tests),
).map(acting_fact)


def _of_counts() -> Sequence[st.SearchStrategy[ValueTest]]:
    ends = st.none() | _times
    counted = st.builds(Counted, st.sampled_from(_EVENTS), ends, ends).map(count_fact)
    types = st.sampled_from(["phone", "card"])
    name = counted | st.builds(Carrying, types, st.none() | _texts).map(carried_fact) | _acting
    compared = ["equals", "not_equals", "greater_than", "at_least", "less_than", "at_most"]
    several = st.lists(st.integers(0, 2), max_size=2).map(tuple)
    return [
        st.builds(ValueTest, name, st.sampled_from(compared), st.integers(-1, 3)),
        st.builds(ValueTest, name, st.just("in"), several),
        st.builds(ValueTest, name, st.sampled_from(["exists", "missing"])),
        st.builds(ValueTest, name, st.sampled_from(["at_least", "contains"]), _texts),
    ]


conditions = trees_of(_leaves())
orders = st.lists(st.builds(Order, st.sampled_from(list(_VALUES)), st.booleans()), max_size=3).map(
    tuple
)


async def walked(
    store: ProfileReader, condition: ValueCondition, orders: Orders
) -> Sequence[Sequence[str]]:
    """The ids on the pages of three that a question gives."""
    pages: list[list[str]] = []
    after: Place | None = None
    while page := await store.page(CustomerQuery(condition, orders, after), 3):
        pages.append([customer.id for customer in page])
        after = place_of(page[-1], orders)
    return pages


async def walked_back(
    store: ProfileReader, condition: ValueCondition, orders: Orders
) -> Sequence[Sequence[str]]:
    """The ids on the pages of three from the end on, the last page first."""
    pages: list[list[str]] = []
    before: Place | None = None
    while page := await store.page(
        CustomerQuery(condition, orders, before=before, from_end=True), 3
    ):
        pages.append([customer.id for customer in page])
        before = place_of(page[0], orders)
    return pages


async def between(
    store: ProfileReader,
    condition: ValueCondition,
    orders: Orders,
    ends: tuple[Customer, Customer],
) -> Sequence[Sequence[str]]:
    """The first two and the last two ids between the places of two customers."""
    after, before = (place_of(end, orders) for end in ends)
    requests = [
        CustomerQuery(condition, orders, after, before, from_end) for from_end in (False, True)
    ]
    return [[customer.id for customer in await store.page(query, 2)] for query in requests]


questions = st.lists(st.tuples(conditions, orders), min_size=1, max_size=8)
crowd = [Customer(f"c{number}", 1, {"points": number % 2}) for number in range(4)]
"""Who has events in questions that count them."""
counting_questions = st.lists(
    st.tuples(trees_of(st.one_of(*_of_counts())), orders), min_size=3, max_size=8
)
"""Conditions that test numbers alone, which stores count when they are asked."""


def _of_fact(test: ValueTest, name: str) -> ValueTest:
    return replace(test, name=name)


_fact_names = st.sampled_from([SOURCES, *map(consent_fact, _PURPOSES), *map(tag_fact, _TAGS)])
_odd_facts = st.builds(_of_fact, value_tests, _fact_names)
odd_questions = st.lists(
    st.tuples(any_conditions | trees_of(value_tests | _odd_facts), st.just(())),
    min_size=1,
    max_size=8,
)
"""Conditions that compare with any kind, in no order: there is none between kinds."""


async def assert_agrees_with_the_table(store: ProfileStore, table: TruthTable) -> None:
    """Every test of the truth table, of customers with its values in an empty store."""
    people = [Customer(f"c{n:02}", 1, held) for n, held in enumerate(table.held)]
    await save_customers(store, *people)
    for test, verdicts in table.tests:
        for condition, passing in ((test, True), (Not(test), False)):
            found = [c.id for c in await store.page(CustomerQuery(condition), len(people))]
            expected = [c.id for c, one in zip(people, verdicts, strict=True) if one is passing]
            assert found == expected, condition
            assert await store.count(condition) == len(expected)
            assert sorted(await store.matching(condition)) == expected


async def assert_answers_as_the_model(
    store: ProfileStore,
    population: Sequence[Customer],
    requested: Sequence[tuple[ValueCondition, Orders]],
    happened: Sequence[Happening] = (),
) -> None:
    """Put customers into an empty store and ask it; pages and counts are those of the model."""
    model = MemoryProfileStore()
    for one in (model, store):
        await save_customers(one, *population)
        await _save_events(one, population, happened)
    for condition, orders in requested:
        expected = await walked(model, condition, orders)
        assert await walked(store, condition, orders) == expected
        assert await store.count(condition) == sum(map(len, expected))
        back = await walked_back(store, condition, orders)
        assert _ids([page[::-1] for page in back]) == _ids(expected)[::-1]
        for ends in pairwise(population):
            found = await between(store, condition, orders, ends)
            assert found == await between(model, condition, orders, ends)


async def _save_events(
    store: ProfileStore, population: Sequence[Customer], happened: Sequence[Happening]
) -> None:
    """Each live customer has a record with its events, and had another one."""
    records: dict[RecordKey, SourceRecord] = {}
    events: list[Event] = []
    links: dict[RecordKey, tuple[LinkSaid, ...]] = {}
    for number, (whose, name, at, is_gone, carried) in enumerate(happened):
        if whose >= len(population) or population[whose].ended:
            continue
        key = RecordKey("web" if is_gone else "crm", f"r{whose}")
        assignment = Assignment(population[whose].id, Version(0, 1))
        revision = Revision(1, "s", 1, deleted=is_gone)
        says = text_of(() if is_gone else carried)
        records[key] = SourceRecord(key, latest=revision, assignment=assignment, carried=says)
        events.append(Event(key, f"m{number}", name, at, "s"))
        account = RecordKey("erp", f"a{number % 3}")
        link = Link(key, account, name, "role" * is_gone, at, at + 2)
        links[RecordKey("crm", str(number))] = (LinkSaid(True, 1, "s", "", link),)
    await save_records(store, *records.values())
    async with store.unit() as unit:
        await unit.keep_events(events)
        await unit.keep_links(links)
        parts = {RecordKey("erp", id_): AccountRecord(id_) for id_ in _ACCOUNTS}
        await unit.keep_account_records(parts)
        await unit.records_of_accounts(list(_ACCOUNTS))
        await unit.keep_accounts(_ACCOUNTS)


def _ids(pages: Sequence[Sequence[str]]) -> Sequence[str]:
    return [id_ for page in pages for id_ in page]
