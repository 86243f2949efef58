"""What the answer of a receiver comes to, and when a message is tried again."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from c360_activation.domain.delivery import Outcome

_S, _MIN, _H = 1_000, 60_000, 3_600_000
PAUSES_MS = (5 * _S, 5 * _MIN, 30 * _MIN, 2 * _H, 5 * _H, 10 * _H, 14 * _H, 20 * _H, 24 * _H)
"""After each try that failed; together three days, and a try more than there are pauses."""
_SPREAD = 0.2
_LEAST_WAIT_S, _LONGEST_WAIT_S = PAUSES_MS[0] / _S, 86_400.0
_UNANSWERED_MS = 60 * _S
_FIRST_UNANSWERED_MS = 2 * _S
GONE = "RECEIVER_GONE"
Chance = Callable[[float, float], float]
Way: TypeAlias = Literal["failed", "throttled", "gone", "refused"]
"""How a message was not taken: it may be the next time; the receiver wants less; it wants nothing
any more; it never takes this one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver made of a message: `code` says why it was not taken, "" where it was.

    `said` is its answer in short, for who tries it out; `retry_after` is how many seconds it wants
    to be left alone, None where it did not say.
    """

    code: str = ""
    said: str = ""
    way: Way = "failed"
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a message, and of its destination: paused until, or disabled."""

    outcome: Outcome
    paused_until: int = 0
    disabled: str = ""


def verdict_of(
    answer: Answer, attempts: int, at: int, now: int, chance: Chance = random.uniform
) -> Verdict:
    """What one more try after `attempts` comes to, at `now`; `at` is the message's (ms)."""
    if not answer.code:
        return Verdict(Outcome("sent", attempts + 1))
    if answer.way == "gone":
        # It waits with those behind it, for whoever turns the destination on again.
        return Verdict(Outcome("waiting", attempts + 1, answer.code, now), disabled=GONE)
    if answer.way == "refused":
        return Verdict(Outcome("failed", attempts + 1, answer.code))
    outcome = after_failure(answer.code, attempts, now, chance)
    if answer.way == "failed":
        return Verdict(outcome)
    return _throttled(answer, outcome, attempts, at, now)


def _throttled(answer: Answer, outcome: Outcome, attempts: int, at: int, now: int) -> Verdict:
    wanted = answer.retry_after
    if wanted is None:
        return Verdict(outcome, paused_until=outcome.due)
    until = now + int(min(max(wanted, _LEAST_WAIT_S), _LONGEST_WAIT_S) * _S)
    # Who says when is not out of order: what it puts off is not counted, while it is not for ever.
    if now - at > sum(PAUSES_MS):
        return Verdict(replace(outcome, due=max(outcome.due, until)), paused_until=until)
    return Verdict(Outcome("waiting", attempts, answer.code, until), paused_until=until)


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
