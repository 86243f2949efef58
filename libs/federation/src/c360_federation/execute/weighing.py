"""How much subgraphs answered to one request, counted as it comes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from c360_federation.errors import ANSWER_TOO_LARGE, ErrorEntry, entry
from c360_federation.execute.transport import SubgraphReplyTooLarge, SubgraphResponse, Weight
from c360_federation.values import Json

_MARKS_BYTES = 2
"""What stands around a text, an object or a list: also nothing at all takes room."""
_PLAIN_BYTES = 4
"""What a number, a boolean or a null takes as JSON, roughly."""


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """The most that subgraphs may answer to one request, and the seconds that it may take.

    `objects` are those of the answer before it is projected, errors with them; `size` is in bytes.
    """

    objects: float = math.inf
    size: float = math.inf
    seconds: float = math.inf


def weigh(value: Json, most: float = math.inf) -> Weight:
    """The weight of a value; of one with more than so many objects, a part of it."""
    objects = size = 0
    waiting = [value]
    while waiting:
        one = waiting.pop()
        kind = type(one)
        if kind is str:
            size += len(one) + _MARKS_BYTES
        elif kind is dict:
            objects += 1
            if objects > most:
                break
            size += 8 * len(one) + _MARKS_BYTES
            waiting.extend(one.values())
        elif kind is list:
            size += len(one) + _MARKS_BYTES
            waiting.extend(one)
        else:
            size += _PLAIN_BYTES
    return Weight(objects, size)


class AnswerBudget:
    """What is left of the limits; raises `SubgraphReplyTooLarge` for the first thing too much.

    `objects` is what was spent of them.
    """

    __slots__ = ("_limits", "_size", "objects")

    def __init__(self, limits: AnswerLimits) -> None:
        self._limits = limits
        self.objects = 0
        self._size = 0

    def spend_answer(self, response: SubgraphResponse, known: int) -> None:
        """Count an answer, which is weighed as far as it may go unless its transport did that."""
        weight = response.weight
        if weight is None:
            most = self._limits.objects - self.objects + known
            weight = weigh([response.data, response.errors], most)
        self.spend(weight, known)

    def spend(self, weight: Weight, known: int = 0) -> None:
        """Count what came; `known` of its objects only add to others."""
        self.objects += weight.objects - known
        self._size += weight.size
        if self.objects > self._limits.objects or self._size > self._limits.size:
            raise SubgraphReplyTooLarge("More was answered than the request may take")

    def error(self) -> ErrorEntry:
        """The one error of an answer that is too large."""
        message = "The answer is larger than one request may take: ask for less at a time"
        return entry(ANSWER_TOO_LARGE, message)
