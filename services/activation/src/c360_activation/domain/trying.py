"""What the answer of a receiver means, and when a message is tried again.

By Standard Webhooks: 2xx is success, 410 ends it, 429, 502 and 504 ask for less. Nothing is
followed to another address, so a redirect is a failure like any other.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from c360_activation.domain.delivery import Outcome

_S, _MIN, _H = 1_000, 60_000, 3_600_000
PAUSES_MS = (5 * _S, 5 * _MIN, 30 * _MIN, 2 * _H, 5 * _H, 10 * _H, 14 * _H, 20 * _H, 24 * _H)
"""After each try that failed; together three days, and a try more than there are pauses."""
_SPREAD = 0.2
_LEAST_WAIT_S, _LONGEST_WAIT_S = PAUSES_MS[0] / _S, 86_400.0
_UNANSWERED_MS = 60 * _S
_FIRST_UNANSWERED_MS = 2 * _S
GONE = "RECEIVER_GONE"
_OK, _MULTIPLE, _GONE = 200, 300, 410
_THROTTLING = frozenset({429, 502, 503, 504})
Chance = Callable[[float, float], float]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a receiver answered; `retry_after` is in seconds, None where it said nothing."""

    status: int
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a message, and of its destination: paused until, or disabled."""

    outcome: Outcome
    paused_until: int = 0
    disabled: str = ""


def verdict_of(
    reply: Reply, attempts: int, at: int, now: int, chance: Chance = random.uniform
) -> Verdict:
    """What a reply to one more try after `attempts` means, at `now`; `at` is the message's (ms)."""
    if _OK <= reply.status < _MULTIPLE:
        return Verdict(Outcome("sent", attempts + 1))
    code = f"HTTP_{reply.status}"
    if reply.status == _GONE:
        # It waits with those behind it, for whoever turns the destination on again.
        return Verdict(Outcome("waiting", attempts + 1, code, now), disabled=GONE)
    outcome = after_failure(code, attempts, now, chance)
    if reply.status not in _THROTTLING:
        return Verdict(outcome)
    wanted = reply.retry_after
    if wanted is None:
        return Verdict(outcome, paused_until=outcome.due)
    until = now + int(min(max(wanted, _LEAST_WAIT_S), _LONGEST_WAIT_S) * _S)
    # Who says when is not out of order: what it puts off is not counted, while it is not for ever.
    if now - at > sum(PAUSES_MS):
        return Verdict(replace(outcome, due=max(outcome.due, until)), paused_until=until)
    return Verdict(Outcome("waiting", attempts, code, until), paused_until=until)


def after_failure(code: str, attempts: int, now: int, chance: Chance = random.uniform) -> Outcome:
    """One more try failed: when the next is due, or that there is none."""
    if attempts >= len(PAUSES_MS):
        return Outcome("failed", attempts + 1, code)
    pause = PAUSES_MS[attempts] * chance(1 - _SPREAD, 1 + _SPREAD)
    return Outcome("waiting", attempts + 1, code, now + int(pause))


def after_no_answer(code: str, attempts: int, waited: int, now: int) -> Outcome:
    """Whether it may be sent could not be found out: nothing is sent, and soon asked again.

    No try is counted: the receiver has nothing to do with it. `waited` is for how long, in ms.
    """
    pause = min(max(waited, _FIRST_UNANSWERED_MS), _UNANSWERED_MS)
    return Outcome("waiting", attempts, code, now + pause)
