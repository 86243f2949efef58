"""What conditions read of the objects that traits of customers refer to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from c360_kernel.catalog.model import Catalog, ReferredTrait
from c360_kernel.conditions.tree import leaves, mapped
from c360_kernel.objects.known import KnownObject
from c360_kernel.objects.referred import by_keys

from c360_segment.domain.leaves import Condition, Leaf, Timed, TraitTest
from c360_segment.domain.timed.dates import RelativeDate

Referred: TypeAlias = tuple[ReferredTrait, ...]


def referred_in(conditions: Iterable[Condition], catalog: Catalog) -> Referred:
    """What these conditions read of such objects, in the order of its names."""
    named = {_named(leaf) for condition in conditions for leaf in leaves(condition)}
    return tuple(one for name, one in sorted(catalog.referred_traits.items()) if name in named)


def rules_of(referred: Referred) -> Sequence[Any]:
    """What decides which object is meant, as plain values."""
    return [
        [one.name, one.by.name, one.by.refers, one.seen.name, one.seen.type] for one in referred
    ]


def traits_referring(referred: Referred, object_: str) -> frozenset[str]:
    """The traits by which objects of a type are looked at."""
    return frozenset(one.by.name for one in referred if one.by.refers == object_)


def said_of_traits(
    condition: Condition, referred: Referred, objects: Mapping[str, Sequence[KnownObject]]
) -> Condition:
    """The condition with tests of objects said of the traits that refer to them, as far as
    `objects` are all of their type."""
    known = {one.name: one for one in referred if one.by.refers in objects}

    def said(leaf: Leaf) -> Condition:
        if not isinstance(leaf, TraitTest) or leaf.test.name not in known:
            return leaf
        return cast(Condition, mapped(by_keys(leaf.test, known, objects), _as_leaf))

    return mapped(condition, said)


def _as_leaf(test: Any) -> Any:  # noqa: ANN401 - the tree is one of other leaves afterwards
    return TraitTest(test)


def _named(leaf: Leaf) -> str:
    match leaf:
        case TraitTest(test):
            return test.name
        case Timed(RelativeDate(trait)):
            return trait
        case _:
            return ""
