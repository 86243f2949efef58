"""A process that is told to end does, within a bounded time, whatever it is in the middle of.

What is under way is told to stop and waited for, and what does not stop is left. That loses
nothing: what a store or the log took is there, and the rest is taken up at the next start, as after
a kill.
"""

from __future__ import annotations

import faulthandler

END_S = 20.0
"""From the word to the end. Kubernetes kills after 30, of which five pass before it tells."""
_STANDARD_ERROR = 2
_begun = [False]


def end_in_time() -> None:
    """End this process with status 1 unless it has ended by itself within `END_S`.

    It then says where each thread is, and nothing in the process can keep it from that. May be
    called by who handles a signal; of several calls the first counts.
    """
    if not _begun[0]:
        _begun[0] = True
        faulthandler.dump_traceback_later(END_S, exit=True, file=_STANDARD_ERROR)
