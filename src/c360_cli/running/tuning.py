"""How a long-running process of ours uses the interpreter."""

from __future__ import annotations

import gc
import sys

from c360_kernel.metering import leave_out_collections

# What outlived three collections is looked through before it is so much that requests wait for it.
_YOUNG_OBJECTS, _YOUNG, _MIDDLE = 100_000, 3, 1_500
_SWITCH_S = 0.001


def tune_process() -> None:
    """Collect garbage cycles rarely, and let waiting threads in sooner.

    A batch makes some ten thousand short-lived values without cycles, so the default threshold
    of 700 spends a quarter of a worker's time looking for none. Reads share the interpreter
    with workers, and must not wait the default 5 ms for their turn. A request pays for none of
    the seconds that looking through everything takes.
    """
    leave_out_collections()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, _YOUNG, _MIDDLE)
    sys.setswitchinterval(_SWITCH_S)
