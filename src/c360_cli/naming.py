"""The keys of a data directory that something is named or signed under which stays, as the log
knows them."""

from __future__ import annotations

from pathlib import Path

from c360_kernel.held_keys import check_value
from c360_kernel.keyfile import secret_of
from c360_kernel.log.naming_keys import HeldKey, HeldKeys
from c360_kernel.subject_names import FILE as SUBJECTS
from c360_kernel.subject_names import check_value_in

_INSTANCE = "instance"
_NAMING = ("identity", "account", "audit", "profile", _INSTANCE)
_BESIDE = ("mask-tokens", SUBJECTS.removesuffix(".key"))


def held_keys(keys: Path) -> HeldKeys:
    """Those that are in a directory, with what they took the place of.

    Whoever holds the instance's key names customers and makes tokens as well, so that there is no
    key for one of these is told too. Raises `SettingsError` for a file that is no key.
    """
    names = [name for name in _NAMING if (keys / f"{name}.key").exists()]
    if _INSTANCE in names:
        names += _BESIDE
    return {name: HeldKey(_value(keys, name), _value(keys, f"{name}.previous")) for name in names}


def _value(keys: Path, name: str) -> str:
    file = keys / f"{name}.key"
    if not file.exists():
        return ""
    return check_value_in(file) if file.name == SUBJECTS else check_value(secret_of(file))
