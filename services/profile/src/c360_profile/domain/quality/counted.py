"""What a record, and a customer, counts as where the quality of data is measured.

It is kept as a text beside the counts that it is part of, so that it can be taken out of them
again: by whoever counts it anew, knowing nothing of what it said before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import orjson
from c360_kernel.record import RecordKey, TraitValue

MOST_COMPARED = 255
"""The values of a customer of more records are not compared: it is most often many people."""
NOT_COUNTED = ""
"""The text of what counts as nothing."""
_DAY_MS = 86_400_000
_HASH_BITS = 63
_HASH_BYTES = 8
_LAST_DAY = 84_000
"""A day of the year 2199, for all that was observed later still."""


class RecordCount(NamedTuple):
    """What a record counts as.

    `day` is when it was observed, in days UTC since 1970. `invalid` are the traits that it says
    something of that is no valid value, `valid` those with a valid one, and its hash.
    """

    source: str
    day: int
    invalid: Sequence[str]
    valid: Mapping[str, int]


Compared: TypeAlias = Mapping[str, tuple[bool, Mapping[str, int]]]
"""By trait of which several records of a customer have a valid value: whether these differ, and how
many each source has."""


def day_of(at: int) -> int:
    """The day of a moment in ms UTC; of the far past and future the first and the last one."""
    return min(max(at // _DAY_MS, 0), _LAST_DAY)


def hash_of(value: TraitValue) -> int:
    """A number of 63 bits, equal for equal values alone, as good as always."""
    digest = hashlib.blake2b(repr(value).encode(), digest_size=_HASH_BYTES).digest()
    return int.from_bytes(digest, "big") >> 1


def is_sampled(hashed: int, level: int) -> bool:
    """Whether a value is among the 2**-level of all that are looked at."""
    return not hashed >> (_HASH_BITS - level)


def compared(own: Iterable[tuple[RecordKey, Mapping[str, int]]]) -> Compared:
    """What is compared of the hashes of the valid values of a customer's records."""
    told: dict[str, list[tuple[str, int]]] = {}
    for key, valid in own:
        for name, hashed in valid.items():
            told.setdefault(name, []).append((key.source, hashed))
    return {name: _compared(said) for name, said in told.items() if len(said) > 1}


def _compared(told: Iterable[tuple[str, int]]) -> tuple[bool, Mapping[str, int]]:
    sources: dict[str, int] = {}
    hashes: set[int] = set()
    for source, hashed in told:
        sources[source] = sources.get(source, 0) + 1
        hashes.add(hashed)
    return len(hashes) > 1, sources


class KeptCount(NamedTuple):
    """What is kept of a record; of the valid values some are sampled, by hash."""

    day: int
    invalid: Sequence[str]
    valid: Sequence[str]
    sampled: Mapping[str, int]


def kept_of(count: RecordCount, levels: Mapping[str, int]) -> KeptCount:
    """What is kept of it, with the hashes of the values that are sampled at these levels."""
    sampled = {
        name: hashed
        for name, hashed in count.valid.items()
        if is_sampled(hashed, levels.get(name, 0))
    }
    return KeptCount(count.day, sorted(count.invalid), sorted(count.valid), sampled)


def record_text(kept: KeptCount) -> str:
    """What is kept of a record, as its text."""
    said = (kept.day, " ".join(kept.invalid), " ".join(kept.valid), kept.sampled)
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()


def compared_text(one: Compared) -> str:
    """What is compared of a customer."""
    return orjson.dumps(one, option=orjson.OPT_SORT_KEYS).decode() if one else NOT_COUNTED


def read_record(text: str) -> KeptCount:
    """What a record's text says."""
    day, invalid, valid, sampled = orjson.loads(text)
    return KeptCount(day, invalid.split(), valid.split(), sampled)


def read_compared(text: str) -> Compared:
    """What a customer's text says."""
    return orjson.loads(text) if text else {}
