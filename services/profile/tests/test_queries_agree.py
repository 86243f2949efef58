"""Any question gets the same answer from the SQLite adapter as from the model."""

import tempfile
from pathlib import Path

import pytest
from c360_kernel.conditions.facts import Carrying, carried_fact
from c360_kernel.conditions.tree import AnyOf, ValueTest
from c360_kernel.record import Identifier
from c360_kernel.testing.truth_table import read_truth_table
from c360_profile.domain.customer import Customer
from c360_profile.store.sqlite import SqliteProfileStore, pages
from c360_profile.store.sqlite.listing import FEW
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
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


# Few customers are sorted, many are walked along an index, or chosen and then either of the two:
# all ways have to agree.
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(
    populations, questions, st.sampled_from([-1, 0, 1, FEW]), st.sampled_from([0, 25]), happenings
)
async def test_sqlite_finds_what_the_model_finds(population, asked, few, read, happened):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(pages, "_READ", read)
        store = SqliteProfileStore(Path(folder) / "profile.db", few=few)
        await assert_answers_as_the_model(store, population, asked, happened)
        await store.close()


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(counting_questions, st.sampled_from([-1, 1, FEW]), happenings)
async def test_sqlite_counts_what_the_model_counts(asked, few, happened):
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteProfileStore(Path(folder) / "profile.db", few=few)
        await assert_answers_as_the_model(store, crowd, asked, happened)
        await store.close()


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(odd_populations, odd_questions)
async def test_values_of_other_kinds_are_found_as_in_the_model(population, asked):
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteProfileStore(Path(folder) / "profile.db")
        await assert_answers_as_the_model(store, population, asked)
        await store.close()


async def test_a_choice_of_very_many_is_answered(tmp_path):
    """A hundred telephone numbers are more, once each may be one of several countries."""
    cards = [ValueTest(carried_fact(Carrying("card", f"{n}")), "at_least", 1) for n in range(600)]
    names = [ValueTest("name", "equals", f"n{number}") for number in range(600)]
    many = (
        AnyOf(tuple(cards)),
        AnyOf(tuple(names)),
        AnyOf((AnyOf(tuple(cards)), AnyOf(tuple(names)))),
    )
    happened = [Happening(1, "bought", 1, carried=(Identifier("card", "599"),))]
    people = [Customer(f"c{number}", 1, {"name": f"n{598 + number}"}) for number in range(3)]
    store = SqliteProfileStore(tmp_path / "profile.db")
    await assert_answers_as_the_model(store, people, [(one, ()) for one in many], happened)
    await store.close()


async def test_it_finds_what_the_truth_table_says(tmp_path):
    table = read_truth_table(Path(__file__).parents[3] / "docs/conditions.md")
    store = SqliteProfileStore(tmp_path / "profile.db")
    await assert_agrees_with_the_table(store, table)
    await store.close()
    await assert_agrees_with_the_table(MemoryProfileStore(), table)
