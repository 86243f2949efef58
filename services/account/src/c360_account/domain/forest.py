"""The hierarchy: each account has one parent at most, and no account is above itself.

Of the parents that the records of an account name the one said last counts. Of a circle the edge
with the largest stamp is left out: a function of what is said, not of who came in first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

DEEPEST = 1_000
"""So many steps up a chain are followed; a circle of more accounts is not found."""


class ParentEdge(NamedTuple):
    """That an account is below another one was said under a stamp."""

    stamp: str
    parent: str


Stated = Callable[[str], Awaitable[ParentEdge | None]]
"""What is said of an account: the edge said last, to another account than itself."""


class Hierarchy(NamedTuple):
    """The parent of an account ("" none), and whether one was left out that closes a circle."""

    parent: str
    left_out: str = ""


async def hierarchy_of(account: str, stated: Stated) -> Hierarchy:
    """Where an account stands."""
    edge = await stated(account)
    if edge is None:
        return Hierarchy("")
    circle, above = [edge.stamp], edge.parent
    seen = {account}
    while above != account:
        step = await stated(above)
        if step is None or above in seen or len(seen) >= DEEPEST:
            return Hierarchy(edge.parent)
        seen.add(above)
        circle.append(step.stamp)
        above = step.parent
    if edge.stamp == max(circle):
        return Hierarchy("", edge.parent)
    return Hierarchy(edge.parent)
