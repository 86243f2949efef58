"""Which keys an instance has held: one that is lost, or another, is not one that never was.

A file beside each key says so or, where keys are mounted for reading only, one
in `held` of the data directory. It needs no store to be near, which may be on a server. Of keys
that nothing else would miss it holds check values, the latest last: each a digest under the key,
which tells nothing of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
from collections.abc import Sequence
from pathlib import Path

from c360_kernel.errors import SettingsError
from c360_kernel.new_file import replace_whole

_CHECKED = b"c360:held"
_DIGITS = 32


def check_value(secret: bytes) -> str:
    """Tells a secret from another, and nothing else of it."""
    return hmac.digest(secret, _CHECKED, hashlib.sha256).hex()[:_DIGITS]


def was_held(key: Path) -> bool:
    """Whether there was this key once. To be asked before it is looked for."""
    return _mark(key).exists()


def note_held(key: Path) -> None:
    """There is this key. Where nothing can be written at all, nobody will know."""
    mark = _mark(key)
    if not mark.exists():
        with contextlib.suppress(OSError):
            mark.parent.mkdir(exist_ok=True)
            mark.touch()


def hold(key: Path, value: str, former: str | None = None) -> None:
    """This is the check value of the key now, and `former` of the one that it took the place of.

    One that was never told, as of before there were check values, is taken up. Raises
    `SettingsError` (KEY_REPLACED) for another key in the place of the one that was held, unless
    that is the former one.
    """
    held = _values(key)
    if held and held[-1] not in (value, former):
        raise replaced(key)
    if not held or held[-1] != value:
        earlier = held or ([former] if former else [])
        mark = _mark(key)
        with contextlib.suppress(OSError):
            mark.parent.mkdir(exist_ok=True)
            replace_whole(mark, "".join(f"{one}\n" for one in (*earlier, value)).encode())


def is_former(key: Path, value: str) -> bool:
    """Whether the key with this check value was held, as far as is known."""
    held = _values(key)
    return not held or value in held


def lost(key: Path) -> SettingsError:
    """What is to be raised for a key that something that stands was named under."""
    return SettingsError(
        f"{key} is gone, and what stands was made under it: put the key back from a back-up"
        f" (or remove {_mark(key)}, if nothing stands)",
        code="KEY_MISSING",
    )


def replaced(key: Path, mark_of: Path | None = None) -> SettingsError:
    """What is to be raised for another key in its place; `mark_of` is the key with the mark."""
    return SettingsError(
        f"{key} is another key than what stands was made under: put that one back from a back-up"
        f" (or remove {_mark(mark_of or key)}, if nothing stands)",
        code="KEY_REPLACED",
    )


def _values(key: Path) -> Sequence[str]:
    with contextlib.suppress(FileNotFoundError):
        return _mark(key).read_text("ascii", "replace").split()
    return ()


def _mark(key: Path) -> Path:
    beside = key.with_suffix(".held")
    if beside.exists() or os.access(key.parent, os.W_OK):
        return beside
    return key.parent.parent / "held" / beside.name
