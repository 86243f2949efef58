"""Whether a store and a log belong together: offsets alone would fit any longer log."""

from __future__ import annotations

from typing import Protocol

from c360_kernel.errors import SettingsError
from c360_kernel.log.identity import Origin
from c360_kernel.log.port import EventLog


class Claimed(Protocol):
    """A store that remembers what it was first fed from."""

    async def claimed(self, by: Origin) -> Origin:
        """What it is fed from; `by`, from now on, if it was never told."""
        ...


async def refuse_foreign(name: str, log: EventLog, store: Claimed) -> None:
    """Refuse a store of another instance, or one that was fed from another log.

    A store that was never told, as those of before there were ids, is taken up once. Raises
    `SettingsError` (STORE_FOREIGN, LOG_FOREIGN).
    """
    ours = (await log.identity()).origin
    compare(name, await store.claimed(ours), ours)


def may_replace(held: Origin | None, by: Origin) -> bool:
    """Whether a store that `held` fed may be made anew from `by`: the same instance, sure."""
    return (
        held is None or held.log == by.log or (bool(held.instance) and held.instance == by.instance)
    )


def compare(name: str, held: Origin, ours: Origin) -> None:
    """Raise what is to be said of a store that `held` fed, over a log of `ours`."""
    if held.instance and ours.instance and held.instance != ours.instance:
        raise SettingsError(
            f"the {name} store belongs to another instance, with other keys: name a store of"
            " your own, or put its keys back",
            code="STORE_FOREIGN",
        )
    if held.log != ours.log:
        raise SettingsError(
            f"the {name} store was fed from another log than this: put that log back, or begin"
            " with an empty store, which is filled from this one",
            code="LOG_FOREIGN",
        )
