"""A search of customers, and what it finds in which order."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from c360_kernel.catalog.model import Catalog
from c360_kernel.conditions.tree import EVERYBODY, ValueCondition
from c360_kernel.record import TraitValue

from c360_profile.domain.customer import Customer
from c360_profile.domain.search.keys import keys_of_run, runs_of
from c360_profile.domain.search.wanted import Way, Word, closeness

SEARCHED_TAGS = frozenset(("name", "address", "city"))
"""Texts with these tags are searched."""
PLACES = 2**36
"""So many places there are, any as likely as another.

Of a million customers about a dozen share one. With places that nobody ever shares what is kept of
each word is twice as long: lists of places are kept as the distances between them.
"""

Texts = Mapping[str, str]
"""The texts of a customer that are searched, by trait."""


class FoundPlace(NamedTuple):
    """Where a customer stands among those found: exact ones first, each in a settled order."""

    closeness: int
    place: int
    id: str

    @property
    def is_present(self) -> bool:
        """Whether the customer of this id stands here, as places are given now."""
        return self.place == place_of_id(self.id)


class Found(NamedTuple):
    """A customer that a search finds."""

    closeness: int
    customer: Customer

    @property
    def place(self) -> FoundPlace:
        """Where it stands."""
        return FoundPlace(self.closeness, place_of_id(self.customer.id), self.customer.id)


@dataclass(frozen=True, slots=True)
class Search:
    """Live customers that meet a condition, with all words in some of these traits."""

    words: tuple[Word, ...]
    traits: tuple[str, ...]
    condition: ValueCondition = EVERYBODY
    after: FoundPlace | None = None

    def closeness(self, customer: Customer) -> int | None:
        """How near the customer is to what is searched for; None if it is not found."""
        held = {name: value for name, value in customer.traits.items() if name in self.traits}
        return closeness(self.words, held)

    def ways(self, forgiving: bool) -> Sequence[Sequence[frozenset[int]]]:
        """For each word the sets of numbers of which one has to be among a customer's."""
        return [
            [numbered(trait, way) for way in (word.all if forgiving else word.exact)
             for trait in self.traits]
            for word in self.words
        ]  # fmt: skip


def searched_traits(catalog: Catalog) -> tuple[str, ...]:
    """The traits of a catalog that are searched."""
    return tuple(
        trait.name
        for trait in catalog.profile_traits.values()
        if trait.type == "string" and trait.tag in SEARCHED_TAGS
    )


def texts_of(traits: Mapping[str, TraitValue], searched: Collection[str]) -> Texts:
    """What is searched of these golden traits."""
    return {
        name: value for name in searched if isinstance(value := traits.get(name), str) and value
    }


def numbers_of(texts: Texts) -> frozenset[int]:
    """The numbers that a customer is found by. Different keys may share one."""
    of_runs = [_of_run(trait, run) for trait, text in texts.items() for run in runs_of(text)]
    return frozenset[int]().union(*of_runs)


def numbered(trait: str, keys: Way) -> frozenset[int]:
    """The numbers of keys in a trait."""
    return frozenset(_each(trait, keys))


def numbers_of_run(trait: str, run: str) -> frozenset[int]:
    """The numbers of one run of a trait's text."""
    return frozenset(_each(trait, keys_of_run(run)))


_of_run = lru_cache(32_768)(numbers_of_run)


def _each(trait: str, keys: Iterable[str]) -> Iterator[int]:
    start = zlib.crc32(trait.encode())
    return (zlib.crc32(key.encode(), start) for key in keys)


def place_of_id(id_: str) -> int:
    """Where a customer stands among those found alike: a number that nobody chooses."""
    digest = hashlib.blake2b(id_.encode(), digest_size=8).digest()
    return int.from_bytes(digest) % PLACES
