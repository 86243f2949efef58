"""Any customers and any searches of them, to compare adapters by whom they find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from c360_kernel.conditions.tree import EVERYBODY, ValueTest
from c360_kernel.record import TraitValue
from hypothesis import strategies as st

from c360_profile.domain.customer import Customer
from c360_profile.domain.search.search import Found, FoundPlace, Search, texts_of
from c360_profile.domain.search.wanted import wanted_of
from c360_profile.store.port import CustomerChange, ProfileReader, ProfileStore
from c360_profile.testing.memory import MemoryProfileStore

SEARCHED = ("name", "address")
_WORDS = [
    "anna",
    "Ana",
    "anan",
    "johnson",
    "王小明",
    "王晓明",
    "明",
    "xiaoming",
    "建国路88号",
    "路",
]
States = Sequence[Sequence[tuple[dict[str, TraitValue], bool]]]
_texts = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=3).map(" ".join)
_golden: st.SearchStrategy[dict[str, TraitValue]] = st.fixed_dictionaries(
    {}, optional={"name": _texts, "address": _texts, "city": _texts, "member": st.booleans()}
)

states = st.lists(st.lists(st.tuples(_golden, st.booleans()), min_size=1, max_size=2), max_size=8)
"""For each customer what it is one after the other, and whether it has ended then."""
searches = st.lists(
    st.builds(
        Search,
        _texts.map(wanted_of),
        st.sampled_from([SEARCHED, ("name",), ("address",)]),
        st.sampled_from([EVERYBODY, ValueTest("member", "missing"), ValueTest("member", "exists")]),
    ),
    min_size=1,
    max_size=6,
)


async def save_states(store: ProfileStore, told: States) -> None:
    """Save every state of every customer, with what it is found by."""
    for counter in (1, 2):
        async with store.unit() as unit:
            for n, states_of_one in enumerate(told):
                if len(states_of_one) >= counter:
                    traits, ended = states_of_one[counter - 1]
                    held = {} if ended else traits
                    customer = Customer(f"c{n}", counter, held, ended)
                    await unit.save_customers([CustomerChange(customer, ())])
                    await unit.seek_by({customer.id: texts_of(held, SEARCHED)})


async def searched(store: ProfileReader, search: Search) -> Sequence[Sequence[Found]]:
    """What is on the pages of two that a search gives."""
    pages: list[Sequence[Found]] = []
    after: FoundPlace | None = None
    while page := await store.found(replace(search, after=after), 2):
        pages.append(page)
        after = page[-1].place
    return pages


async def assert_finds_as_the_model(
    store: ProfileStore,
    told: States,
    wanted: Sequence[Search],
) -> None:
    """Put customers into an empty store and search it; pages are those of the model."""
    model = MemoryProfileStore()
    await save_states(model, told)
    await save_states(store, told)
    for search in wanted:
        assert await searched(store, search) == await searched(model, search)
