"""Condition trees: leaves under all, any and not.

The leaf of every user is `ValueTest`; a service may add leaves of its own, as segments count
events. What a leaf is asked about is its own as well: of a `ValueTest`, values by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar, Union, cast

from c360_kernel.conditions.operators import Operator, Wanted, accepts
from c360_kernel.record import TraitValue

F = TypeVar("F")
F_contra = TypeVar("F_contra", contravariant=True)
L = TypeVar("L")
L_co = TypeVar("L_co", covariant=True)

Values = Mapping[str, TraitValue]


class Leaf(Protocol[F_contra]):
    """What a tree is made of: a statement that holds of some facts or does not."""

    def holds(self, facts: F_contra, /) -> bool:
        """Whether it holds of these facts."""
        ...


@dataclass(frozen=True, slots=True)
class ValueTest:
    """One operator applied to the value under a name, of traits or of properties."""

    name: str
    operator: Operator
    wanted: Wanted = None

    def holds(self, values: Values, /) -> bool:
        """Whether the value there (or its absence) passes."""
        return accepts(self.operator, values.get(self.name), self.wanted)


@dataclass(frozen=True, slots=True)
class All(Generic[L_co]):
    """Holds when every part holds; of nothing, always."""

    parts: tuple[Condition[L_co], ...] = ()

    def holds(self: All[Leaf[F]], facts: F, /) -> bool:
        """Whether every part holds."""
        return all(part.holds(facts) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf(Generic[L_co]):
    """Holds when some part holds; of nothing, never."""

    parts: tuple[Condition[L_co], ...] = ()

    def holds(self: AnyOf[Leaf[F]], facts: F, /) -> bool:
        """Whether some part holds."""
        return any(part.holds(facts) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not(Generic[L_co]):
    """Holds when its part does not."""

    part: Condition[L_co]

    def holds(self: Not[Leaf[F]], facts: F, /) -> bool:
        """Whether the part fails."""
        return not self.part.holds(facts)


Condition: TypeAlias = Union[L, All[L], AnyOf[L], Not[L]]  # noqa: UP007 - generic at run time
ValueCondition: TypeAlias = Condition[ValueTest]
"""A condition on values by name alone, which every store can be asked."""

EVERYBODY: ValueCondition = All()
NOBODY: ValueCondition = AnyOf()


def conjuncts(condition: Condition[L]) -> Iterator[Condition[L]]:
    """The conditions that all have to hold."""
    if isinstance(condition, All):
        for part in cast("tuple[Condition[L], ...]", condition.parts):
            yield from conjuncts(part)
    else:
        yield condition


def leaves(condition: Condition[L]) -> Iterator[L]:
    """Every leaf, from left to right."""
    match condition:
        case All() | AnyOf():
            for part in cast("tuple[Condition[L], ...]", condition.parts):
                yield from leaves(part)
        case Not():
            yield from leaves(cast("Condition[L]", condition.part))
        case _:
            yield condition


def mapped(condition: Condition[L], say: Callable[[L], Condition[L]]) -> Condition[L]:
    """The condition with each leaf said otherwise."""
    match condition:
        case All() | AnyOf():
            parts = cast("tuple[Condition[L], ...]", condition.parts)
            return type(condition)(tuple(mapped(part, say) for part in parts))
        case Not():
            return Not(mapped(cast("Condition[L]", condition.part), say))
        case _:
            return say(condition)
