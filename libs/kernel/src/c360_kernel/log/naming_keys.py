"""The keys that a log's names were made under, told by the log: of each a check value, no more.

A process that comes with no volume has no file that would say which keys there were, and its stores
may be on servers. Every process brings the keys that it holds; those of others are not its affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from c360_kernel.errors import SettingsError
from c360_kernel.log.identity import refuse_other_instance

_IDENTITY = "identity"
"""The key that an instance is known by. It is never rotated."""


class HeldKey(NamedTuple):
    """The check value of a key, and of the one that it took the place of; empty where none is."""

    value: str
    former: str = ""


HeldKeys = Mapping[str, HeldKey]
"""By the name of the key's file, without `.key`."""
NO_KEYS: HeldKeys = {}


def refuse_another(held: str, instance: str, known: Mapping[str, str], ours: HeldKeys) -> None:
    """Refuse a log that was begun under another `identity.key`.

    `held` and `instance` are what it tells instances by. Where another of our keys is one that the
    log knows, it is ours and that key alone is wrong. Raises `SettingsError` (KEY_REPLACED,
    LOG_FOREIGN).
    """
    is_ours = any(one.value and known.get(name) == one.value for name, one in ours.items())
    if held and instance and held != instance and is_ours:
        raise _replaced(_IDENTITY)
    refuse_other_instance(held, instance)


def refuse_other_keys(known: Mapping[str, str], ours: HeldKeys) -> None:
    """Refuse to go on under other keys than the log knows.

    One whose former key is the known one was rotated. Raises `SettingsError` (KEY_MISSING,
    KEY_REPLACED).
    """
    for name, (value, former) in ours.items():
        held = known.get(name, "")
        if held and held not in (value, former):
            raise key_missing(name) if not value else _replaced(name)


def to_be_known(known: Mapping[str, str], ours: HeldKeys) -> Mapping[str, str]:
    """What the log does not know yet of our keys."""
    return {name: one.value for name, one in ours.items() if known.get(name, "") != one.value}


def key_missing(name: str) -> SettingsError:
    """What is to be raised for a key that is not here, though the log knows it."""
    return SettingsError(
        f"{name}.key is not here, and this log knows what was made under it: put it back from a"
        f" back-up, or what it was into {name}.previous.key to go on without it",
        code="KEY_MISSING",
    )


def _replaced(name: str) -> SettingsError:
    rotated = "" if name == _IDENTITY else f", or as {name}.previous.key if it was rotated"
    return SettingsError(
        f"{name}.key is another key, or one made anew, than what this log knows was made under: put"
        f" that one back from a back-up{rotated}",
        code="KEY_REPLACED",
    )
