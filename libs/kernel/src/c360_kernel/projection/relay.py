"""The relay: what a projection caused goes from its outbox to the log, in order (outbox pattern).

A log refuses an entry for good only by itself (`Invalid`): then the others go one by one and
that one is put aside as a dead letter, so that neither they nor the worker wait for it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from c360_kernel.errors import Invalid
from c360_kernel.log.port import EventLog
from c360_kernel.metrics import DEAD_LETTERS
from c360_kernel.projection.dead_letters import unsent_letter
from c360_kernel.projection.port import Outgoing, ProjectionStore

logger = logging.getLogger(__name__)


async def relay(
    log: EventLog,
    store: ProjectionStore[Any],
    group: str,
    limit: int,
) -> None:
    """Append the outbox to the log, oldest first and at most `limit` at once, until it is empty.

    Raises `Transient` when log or store are away, and `Invalid` when a log refuses even to be
    told what it refused.
    """
    while outgoing := await store.outgoing(limit):
        await append_outgoing(log, outgoing, group)
        await store.relayed([out.sequence for out in outgoing])
        if len(outgoing) < limit:
            return


async def append_outgoing(log: EventLog, outgoing: Sequence[Outgoing], group: str) -> None:
    """Append these in order; one that the log refuses for good becomes a dead letter."""
    try:
        await log.append([out.entry for out in outgoing])
    except Invalid:
        for out in outgoing:
            await _append_one(log, out, group)


async def _append_one(log: EventLog, out: Outgoing, group: str) -> None:
    try:
        await log.append([out.entry])
    except Invalid as error:
        logger.error(
            "%s: the log takes an entry of %s never: %s", group, out.entry.topic, error.code
        )
        await log.append([unsent_letter(out, group, error.code)])
        DEAD_LETTERS.add(group)
