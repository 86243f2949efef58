"""What is other about a customer since it was last looked at."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

LINKS = "account:"
"""The name of a customer's links, among traits and facts: no trait can have it."""


class Change(NamedTuple):
    """Events of these names came, none went; traits and facts of these names are others.

    `newest` is the newest stamp (ms UTC) of those of the events whose time is looked at; 0 of none.
    """

    events: frozenset[str] = frozenset()
    traits: frozenset[str] = frozenset()
    newest: int = 0


Changed: TypeAlias = Change | None
"""None: anything may be another."""

NOTHING = Change()


def both(one: Changed, other: Changed) -> Changed:
    """Of two changes, what is other after them."""
    if one is None or other is None:
        return None
    newest = max(one.newest, other.newest)
    return Change(one.events | other.events, one.traits | other.traits, newest)
