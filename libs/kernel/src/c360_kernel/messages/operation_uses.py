"""What an operation on record used, which a thousand entries in a row say in the same bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from c360.events.v1 import events_pb2 as pb

from c360_kernel.payload import CoordinateUse

Uses: TypeAlias = tuple[CoordinateUse, ...]
_Name: TypeAlias = tuple[str, str, str]
"""What uses mostly depend on: the operation, the policy, and the roles that it was decided for."""
_HEADS = 1_000
_COUNTS = 100


@dataclass(slots=True)
class _Head:
    """A beginning of payloads that ends with the last of so many uses, and those by their counts.

    Payloads that begin with it and have as many uses have just these: what follows adds none.
    """

    data: bytes
    size: int
    by_counts: dict[Sequence[int], Uses] = field(default_factory=dict[Sequence[int], Uses])


class KnownUses:
    """Reads the uses of payloads, those that were read before at little cost."""

    def __init__(self) -> None:
        self._heads: OrderedDict[_Name, _Head] = OrderedDict()

    def of(self, data: bytes, message: pb.OperationAudited) -> Uses:
        """The uses in a payload; `message` is what the payload was parsed as."""
        name = message.operation_hash, message.policy_version, message.role_set
        head = self._heads.get(name)
        if head is None or head.size != len(message.uses) or not data.startswith(head.data):
            head = _head_of(data, message)
            if head is None:
                return uses_of(message)
            self._keep(name, head)
        counts = tuple(message.use_counts)
        uses = head.by_counts.get(counts)
        if uses is None:
            if len(head.by_counts) == _COUNTS:
                head.by_counts.clear()
            uses = head.by_counts[counts] = uses_of(message)
        return uses

    def _keep(self, name: _Name, head: _Head) -> None:
        self._heads[name] = head
        if len(self._heads) > _HEADS:
            self._heads.popitem(last=False)


def uses_of(message: pb.OperationAudited) -> Uses:
    """The uses of a message, with the counts that it has of them."""
    named = [(u.coordinate, u.use, u.decision, u.rule, u.tag) for u in message.uses]
    counts = [*message.use_counts, *[-1] * (len(named) - len(message.use_counts))]
    return tuple(
        [CoordinateUse(*one, None if n < 0 else n) for one, n in zip(named, counts, strict=False)]
    )


def _head_of(data: bytes, message: pb.OperationAudited) -> _Head | None:
    """The beginning of a payload that holds all of its uses, if it has any in one place."""
    if not message.uses:
        return None
    last = message.uses[-1].SerializeToString()
    end = data.rfind(last) + len(last)
    try:
        begun = pb.OperationAudited.FromString(data[:end])
    except Exception:  # the bytes stand elsewhere as well, within something else
        return None
    return _Head(data[:end], len(message.uses)) if begun.uses == message.uses else None
