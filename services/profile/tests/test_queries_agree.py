"""Any question gets the same answer from the SQLite adapter as from the model."""

import tempfile
from pathlib import Path

from c360_profile.domain.condition import All, AnyOf, Not, Test
from c360_profile.domain.customer import Customer
from c360_profile.domain.query import CustomerQuery, Order, Place
from c360_profile.store.memory import MemoryProfileStore
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.contract import save_customers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

texts = st.text("aB%_\\'\"é王𝕏 ", max_size=4)
VALUES = {
    "name": texts,
    "points": st.integers(-2, 2) | st.sampled_from([2**62, -(2**62)]),
    "spend": st.sampled_from([-0.5, 0.0, 0.1, 1e300, 3.0]),
    "member": st.booleans(),
}
ORDERED = ["points", "spend"]
golden = st.fixed_dictionaries(
    {}, optional={**VALUES, "interests": st.lists(texts, min_size=1, max_size=2).map(tuple)}
)
populations = st.lists(st.tuples(golden, st.booleans()), max_size=8).map(
    lambda made: [Customer(f"c{i}", 1, traits, ended) for i, (traits, ended) in enumerate(made)]
)


def leaves():
    compared = [
        st.builds(Test, st.just(trait), st.sampled_from(["equals", "not_equals"]), values)
        for trait, values in VALUES.items()
    ]
    ranged = [
        st.builds(
            Test,
            st.just(trait),
            st.sampled_from(["greater_than", "at_least", "less_than", "at_most"]),
            VALUES[trait],
        )
        for trait in ORDERED
    ]
    listed = [
        st.builds(Test, st.just(trait), st.just("in"), st.lists(VALUES[trait]).map(tuple))
        for trait in ("name", *ORDERED)
    ]
    return st.one_of(
        *compared,
        *ranged,
        *listed,
        st.builds(Test, st.just("name"), st.sampled_from(["contains", "starts_with"]), texts),
        st.builds(Test, st.just("interests"), st.just("contains"), texts),
        st.builds(
            Test, st.sampled_from([*VALUES, "interests"]), st.sampled_from(["exists", "missing"])
        ),
    )


def combined(parts):
    some = st.lists(parts, max_size=3).map(tuple)
    return st.builds(All, some) | st.builds(AnyOf, some) | st.builds(Not, parts)


conditions = st.recursive(leaves(), combined, max_leaves=5)
orders = st.none() | st.builds(Order, st.sampled_from(list(VALUES)), st.booleans())


async def walked(store, condition, order):
    pages, after = [], None
    while page := await store.page(CustomerQuery(condition, order, after), 3):
        pages.append([customer.id for customer in page])
        last = page[-1]
        after = Place(last.traits.get(order.trait) if order else None, last.id)
    return pages


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(populations, st.lists(st.tuples(conditions, orders), min_size=1, max_size=8))
async def test_sqlite_finds_what_the_model_finds(population, questions):
    model = MemoryProfileStore()
    await save_customers(model, *population)
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteProfileStore(Path(folder) / "profile.db")
        await save_customers(store, *population)
        for condition, order in questions:
            expected = await walked(model, condition, order)
            assert await walked(store, condition, order) == expected
            assert await store.count(condition) == sum(map(len, expected))
        await store.close()
