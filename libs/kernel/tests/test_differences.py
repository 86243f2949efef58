"""A derived topic is told what it lacks, in place of what waited, and nothing it says already."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from c360_kernel.payload import Derived, ProfileChanged
from c360_kernel.projection.differences import state_differences
from c360_kernel.version import Version
from hypothesis import given
from hypothesis import strategies as st

STATES = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["", "Basel", "Bern"]))


class Emitting:
    """A store that derives these payloads; `waiting` is its outbox."""

    def __init__(self, derived: Sequence[Derived]) -> None:
        self._derived = derived
        self.waiting: list[Derived] = [profile("left over", "Bern")]
        self.units = 0

    async def clear_outbox(self) -> None:
        self.waiting = []

    async def emissions(self) -> AsyncIterator[Derived]:
        for one in self._derived:
            yield one

    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[Emitting]:
        self.units += 1
        yield self


async def restate(unit: Emitting, payloads: Sequence[Derived]) -> None:
    unit.waiting += payloads


def profile(customer: str, city: str) -> ProfileChanged:
    traits = {"city": city} if city else {}
    return ProfileChanged(customer, Version(1, 1), traits, ended=not city)


async def differences(
    derived: Sequence[Derived], published: Mapping[str, str]
) -> tuple[int, Emitting]:
    store: Any = Emitting(derived)
    before = {profile(one, city).key: profile(one, city) for one, city in published.items()}
    return await state_differences(store, before, restate), store


@given(STATES, STATES)
async def test_whoever_reads_on_has_what_was_derived(
    derived: dict[str, str], published: dict[str, str]
) -> None:
    count, store = await differences([profile(*one) for one in derived.items()], published)
    said: dict[tuple[str, str], Derived] = {one.key: one for one in store.waiting}
    assert count == len(store.waiting) == len(said)
    read = {one.key: one.content() for one in (profile(*one) for one in published.items())}
    changes = {key for key, one in said.items() if read.get(key) != one.content()}
    assert changes == said.keys()
    read |= {key: one.content() for key, one in said.items()}
    wanted = {one.key: one.content() for one in (profile(*one) for one in derived.items())}
    assert {key: one for key, one in read.items() if one is not None} == {
        key: one for key, one in wanted.items() if one is not None
    }


async def test_many_are_stated_some_at_a_time() -> None:
    count, store = await differences([profile(f"c{n}", "Bern") for n in range(1001)], {})
    assert (count, len(store.waiting), store.units) == (1001, 1001, 3)
