"""How much of its memory the C library keeps apart for threads."""

from __future__ import annotations

import ctypes
import sys

# mallopt(3) of the GNU C library.
_M_ARENA_MAX = -8
_ARENAS = 2


def keep_few_arenas() -> None:
    """Let threads to come share two pools of memory, instead of eight for each core.

    Each thread has one of its own until there are so many, what is free in one serves no other,
    and forty threads with holes in each grow for hours. Other C libraries keep no such pools.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if set_option is not None:
        set_option(_M_ARENA_MAX, _ARENAS)
