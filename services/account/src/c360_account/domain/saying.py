"""What holds of all that sources said of a record or a link, in whatever order it came in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from c360_kernel.payload import AccountLinked, AccountUpserted
from c360_kernel.record import Identifier
from c360_kernel.revisions import first_seen, hash_of, holding

from c360_account.domain.model import Carried, Carries, P, Said

Normalize = Callable[[Identifier], Identifier | None]
"""The normal form of what a record carries; None for what names nobody."""


def said(payload: P, stamp: str) -> Said[P]:
    """A state as it was said under a stamp."""
    return Said(payload.own, payload.revision, stamp, _content(payload), payload)


def with_said(held: Iterable[Said[P]], one: Said[P]) -> list[Said[P]]:
    """All that was said with one more; each content of a number once, by its first stamp."""
    return list(first_seen((*held, one)).values())


def holds(states: Sequence[Said[P]]) -> Said[P]:
    """The state that holds of some."""
    found = holding(states)
    if found is None:
        raise ValueError("nothing was said")
    return found


def age_of(states: Iterable[Said[P]]) -> str:
    """The smallest stamp of all that was said."""
    return min(one.stamp for one in states)


def carried(states: Sequence[Said[AccountUpserted]], normalize: Normalize) -> Carries:
    """What a record carries, or once did: a function of all that was said of it."""
    now, found = holds(states), Carries()
    for one in states:
        for identifier in _identifiers(one, normalize):
            held = found.get(identifier)
            first = one.stamp if held is None else min(held.first_seen, one.stamp)
            since = one.observed_at if held is None else min(held.since, one.observed_at)
            found[identifier] = Carried(first, since, active=False)
    for identifier in _identifiers(now, normalize):
        found[identifier] = found[identifier]._replace(active=not now.payload.deleted)
    return found


def _identifiers(one: Said[AccountUpserted], normalize: Normalize) -> list[Identifier]:
    read = map(normalize, one.payload.identifiers)
    return [identifier for identifier in read if identifier is not None]


def _content(payload: AccountUpserted | AccountLinked) -> str:
    """A hash of what is said: equal content is a duplicate whatever its revision."""
    bare = replace(payload, revision=0, observed_at=0, own=True)
    if isinstance(bare, AccountUpserted):
        ordered = sorted(bare.identifiers), sorted(bare.traits.items())
        text = repr((bare.record, bare.deleted, *ordered, bare.parent))
    else:
        text = repr(bare)
    return hash_of(text)
