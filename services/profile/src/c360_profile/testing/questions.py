"""Any customers and any questions about them, to compare adapters by what they answer."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from c360_profile.domain.condition import All, AnyOf, Condition, Not, Test
from c360_profile.domain.customer import Customer
from c360_profile.domain.query import CustomerQuery, Order, Place
from c360_profile.store.memory import MemoryProfileStore
from c360_profile.store.port import ProfileReader, ProfileStore
from c360_profile.testing.contract import save_customers

_texts = st.text("aB%_\\'\"é王𝕏 ", max_size=4)
_VALUES = {
    "name": _texts,
    "points": st.integers(-2, 2) | st.sampled_from([2**62, -(2**62)]),
    "spend": st.sampled_from([-0.5, 0.0, 0.1, 1e300, 3.0]),
    "member": st.booleans(),
}
_ORDERED = ["points", "spend"]
_golden = st.fixed_dictionaries(
    {}, optional={**_VALUES, "interests": st.lists(_texts, min_size=1, max_size=2).map(tuple)}
)
populations = st.lists(st.tuples(_golden, st.booleans()), max_size=8).map(
    lambda made: [Customer(f"c{i}", 1, traits, ended) for i, (traits, ended) in enumerate(made)]
)


def _leaves() -> st.SearchStrategy[Test]:
    compared = [
        st.builds(Test, st.just(trait), st.sampled_from(["equals", "not_equals"]), values)
        for trait, values in _VALUES.items()
    ]
    ranged = [
        st.builds(
            Test,
            st.just(trait),
            st.sampled_from(["greater_than", "at_least", "less_than", "at_most"]),
            _VALUES[trait],
        )
        for trait in _ORDERED
    ]
    listed = [
        st.builds(Test, st.just(trait), st.just("in"), st.lists(_VALUES[trait]).map(tuple))
        for trait in ("name", *_ORDERED)
    ]
    return st.one_of(
        *compared,
        *ranged,
        *listed,
        st.builds(Test, st.just("name"), st.sampled_from(["contains", "starts_with"]), _texts),
        st.builds(Test, st.just("interests"), st.just("contains"), _texts),
        st.builds(
            Test, st.sampled_from([*_VALUES, "interests"]), st.sampled_from(["exists", "missing"])
        ),
    )


def _combined(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    some = st.lists(parts, max_size=3).map(tuple)
    return st.builds(All, some) | st.builds(AnyOf, some) | st.builds(Not, parts)


conditions = st.recursive(_leaves(), _combined, max_leaves=5)
orders = st.none() | st.builds(Order, st.sampled_from(list(_VALUES)), st.booleans())


async def walked(
    store: ProfileReader, condition: Condition, order: Order | None
) -> Sequence[Sequence[str]]:
    """The ids on the pages of three that a question gives."""
    pages: list[list[str]] = []
    after: Place | None = None
    while page := await store.page(CustomerQuery(condition, order, after), 3):
        pages.append([customer.id for customer in page])
        last = page[-1]
        after = Place(last.traits.get(order.trait) if order else None, last.id)
    return pages


questions = st.lists(st.tuples(conditions, orders), min_size=1, max_size=8)


async def assert_answers_as_the_model(
    store: ProfileStore,
    population: Sequence[Customer],
    asked: Sequence[tuple[Condition, Order | None]],
) -> None:
    """Put customers into an empty store and ask it; pages and counts are those of the model."""
    model = MemoryProfileStore()
    await save_customers(model, *population)
    await save_customers(store, *population)
    for condition, order in asked:
        expected = await walked(model, condition, order)
        assert await walked(store, condition, order) == expected
        assert await store.count(condition) == sum(map(len, expected))
