"""A model of scored matching: what is compared, what likeness says, and how pairs are found.

It is versioned data. Two records are scored by it alone, whatever else is known: its term
frequencies are frozen in it, so that no score depends on what came before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from c360_identity.domain.matching.kind import Kind
from c360_identity.domain.matching.kinds import KINDS

_REMEMBERED = 1 << 12
_LEAST = 2
"""Of so many forms a term is taken to be met that nobody counted."""


@dataclass(frozen=True, slots=True)
class LevelOdds:
    """How often a level is met among pairs of one person (`m`) and of two people (`u`)."""

    m: float
    u: float


@dataclass(frozen=True, slots=True)
class Frequencies:
    """Of how many forms each term was met among `forms` of them; rare terms are left out.

    Terms are hashes (`term_hash`): a model holds nobody's data.
    """

    forms: int = 0
    counts: Mapping[str, int] = field(default_factory=dict[str, int])

    def chance(self, term: str) -> float | None:
        """How probable it is that a random form has the term; None where nothing is known."""
        if not self.forms:
            return None
        return min(1.0, max(_LEAST, self.counts.get(term_hash(term), 0)) / self.forms)

    @property
    def rarest(self) -> float | None:
        """The chance of a term that nobody counted; None where nothing is known."""
        return min(1.0, _LEAST / self.forms) if self.forms else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared: `fields` are traits, or `identifiers.TYPE`, by place in the kind's form.

    `personal` says that it tells apart the people of one household.
    """

    name: str
    kind_name: str
    fields: tuple[tuple[str, ...], ...]
    personal: bool = False
    odds: Mapping[str, tuple[LevelOdds, ...]] = field(
        default_factory=dict[str, tuple[LevelOdds, ...]]
    )
    frequencies: Mapping[str, Frequencies] = field(default_factory=dict[str, Frequencies])

    @property
    def kind(self) -> Kind:
        """How it is compared."""
        return KINDS[self.kind_name]

    @property
    def is_weightless(self) -> bool:
        """Whether it tells nothing, whatever its level: it is there for its block alone."""
        odds = [one for levels in self.odds.values() for one in levels]
        return bool(odds) and all(one.m == one.u for one in odds)


@dataclass(frozen=True)
class Model:
    """Weights are bits: log2 of odds. `prior` is that of any two records being one person.

    Pairs of `accept` bits are one person, those from `review` on are for people to decide. `blocks`
    are conjunctions of atoms (`COMPARISON.ATOM`); one of more than `largest_block` records finds
    nobody, and of a conjunction with a bound of its own (`bounds`, in the order of `blocks`; 0 of
    one without) one of more than that. Comparisons that are `dependent` say one thing between them.
    Pairs are evidence only if something beside their names is worth `second` bits; 0 asks for
    nothing.
    """

    version: str
    prior: float
    accept: float
    review: float
    comparisons: tuple[Comparison, ...]
    blocks: tuple[tuple[str, ...], ...]
    largest_block: int
    dependent: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    second: float = field(default=0.0, repr=False)
    bounds: tuple[int, ...] = field(default=(), repr=False)

    @cached_property
    def digest(self) -> str:
        """Names what it says: models of one digest score alike."""
        # Whoever says nothing of these is named as before there were any.
        more = repr((self.dependent, self.second)) if self.dependent or self.second else ""
        more += repr(self.bounds) if any(self.bounds) else ""
        return hashlib.sha256(f"{self!r}{more}".encode()).hexdigest()

    def grade(self, bits: float) -> float | None:
        """Which of `accept` and `review` so many bits reach; None below both."""
        return next((one for one in (self.accept, self.review) if bits >= one), None)

    @cached_property
    def largest(self) -> tuple[int, ...]:
        """Of each of `blocks` how many records one may have at most."""
        bounds = self.bounds or (0,) * len(self.blocks)
        return tuple(bound or self.largest_block for bound in bounds)

    @cached_property
    def traits(self) -> frozenset[str]:
        """The traits that are compared."""
        return frozenset(name for name in self._fields if "." not in name)

    @cached_property
    def identifiers(self) -> frozenset[str]:
        """The identifier types that are compared."""
        return frozenset(name.partition(".")[2] for name in self._fields if "." in name)

    @cached_property
    def _fields(self) -> frozenset[str]:
        return frozenset(n for one in self.comparisons for names in one.fields for n in names)


@lru_cache(_REMEMBERED)
def term_hash(term: str) -> str:
    """Under which a term stands in a model: 64 bits of its hash."""
    return hashlib.blake2b(term.encode(), digest_size=8).hexdigest()
