"""Which log this is, and whose: told by the log itself, compared by whoever is fed from it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from c360_kernel.errors import SettingsError
from c360_kernel.log.entry import Partition

_BYTES = 16


@dataclass(frozen=True, slots=True)
class Origin:
    """Where entries come from.

    `log` names one log for ever: one that is made anew, or copied by a replay, is another.
    `instance` tells the keys of one instance from those of another and nothing else of them; it
    is empty where nobody who holds the keys has opened the log yet.
    """

    log: str
    instance: str = ""


def claimed_by(held: Origin | None, by: Origin) -> Origin:
    """What a store is fed from once `by` has claimed it, if `held` was known before.

    The first claim stands. One by whom the keys were not known yet is completed by the same log.
    """
    if held is None or (held.log == by.log and not held.instance):
        return by
    return held


@dataclass(frozen=True, slots=True)
class LogIdentity:
    """The origin of a log's entries, and the highest stamp that it holds (empty: none)."""

    origin: Origin
    stamp: str = ""


def new_log_id() -> str:
    """A name that no other log has."""
    return secrets.token_hex(_BYTES)


def refuse_other_instance(held: str, ours: str) -> None:
    """Refuse a log that was begun under other keys. Raises `SettingsError` (LOG_FOREIGN)."""
    if held and ours and held != ours:
        raise SettingsError(
            "this log belongs to another instance, with another identity.key: put its keys back,"
            " or name a log of your own",
            code="LOG_FOREIGN",
        )


def refuse_truncated(beginnings: Mapping[Partition, int]) -> None:
    """Refuse a log that has lost its first entries, by where its partitions begin.

    Raises `SettingsError` (LOG_TRUNCATED).
    """
    gone = sorted(partition.topic for partition, first in beginnings.items() if first)
    if gone:
        raise SettingsError(
            f"the beginning of topic {gone[0]} is gone: nothing can be derived from this log any"
            " more, restore it",
            code="LOG_TRUNCATED",
        )
