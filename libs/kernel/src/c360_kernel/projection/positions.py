"""Where a store goes on, and that another worker was there first."""

from __future__ import annotations

from c360_kernel.errors import Conflict
from c360_kernel.log.entry import Positions


class PositionMoved(Conflict):
    """Another worker handled the same entries: nothing of what this one made of them is kept."""

    code = "POSITION_MOVED"

    def __init__(self) -> None:
        super().__init__("another worker handled these entries first")


def refuse_moved(held: Positions, before: Positions) -> None:
    """Raise `PositionMoved` unless a store that holds these positions is still at those `before`.

    A partition that it has no position of is at its beginning.
    """
    if any(held.get(partition, 0) != offset for partition, offset in before.items()):
        raise PositionMoved
