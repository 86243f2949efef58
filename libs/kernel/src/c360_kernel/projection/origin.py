"""Whether a store and a log belong together: offsets alone would fit any longer log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from c360_kernel.errors import SettingsError
from c360_kernel.log.entry import Entry, Position
from c360_kernel.log.identity import Origin
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import HANDLED, TRUTH

_FOREIGN = "LOG_FOREIGN"


class Claimed(Protocol):
    """A store that remembers what it was first fed from."""

    async def claimed(self, by: Origin) -> Origin:
        """What it is fed from; `by`, from now on, if it was never told."""
        ...


@runtime_checkable
class Witness(Protocol):
    """A store that remembers an entry of each partition, by which it knows its log again."""

    async def witnessed(self) -> Mapping[Position, str]:
        """Stamps of entries that it was fed, of topics from which none goes unhandled."""
        ...


async def refuse_foreign(name: str, log: EventLog, store: Claimed) -> None:
    """Refuse a store of another instance, or one that was fed from another log.

    A store that was never told, as those of before there were ids, is taken up once. Raises
    `SettingsError` (STORE_FOREIGN, LOG_FOREIGN).
    """
    ours = (await log.identity()).origin
    try:
        compare(name, await store.claimed(ours), ours)
    except SettingsError as error:
        raise (await _emptied(name, log) if error.code == _FOREIGN else None) or error from None
    if isinstance(store, Witness):
        await _refuse_rewritten(name, log, await store.witnessed())


async def _emptied(name: str, log: EventLog) -> SettingsError | None:
    """What is to be said of a log that holds nothing: a new store of it would hold nothing too."""
    if any((await log.ends(TRUTH)).values()):
        return None
    return SettingsError(
        f"the log is empty, and the {name} store is not: put the log back, from a back-up if need"
        " be",
        code=_FOREIGN,
    )


async def _refuse_rewritten(name: str, log: EventLog, known: Mapping[Position, str]) -> None:
    """Refuse a log that was put back from an older copy and has grown since.

    One that has not grown so far yet is met by its end (PROJECTION_AHEAD).
    """
    for place, stamp in known.items():
        found = await log.read(place.topic_partition, place.offset, 1)
        if found and _is_another(found[0], place, stamp):
            raise SettingsError(
                f"the log has another entry in {place.topic} than the {name} store was fed: it was"
                " put back from an older copy and has grown since; restore the newer log, or"
                f" {_mended(name, place.topic)}",
                code=_FOREIGN,
            )


def _is_another(found: Entry, place: Position, stamp: str) -> bool:
    """Whether this stands where another did. Of some topics what was handled goes in time."""
    is_there = found.offset == place.offset
    return found.stamp != stamp if is_there else place.topic not in HANDLED


def _mended(name: str, topic: str) -> str:
    """What a log that is kept does to the store. What is on record cannot be derived again."""
    if topic in HANDLED:
        return "move that store away: a new one is filled from this log"
    return f"run `c360 replay --projection {name}`"


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
            code=_FOREIGN,
        )
