"""Assignments: which customer a source record belongs to, and which it ever belonged to."""

from __future__ import annotations

from c360_kernel.payload import RecordAssigned
from c360_kernel.value_object import value_object
from c360_kernel.version import Version

_NEVER = Version(0, 0)


@value_object
class Assignment:
    """The newest assignment of a record ("" for no customer).

    `former` are all other customers that any assignment ever named, sorted: a customer that
    ended is told apart from one never heard of, whatever order the assignments came in.
    """

    customer: str = ""
    version: Version = _NEVER
    former: tuple[str, ...] = ()

    def after(self, assigned: RecordAssigned) -> Assignment:
        """What holds once `assigned` is known too; commutes with itself."""
        newest = max((self.version, self.customer), (assigned.version, assigned.customer))
        if not (self.customer or self.former or assigned.left):
            return Assignment(newest[1], newest[0], _others(newest[1], assigned.customer))
        mentioned = (self.customer, *self.former, assigned.customer, assigned.left)
        return Assignment(newest[1], newest[0], _others(newest[1], *mentioned))


def _others(current: str, *mentioned: str) -> tuple[str, ...]:
    return tuple(sorted(set(mentioned) - {current, ""}))


UNASSIGNED = Assignment()
