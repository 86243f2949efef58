"""Numbers and lists of customers that tell of nobody alone, for callers who may be told of none.

A group of fewer than the caller's smallest is not told of. The number of any other is rounded; and
where the group differs from one that was told before, or from everybody, by fewer than that, it is
the number of that one again. A refusal would tell of the few between them as well. So a question
has its first answer until as many have come or gone. The members of such a group are not listed,
where the other one was another question's. Of one process; a principal that was forgotten for
others begins anew.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from c360_kernel.errors import Invalid

ROUNDED_TO = 5
_BITS = 2048
_MOST_GROUPS = 1_000
_MOST_PRINCIPALS = 500
_REMEMBERED_S = 24 * 3600.0


class GroupSuppressed(Invalid):
    """Fewer customers than may be told of, or a list that differs by as few from another."""

    code = "SUPPRESSED_SMALL_GROUP"

    def __init__(self) -> None:
        super().__init__("the group, or its difference from another, is too small to be told of")


def sketch(members: Iterable[object]) -> int:
    """A set as the parity of its members' hashes (an odd sketch), good within this process.

    The sketches of two sets differ in about as many bits as the sets differ in members, if that
    are few. Mitzenmacher, Pagh, Pham: Efficient estimation for high similarities using odd
    sketches, 2014.
    """
    bits = 0
    for member in members:
        bits ^= 1 << (hash(member) % _BITS)
    return bits


def rounded(size: int) -> int:
    """A size as it is told."""
    return size - size % ROUNDED_TO


@dataclass(frozen=True, slots=True)
class Group:
    """Whom a question is about: how many, of how many in all, and their sketch."""

    size: int
    of: int
    members: int


@dataclass(slots=True)
class _Disclosure:
    question: str
    members: int
    size: int
    at: float


class Size(NamedTuple):
    """The number to tell, and whether the members may be listed."""

    shown: int
    may_list: bool


class DisclosedGroups:
    """What each principal was told of groups. Safe to share between threads."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._lock = threading.Lock()
        self._disclosed: OrderedDict[str, list[_Disclosure]] = OrderedDict()

    def disclose(self, principal: str, question: str, group: Group, least: int) -> Size:
        """What to tell of a group; raises `GroupSuppressed`. `question` names what is asked."""
        if group.size < least:
            raise GroupSuppressed
        left_out = group.of - group.size
        if left_out < least:
            return Size(rounded(group.of), may_list=left_out == 0)
        with self._lock:
            disclosed = self._remembered(principal)
            close = [one for one in disclosed if _differ(one.members, group.members) < least]
            if close:
                return Size(rounded(close[0].size), not _are_of_others(close, question, group))
            if len(disclosed) >= _MOST_GROUPS:
                raise GroupSuppressed
            disclosed.append(_Disclosure(question, group.members, group.size, self._now_s()))
            return Size(rounded(group.size), may_list=True)

    def _remembered(self, principal: str) -> list[_Disclosure]:
        since = self._now_s() - _REMEMBERED_S
        disclosed = [one for one in self._disclosed.pop(principal, ()) if one.at > since]
        self._disclosed[principal] = disclosed
        if len(self._disclosed) > _MOST_PRINCIPALS:
            self._disclosed.popitem(last=False)
        return disclosed


def _differ(one: int, other: int) -> int:
    return (one ^ other).bit_count()


def _are_of_others(close: list[_Disclosure], question: str, group: Group) -> bool:
    return any(one.question != question and one.members != group.members for one in close)
