"""Which keys an instance has held: one that is lost is not one that never was.

An empty file beside each key says so. It needs no store to be near, which may be on a server.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from c360_kernel.errors import SettingsError


def was_held(key: Path) -> bool:
    """Whether there was this key once. To be asked before it is looked for."""
    return _mark(key).exists()


def note_held(key: Path) -> None:
    """There is this key. Where nothing can be written keys are mounted, and never made."""
    mark = _mark(key)
    if not mark.exists():
        with contextlib.suppress(OSError):
            mark.touch()


def lost(key: Path) -> SettingsError:
    """What is to be raised for a key that something that stands was named under."""
    return SettingsError(
        f"{key} is gone, and what stands was made under it: put the key back from a back-up"
        f" (or remove {_mark(key).name}, if nothing stands)",
        code="KEY_MISSING",
    )


def _mark(key: Path) -> Path:
    return key.with_suffix(".held")
