"""What holds of all that sources said of a record or a link, in whatever order it came in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from c360_kernel.accounts.said import content_of_account, standing_traits
from c360_kernel.payload import AccountLinked, AccountUpserted
from c360_kernel.record import Identifier
from c360_kernel.record_parts import PARENT, identifiers_part, trait_part
from c360_kernel.revisions import hash_of, holding, holding_part

from c360_account.domain.model import Carried, Carries, P, Said

Normalize = Callable[[Identifier], Identifier | None]
"""The normal form of what a record carries; None for what names nobody."""
Observes = Mapping[str, str]
"""The type of the identifiers that a trait says, of traits that say any."""
States = Sequence[Said[AccountUpserted]]


def said(payload: P, stamp: str) -> Said[P]:
    """A state as it was said under a stamp."""
    return Said(payload.own, payload.revision, stamp, _content(payload), payload)


def holds(states: Sequence[Said[P]]) -> Said[P]:
    """The state that holds of some."""
    found = holding(states)
    if found is None:
        raise ValueError("nothing was said")
    return found


def composed(states: States, observes: Observes) -> Said[AccountUpserted]:
    """What holds of an account record, as one whole state: each part by what says it last."""
    held = holds(states)
    if held.payload.deleted or all(one.named is None for one in states):
        return held
    above = holding_part(PARENT, states)
    whole = replace(
        held.payload,
        identifiers=_standing_identifiers(states, observes),
        traits=standing_traits(states, lambda one: one.payload.traits),
        parent=above.payload.parent if above else None,
        named=None,
    )
    return replace(held, content=_content(whole), payload=whole)


def carried(
    held: Carries, new: States, now: Said[AccountUpserted], normalize: Normalize
) -> Carries:
    """What a record carries, or once did: what it did before, what more is said, what holds `now`.

    Each identifier is known since the first that was ever said of it, however often it is.
    """
    found = {identifier: one._replace(active=False) for identifier, one in held.items()}
    for one in new:
        for identifier in _identifiers(one, normalize):
            known = found.get(identifier)
            first = one.stamp if known is None else min(known.first_seen, one.stamp)
            since = one.observed_at if known is None else min(known.since, one.observed_at)
            found[identifier] = Carried(first, since, active=False)
    for identifier in _identifiers(now, normalize):
        found[identifier] = found[identifier]._replace(active=not now.payload.deleted)
    return found


def _standing_identifiers(states: States, observes: Observes) -> tuple[Identifier, ...]:
    """Those of the states that say them last, by the part of the record that they belong to."""
    found = {
        identifier
        for one in states
        for identifier in one.payload.identifiers
        if holding_part(_part_of(identifier, one.payload, observes), states) is one
    }
    return tuple(sorted(found))


def _part_of(identifier: Identifier, said: AccountUpserted, observes: Observes) -> str:
    for name, value in said.traits.items():
        texts = value if isinstance(value, tuple) else (str(value),)
        if observes.get(name) == identifier.type and identifier.value in texts:
            return trait_part(name)
    return identifiers_part(identifier.type)


def _identifiers(one: Said[AccountUpserted], normalize: Normalize) -> list[Identifier]:
    read = map(normalize, one.payload.identifiers)
    return [identifier for identifier in read if identifier is not None]


def _content(payload: AccountUpserted | AccountLinked) -> str:
    """A hash of what is said: equal content is a duplicate whatever its revision."""
    if isinstance(payload, AccountUpserted):
        return content_of_account(payload)
    return hash_of(repr(replace(payload, revision=0, observed_at=0, own=True)))
