"""Stores that belong elsewhere are refused before anything is listened to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager

from c360_kernel.errors import Misaddressed, Transient, Unusable
from c360_kernel.log.port import EventLog
from c360_kernel.projection.origin import refuse_foreign
from c360_kernel.projection.service import Projection

from c360_cli.assembly import Instance

# What does not answer so soon is met by its worker, which waits for it.
_WAIT_S = 3.0


Introduce = Callable[[], Awaitable[None]]
"""Raises `SettingsError` for what belongs elsewhere."""


async def introduce(
    instance: Instance, projections: Sequence[Projection], *beside: Introduce
) -> None:
    """Raise `SettingsError` (STORE_FOREIGN, LOG_FOREIGN, LOG_TRUNCATED) where two do not belong.

    Raises `Misaddressed` for a server that refuses what the settings say. A log or a store that is
    away is not waited for. `beside` are asked as well.
    """
    meeting = asyncio.create_task(_meet(instance.open_log(), projections, beside))
    done, _ = await asyncio.wait({meeting}, timeout=_WAIT_S)
    if done:
        meeting.result()
    else:
        meeting.add_done_callback(lambda ended: ended.cancelled() or ended.exception())


async def _meet(
    log: EventLog, projections: Sequence[Projection], beside: Sequence[Introduce]
) -> None:
    try:
        async with asyncio.TaskGroup() as meeting:
            for projection in projections:
                meeting.create_task(_meet_one(log, projection))
            for one in beside:
                meeting.create_task(_introduce(one))
    except ExceptionGroup as refused:
        raise refused.exceptions[0] from None
    finally:
        await log.close()


async def _meet_one(log: EventLog, projection: Projection) -> None:
    with contextlib.suppress(Unusable), _waiting():
        store = projection.open_store()
        try:
            await refuse_foreign(projection.name, log, store)
        except Misaddressed as error:
            raise Misaddressed(f"{projection.name}: {error.message}", code=error.code) from error
        finally:
            await store.close()


async def _introduce(one: Introduce) -> None:
    with _waiting():
        await one()


@contextmanager
def _waiting() -> Generator[None]:
    """Leave what is away to whoever waits for it."""
    try:
        yield
    except Misaddressed:
        raise
    except Transient:
        return
