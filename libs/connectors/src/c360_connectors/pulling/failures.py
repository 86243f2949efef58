"""What an answer means that is none of rows: log in again, ask later, go on without, or stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from c360_connectors.answers import Find

Then = Literal["login", "retry", "skip", "stop"]
OF_PULLS: Sequence[Then] = ("login", "retry", "stop")
OF_FETCHES: Sequence[Then] = (*OF_PULLS, "skip")
_NOT_THERE = frozenset({404, 410})
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_UNKNOWN_CALLER = frozenset({401, 403})
_OK, _MULTIPLE, _SERVER = 200, 300, 500


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """An answer whose value at a path is one of these, or is there and none of them."""

    find: Find
    values: frozenset[str]
    is_among: bool
    then: Then

    def holds(self, answer: object) -> bool:
        """Whether it is of this answer."""
        found = [_text(value) for value in self.find(answer)]
        return any((one in self.values) == self.is_among for one in found)


def by_status(status: int) -> Then | None:
    """What a status of HTTP means; None where the answer is one."""
    if _OK <= status < _MULTIPLE:
        return None
    if status in _UNKNOWN_CALLER:
        return "login"
    if status in _NOT_THERE:
        return "skip"
    return "retry" if status in _LATER or status >= _SERVER else "stop"


def by_content(answer: object, rules: Sequence[ErrorRule]) -> Then | None:
    """What the first rule says that holds; sources tell errors in answers of status 200."""
    return next((rule.then for rule in rules if rule.holds(answer)), None)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)
