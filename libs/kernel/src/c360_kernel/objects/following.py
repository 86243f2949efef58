"""An object that changed, as what is scheduled names it while its events are gone through.

Such a key begins with `object:` and has the entry that says so, and how far its events have been
gone through. Of many customers each is told in its turn, so that no entry causes more than a page
at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import orjson

from c360_kernel.objects.known import ObjectName
from c360_kernel.projection.schedule import Scheduled

_OBJECT = "object:"


class Following(NamedTuple):
    """An object that changed, by the entry of this stamp; which property names it on events that
    are to be gone through, and from which place on."""

    name: ObjectName
    stamp: str
    by: str
    after: str = ""

    @property
    def key(self) -> str:
        """The key under which it is scheduled."""
        return _OBJECT + orjson.dumps([*self.name, self.stamp, self.by, self.after]).decode()


def is_object(one: Scheduled) -> bool:
    """Whether it is an object whose events are to be gone through; no id of a customer is."""
    return one.key.startswith(_OBJECT)


def followed(due: Iterable[Scheduled]) -> Iterator[Following]:
    """The objects among what is due."""
    for one in filter(is_object, due):
        type_, key, stamp, by, after = orjson.loads(one.key.removeprefix(_OBJECT))
        yield Following(ObjectName(type_, key), stamp, by, after)
