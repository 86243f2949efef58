"""Waits until identity, or identity and profile, have handled what was appended."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from c360_kernel.log.entry import Partition, Position
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import ACCOUNTS, CONSENTS, DECISIONS, IDENTITIES, LINKS, OBJECTS, TAGS

from c360_gateway.collect.items import Stage

IDENTITY_GROUP = "identity"
PROFILE_GROUP = "profile"
ACCOUNT_GROUP = "account"
_OF_ACCOUNTS = (ACCOUNTS, LINKS)
"""What the account service takes alone."""
PAST_IDENTITY = frozenset((CONSENTS, TAGS, OBJECTS, *_OF_ACCOUNTS))
"""What identity does not take: it has nothing to wait for there."""
# How long a wake-up that fell between two looks may go unnoticed.
_LOOK_AGAIN_S = 0.05


@dataclass(frozen=True, slots=True)
class WaitOptions:
    """Until which stage to wait, and how long at most."""

    until: Stage
    timeout_s: float


class Waiter:
    """Tells how far appended entries came, waiting as long as it is told to."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    async def reached(self, positions: Sequence[Position], wait: WaitOptions) -> Sequence[Stage]:
        """The stage each entry reached when all did, or when the time was over."""
        if wait.until is Stage.LOG or not positions:
            return [Stage.LOG] * len(positions)
        deadline = asyncio.get_running_loop().time() + wait.timeout_s
        if all(one.topic in _OF_ACCOUNTS for one in positions):
            return await self._taken_as_accounts(positions, wait.until, deadline)
        identity = _after([one for one in positions if one.topic not in PAST_IDENTITY])
        handled = await self._passed(IDENTITY_GROUP, identity, deadline)
        if not all(_is_past(handled, one) for one in identity.items()):
            return [_stage(handled, one) for one in positions]
        if wait.until is Stage.IDENTITY:
            return [Stage.IDENTITY] * len(positions)
        # Whatever identity made of these entries is in its topic by now.
        own = _after([one for one in positions if one.topic != DECISIONS])
        wanted = {**await self._log.ends([IDENTITIES]), **own}
        profiled = await self._passed(PROFILE_GROUP, wanted, deadline)
        done = all(_is_past(profiled, one) for one in wanted.items())
        return [Stage.PROFILE if done else Stage.IDENTITY] * len(positions)

    async def _taken_as_accounts(
        self, positions: Sequence[Position], until: Stage, deadline: float
    ) -> Sequence[Stage]:
        """The stage waited for once the account service, which is both, has handled them."""
        wanted = _after(positions)
        handled = await self._passed(ACCOUNT_GROUP, wanted, deadline)
        is_done = all(_is_past(handled, one) for one in wanted.items())
        return [until if is_done else Stage.LOG] * len(positions)

    async def _passed(
        self, group: str, wanted: Mapping[Partition, int], deadline: float
    ) -> Mapping[Partition, int]:
        """What the group has committed once it passed `wanted`, or when the time is over."""
        while True:
            committed = await self._log.committed(group)
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0 or all(_is_past(committed, one) for one in wanted.items()):
                return committed
            await self._log.changed(min(left, _LOOK_AGAIN_S))


def _after(positions: Sequence[Position]) -> dict[Partition, int]:
    """The offset, per partition, that lies after all of these entries."""
    wanted: dict[Partition, int] = {}
    for topic, number, offset in positions:
        partition = Partition(topic, number)
        wanted[partition] = max(wanted.get(partition, 0), offset + 1)
    return wanted


def _is_past(committed: Mapping[Partition, int], wanted: tuple[Partition, int]) -> bool:
    partition, offset = wanted
    return committed.get(partition, 0) >= offset


def _stage(committed: Mapping[Partition, int], position: Position) -> Stage:
    handled = committed.get(position.topic_partition, 0) > position.offset
    return Stage.IDENTITY if handled or position.topic in PAST_IDENTITY else Stage.LOG
