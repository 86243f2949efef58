"""The port of what the audit log says as a whole: which rules decided, who acted, how much."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from c360_audit.domain.activity import Activity, Actor
from c360_audit.domain.performed import Performed, Touching


class AuditSummary(Protocol):
    """Counts over all that is kept. Times are milliseconds UTC."""

    async def rules_used(self) -> Mapping[str, int]:
        """When each rule decided anything for the last time, by the rule's id."""
        ...

    async def actors(self) -> Mapping[Actor, int]:
        """When each principal acted with a set of roles for the last time."""
        ...

    async def activity(self, since: int, until: int) -> Sequence[Activity]:
        """What each actor did in each hour, of what was done from `since` until before `until`.

        In the order of actors and hours; an entry that stands for many acts counts them all in
        the hour of the first.
        """
        ...

    async def performed(self, since: int, until: int) -> Sequence[Performed]:
        """The operations from `since` until before `until`, those that are alike counted together.

        What was not carried out is none of them.
        """
        ...

    async def touched(self, keys: Sequence[str], since: int, until: int) -> int:
        """How many names of customers the operations of these keys of `performed` touched."""
        ...

    async def touching(
        self, keys: Sequence[str], names: Collection[str], since: int, until: int
    ) -> Touching:
        """What the operations of these keys had to do with the customers of these names.

        An entry counts once, however many equal operations it stands for.
        """
        ...
