"""Whether a store and a log belong together: offsets alone would fit any longer log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from c360_kernel.errors import SettingsError
from c360_kernel.log.entry import Partition, Position
from c360_kernel.log.identity import Origin
from c360_kernel.log.port import EventLog


class Claimed(Protocol):
    """A store that remembers what it was first fed from."""

    async def claimed(self, by: Origin) -> Origin:
        """What it is fed from; `by`, from now on, if it was never told."""
        ...


@runtime_checkable
class Witness(Protocol):
    """A store that remembers an entry of each partition, by which it knows its log again."""

    async def witnessed(self) -> Mapping[Position, str]:
        """Stamps of entries that it was fed, of topics from which nothing ever goes."""
        ...


async def refuse_foreign(name: str, log: EventLog, store: Claimed) -> None:
    """Refuse a store of another instance, or one that was fed from another log.

    A store that was never told, as those of before there were ids, is taken up once. Raises
    `SettingsError` (STORE_FOREIGN, LOG_FOREIGN).
    """
    ours = (await log.identity()).origin
    compare(name, await store.claimed(ours), ours)
    if isinstance(store, Witness):
        await _refuse_rewritten(name, log, await store.witnessed())


async def _refuse_rewritten(name: str, log: EventLog, known: Mapping[Position, str]) -> None:
    """Refuse a log that was put back from an older copy and has grown since.

    One that has not grown so far yet is met by its end (PROJECTION_AHEAD).
    """
    for place, stamp in known.items():
        found = await log.read(Partition(place.topic, place.partition), place.offset, 1)
        if found and (found[0].offset, found[0].stamp) != (place.offset, stamp):
            raise SettingsError(
                f"the log has another entry in {place.topic} than the {name} store was fed: it was"
                " put back from an older copy and has grown since; restore the newer log, or run"
                f" `c360 replay --projection {name}`",
                code="LOG_FOREIGN",
            )


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
