"""How a long-running process of ours uses the interpreter."""

from __future__ import annotations

import ctypes
import gc
import sys

from c360_kernel.metering import leave_out_collections

_YOUNG_OBJECTS = 100_000
_SWITCH_S = 0.001
# mallopt(3) of the GNU C library.
_M_ARENA_MAX = -8
_ARENAS = 2


def tune_process() -> None:
    """Collect garbage cycles rarely, and let waiting threads in sooner.

    A batch makes some ten thousand short-lived values without cycles, so the default threshold
    of 700 spends a quarter of a worker's time looking for none. Reads share the interpreter
    with workers, and must not wait the default 5 ms for their turn. A request pays for none of
    the seconds that looking through everything takes.
    """
    keep_few_arenas()
    leave_out_collections()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, 50, 100)
    sys.setswitchinterval(_SWITCH_S)


def keep_few_arenas() -> None:
    """Let the C library keep two pools of memory, and not eight for each core.

    Each thread has one of its own until there are so many, what is free in one serves no other,
    and forty threads with holes in each grow for hours. Other C libraries keep no such pools.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if set_option is not None:
        set_option(_M_ARENA_MAX, _ARENAS)
