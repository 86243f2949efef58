"""Tags: what people and campaigns say of customers, per source record, and until when."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from c360_kernel.payload import TagValue
from c360_kernel.record import RecordKey
from c360_kernel.stamp import stamp_ms

_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Tagging:
    """A tag put on a record by a writer, or taken off (`value` None).

    `expires_at` is until when it holds (ms UTC), 0 for one without an end. `author` is who did it,
    `message_id` names it for its writer, "" where it has no name.
    """

    tag: str
    writer: str
    value: TagValue | None
    stamp: str
    expires_at: int = 0
    author: str = ""
    reason: str = ""
    message_id: str = ""

    @property
    def since(self) -> int:
        """When it was said: ms UTC."""
        return stamp_ms(self.stamp)

    def is_active(self, present: int) -> bool:
        """Whether the record has the tag once it is `present` (ms UTC).

        One that arrives after its end never holds.
        """
        if self.value is None:
            return False
        return not self.expires_at or self.expires_at > max(present, self.since)


class Tagged(NamedTuple):
    """What was said of a tag and the record that it was said of."""

    record: RecordKey
    tagging: Tagging

    @property
    def name(self) -> str:
        """Names what was said: sent again under one message id it is the same."""
        t = self.tagging
        said = (t.tag, t.writer, t.message_id, "" if t.message_id else t.stamp)
        return hashlib.blake2b(repr(said).encode(), digest_size=_ID_BYTES).hexdigest()


def once(tagged: Iterable[Tagged]) -> Mapping[tuple[RecordKey, str], Tagged]:
    """Each by its record and name; of what was sent again, what came first."""
    found: dict[tuple[RecordKey, str], Tagged] = {}
    for one in tagged:
        held = found.setdefault((one.record, one.name), one)
        if one.tagging.stamp < held.tagging.stamp:
            found[one.record, one.name] = one
    return found


def newest(taggings: Iterable[Tagging]) -> tuple[Tagging, ...]:
    """Of each tag and writer what was said last, by tag and writer."""
    found: dict[tuple[str, str], Tagging] = {}
    for one in taggings:
        held = found.setdefault((one.tag, one.writer), one)
        if one.stamp > held.stamp:
            found[one.tag, one.writer] = one
    return tuple(found[name] for name in sorted(found))


class CustomerTagging(NamedTuple):
    """What decides about a customer's tag, and the record that it was said of."""

    tagging: Tagging
    record: RecordKey


def held_by(
    active: Iterable[tuple[RecordKey, Iterable[Tagging]]],
) -> Mapping[str, CustomerTagging]:
    """By tag what was said last of those that hold on any record: a customer has them all."""
    found: dict[str, CustomerTagging] = {}
    for record, taggings in active:
        for one in taggings:
            held = found.get(one.tag)
            if held is None or (one.stamp, record) > (held.tagging.stamp, held.record):
                found[one.tag] = CustomerTagging(one, record)
    return {tag: found[tag] for tag in sorted(found)}


def active_at(said: Sequence[Tagging], instant: int) -> Iterator[Tagging]:
    """What held of one record at an instant (ms UTC); of all that was ever said of it."""
    known = (one for one in said if one.since <= instant)
    return (one for one in newest(known) if one.is_active(instant))
