"""Any entries in any order, and any question, give on MongoDB what they give in the model."""

from pathlib import Path

import pytest
from c360_kernel.conditions.facts import Carrying, Counted, carried_fact, count_fact
from c360_kernel.conditions.tree import AnyOf, Not, ValueTest
from c360_kernel.record import Identifier
from c360_kernel.testing.truth_table import read_truth_table
from c360_profile.domain.customer import Customer
from c360_profile.store.mongodb import counting
from c360_profile.store.mongodb.selection import select
from c360_profile.testing.consumptions import consume, consumptions, state
from c360_profile.testing.memory import MemoryProfileStore
from c360_profile.testing.questions import (
    Happening,
    assert_agrees_with_the_table,
    assert_answers_as_the_model,
    counting_questions,
    crowd,
    happenings,
    odd_populations,
    odd_questions,
    populations,
    questions,
)
from c360_profile.testing.searches import assert_finds_as_the_model, searches, states
from hypothesis import HealthCheck, given, settings

pytestmark = pytest.mark.servers
FEW = settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))


@FEW
@given(consumptions())
async def test_it_ends_in_the_same_state(fresh_store, consumption):
    entries, batches = consumption
    plain = await consume(MemoryProfileStore(), [entries])
    async with fresh_store() as store:
        assert await state(await consume(store, batches)) == await state(plain)


@FEW
@given(consumptions())
async def test_what_is_told_ends_in_the_same_states(fresh_store, consumption):
    _, batches = consumption
    plain = await consume(MemoryProfileStore(), batches)
    async with fresh_store() as store:
        await consume(store, batches)
        entries = sorted((out.entry.id, out.entry.data) for out in await store.outgoing(10_000))
        model = sorted((out.entry.id, out.entry.data) for out in await plain.outgoing(10_000))
        assert entries == model


@FEW
@given(populations, questions, happenings)
async def test_it_answers_the_same(fresh_store, population, asked, happened):
    async with fresh_store() as store:
        await assert_answers_as_the_model(store, population, asked, happened)


@settings(FEW, max_examples=15)
@given(counting_questions, happenings)
async def test_it_counts_the_same(fresh_store, asked, happened):
    async with fresh_store() as store:
        await assert_answers_as_the_model(store, crowd, asked, happened)


async def test_many_events_are_counted_of_whom_the_page_reaches(fresh_store, monkeypatch):
    monkeypatch.setattr(counting, "_FEW", 2)
    people = [Customer(f"c{number}", 1) for number in range(8)]
    happened = [Happening(number % 4, "bought", number) for number in range(6)]
    asked = [
        ValueTest(count_fact(Counted("bought", since)), "at_least", least)
        for since in (None, 2, 4)
        for least in (1, 2)
    ]
    async with fresh_store() as store:
        await assert_answers_as_the_model(store, people, [(one, ()) for one in asked], happened)


async def test_who_carries_one_of_some_is_found_by_that(fresh_store, monkeypatch):
    """As a filter by identifiers asks, which knows a spelling in several normal forms."""
    monkeypatch.setattr(counting, "_FEW", 2)
    people = [Customer(f"c{number}", 1) for number in range(6)]
    cards = [Identifier("card", f"{number % 3}") for number in range(6)]
    happened = [
        Happening(number, "bought", number, carried=(card,)) for number, card in enumerate(cards)
    ]
    said = [ValueTest(carried_fact(Carrying("card", f"{n}")), "at_least", 1) for n in range(9)]
    bought = ValueTest(count_fact(Counted("bought", 5)), "at_least", 1)
    rare = [AnyOf((said[1],)), AnyOf((said[8], bought))]
    asked = [*rare, AnyOf((said[1], said[2])), AnyOf((said[8], Not(bought)))]
    async with fresh_store() as store:
        await assert_answers_as_the_model(store, people, [(one, ()) for one in asked], happened)
        generation = await store._current.get()
        looked_at = [(await counting.narrowed(generation, select(one))).filter for one in rare]
        counts = [await generation.customers.count_documents(one) for one in looked_at]
        assert counts == [2, 1]


@FEW
@given(odd_populations, odd_questions)
async def test_values_of_other_kinds_are_found_as_in_the_model(fresh_store, population, asked):
    async with fresh_store() as store:
        await assert_answers_as_the_model(store, population, asked)


async def test_it_finds_what_the_truth_table_says(mongo_store):
    table = read_truth_table(Path(__file__).parents[4] / "docs/conditions.md")
    await assert_agrees_with_the_table(mongo_store, table)


async def test_a_text_no_pattern_can_hold_is_searched_all_the_same(fresh_store):
    from c360_kernel.conditions.tree import Not, ValueTest
    from c360_profile.domain.customer import Customer
    from c360_profile.domain.query import CustomerQuery
    from c360_profile.testing.contract import ids, save_customers

    long = "a" * 5000
    async with fresh_store() as store:
        people = {"c1": f"x{long}", "c2": "a\0b", "c3": "a"}
        await save_customers(store, *(Customer(i, 1, {"name": n}) for i, n in people.items()))
        for condition, found in [
            (ValueTest("name", "contains", long), ["c1"]),
            (ValueTest("name", "starts_with", "a\0"), ["c2"]),
            (Not(ValueTest("name", "contains", "\0")), ["c1", "c3"]),
        ]:
            assert await ids(store, CustomerQuery(condition)) == found
            assert await ids(store, CustomerQuery(condition), 1) == found[:1]
            assert await store.count(condition) == len(found)


@settings(FEW, max_examples=10)
@given(states, searches)
async def test_a_search_finds_whom_the_model_finds(fresh_store, told, wanted):
    async with fresh_store() as store:
        await assert_finds_as_the_model(store, told, wanted)
