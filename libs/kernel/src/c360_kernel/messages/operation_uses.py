"""What an operation on record used, which a thousand entries in a row say in the same bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from c360.events.v1 import events_pb2 as pb
from google.protobuf.message import DecodeError

from c360_kernel.payload import CoordinateUse

Uses: TypeAlias = tuple[CoordinateUse, ...]
_Name: TypeAlias = tuple[str, str, str]
"""What uses mostly depend on: the operation, the policy, and the roles that it was decided for."""
_NAMES = 1_000
_COUNTS = 100


@dataclass(slots=True)
class _Written:
    """So many uses as a payload holds them in one piece, and what they are by their counts."""

    data: bytes
    size: int
    by_counts: dict[Sequence[int], Uses] = field(default_factory=dict[Sequence[int], Uses])


class KnownUses:
    """Reads the uses of payloads, those that were read before at little cost."""

    def __init__(self) -> None:
        self._written: OrderedDict[_Name, _Written] = OrderedDict()

    def of(self, data: bytes, message: pb.OperationAudited) -> Uses:
        """The uses in a payload; `message` is what the payload was parsed as."""
        name = message.operation_hash, message.policy_version, message.role_set
        size = len(message.uses)
        written = self._written.get(name)
        if written is None or written.size != size or not _is_in(written.data, data):
            encoded = pb.OperationAudited(uses=message.uses).SerializeToString()
            if not size or not _is_in(encoded, data):
                return uses_of(message)
            written = _Written(encoded, size)
            self._keep(name, written)
        counts = tuple(message.use_counts)
        uses = written.by_counts.get(counts)
        if uses is None:
            if len(written.by_counts) == _COUNTS:
                written.by_counts.clear()
            uses = written.by_counts[counts] = uses_of(message)
        return uses

    def _keep(self, name: _Name, written: _Written) -> None:
        self._written[name] = written
        if len(self._written) > _NAMES:
            self._written.popitem(last=False)


def _is_in(written: bytes, data: bytes) -> bool:
    """Whether uses stand among the fields of a payload, and not within one of them.

    They do where what is before them is whole fields. A payload with as many uses has no others.
    """
    at = data.find(written)
    if at < 0:
        return False
    try:
        pb.OperationAudited.FromString(data[:at])
    except DecodeError:
        return False
    return True


def uses_of(message: pb.OperationAudited) -> Uses:
    """The uses of a message, with the counts that it has of them."""
    named = [(u.coordinate, u.use, u.decision, u.rule, u.tag) for u in message.uses]
    counts = [*message.use_counts, *[-1] * (len(named) - len(message.use_counts))]
    return tuple(
        [CoordinateUse(*one, None if n < 0 else n) for one, n in zip(named, counts, strict=False)]
    )
