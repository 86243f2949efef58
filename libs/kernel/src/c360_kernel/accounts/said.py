"""What sources said of an account record, and what of it holds, as far as its traits go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.payload import AccountUpserted
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.record_parts import trait_part
from c360_kernel.revisions import S, hash_of, holding, holding_part

Traits = Mapping[str, TraitValue]


class AccountSaid(NamedTuple):
    """A state of an account record (`c360_kernel.revisions.State`), with nothing but its traits.

    `named` are the parts that a patch names, None of a whole state; `observed_at` is in ms UTC.
    """

    own: bool
    number: int
    stamp: str
    content: str
    named: tuple[str, ...] | None
    observed_at: int
    deleted: bool
    traits: Traits


class HeldTraits(NamedTuple):
    """The traits that hold of a record, and what they weigh against those of others of its
    account."""

    record: RecordKey
    observed_at: int
    number: int
    stamp: str
    traits: Traits


def account_said(told: AccountUpserted, stamp: str) -> AccountSaid:
    """What an entry of this stamp says."""
    state = told.own, told.revision, stamp, content_of_account(told), told.named
    return AccountSaid(*state, told.observed_at, told.deleted, told.traits)


def content_of_account(told: AccountUpserted) -> str:
    """A hash of all that is said: equal content is a duplicate whatever its revision."""
    ordered = sorted(told.identifiers), sorted(told.traits.items())
    named = () if told.named is None else (told.named,)
    return hash_of(repr((told.record, told.deleted, *ordered, told.parent, *named)))


def held_traits(record: RecordKey, states: Sequence[AccountSaid]) -> HeldTraits | None:
    """What holds of a record, each trait by what says it last; None of one that is not there."""
    held = holding(states)
    if held is None or held.deleted:
        return None
    traits = standing_traits(states, lambda one: one.traits)
    return HeldTraits(record, held.observed_at, held.number, held.stamp, traits)


def standing_traits(states: Iterable[S], traits_of: Callable[[S], Traits]) -> dict[str, TraitValue]:
    """The traits of a record that is there, each by the state that says it last."""
    known = list(states)
    found: dict[str, TraitValue] = {}
    for name in sorted({name for one in known for name in traits_of(one)}):
        by = holding_part(trait_part(name), known)
        if by is not None and name in traits_of(by):
            found[name] = traits_of(by)[name]
    return found
