"""What a record, and a customer, counts as where the quality of data is measured.

It is kept as a text beside the counts that it is part of, so that it can be taken out of them
again: by whoever counts it anew, knowing nothing of what it said before.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import orjson
from c360_kernel.record import TraitValue

MOST_COMPARED = 255
"""The values of a customer of more records are not compared: it is most often many people."""
NOT_COUNTED = ""
"""The text of what counts as nothing."""
_DAY_MS = 86_400_000
_MARK_BITS = 32
_REST_BITS = 16
_REMEMBERED, _LONGEST_REMEMBERED = 8_192, 64
_LAST_DAY = 84_000
"""A day of the year 2199, for all that was observed later still."""


class RecordCount(NamedTuple):
    """What a record counts as.

    `day` is when it was observed, in days UTC since 1970. `invalid` are the traits that it says
    something of that is no valid value, `valid` the valid values by trait.
    """

    source: str
    day: int
    invalid: Sequence[str]
    valid: Mapping[str, TraitValue]


class KeptCount(NamedTuple):
    """What is kept of a record.

    Names of traits, parted by blanks, and the hashes of the valid values in the order of their
    names: 0 of one that is not sampled, none where none is.
    """

    day: int
    invalid: str
    valid: str
    sampled: Sequence[int]


class Contrast(NamedTuple):
    """Traits, parted by blanks, of which a customer has valid values of just these records, given
    by how many each source has: those where all say the same, and those where they do not.
    """

    sources: Mapping[str, int]
    alike: str
    differing: str


Compared: TypeAlias = Sequence[Contrast]
"""What is compared of a customer: each trait of which several of its records have a value, once."""

_Own: TypeAlias = tuple[str, Mapping[str, TraitValue]]
"""The valid values of a record, with its source."""


def day_of(at: int) -> int:
    """The day of a moment in ms UTC; of the far past and future the first and the last one."""
    return min(max(at // _DAY_MS, 0), _LAST_DAY)


def hash_of(value: TraitValue) -> int:
    """A number of 48 bits, equal for equal values, and hardly ever for others."""
    said = _bytes_of(value)
    return zlib.crc32(said) << _REST_BITS | _rest_of(said)


def is_sampled(hashed: int, level: int) -> bool:
    """Whether a value is among the 2**-level of all that are looked at."""
    return not hashed >> (_MARK_BITS + _REST_BITS - level)


def kept_of(count: RecordCount, levels: Mapping[str, int]) -> KeptCount:
    """What is kept of a record, with the values that are sampled at these levels."""
    names = sorted(count.valid)
    sampled = [_sampled(count.valid[name], levels.get(name, 0)) for name in names]
    valid = " ".join(names)
    return KeptCount(
        count.day, " ".join(sorted(count.invalid)), valid, sampled if any(sampled) else ()
    )


def _sampled(value: TraitValue, level: int) -> int:
    """The hash of a value, 0 where it is not sampled: of most the first half of it is enough."""
    if not level and type(value) is str and len(value) <= _LONGEST_REMEMBERED:
        return _remembered(value)
    said = _bytes_of(value)
    mark = zlib.crc32(said)
    return 0 if mark >> (_MARK_BITS - level) else mark << _REST_BITS | _rest_of(said)


# All of them are looked at where there are few different ones.
_remembered = lru_cache(_REMEMBERED)(hash_of)


def _bytes_of(value: TraitValue) -> bytes:
    return (value if type(value) is str else repr(value)).encode()


def _rest_of(said: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(said, digest_size=2).digest(), "big")


def compared(own: Sequence[_Own], without: Set[str]) -> Compared:
    """What is compared of the valid values of a customer's records, each with its source."""
    if len(own) == 2:
        return _compared_two(own[0], own[1], without)
    return compared_many(own, without)


def _compared_two(one: _Own, other: _Own, without: Set[str]) -> Compared:
    """As `compared_many`, of the two records that most have who have several."""
    (first, valid), (second, also) = one, other
    both = sorted((valid.keys() & also.keys()) - without)
    if not both:
        return ()
    alike = [name for name in both if valid[name] == also[name]]
    differing = [name for name in both if valid[name] != also[name]]
    sources = _counted(sorted((first, second)))
    return [Contrast(sources, " ".join(alike), " ".join(differing))]


def compared_many(own: Sequence[_Own], without: Set[str]) -> Compared:
    """As `compared`, of any number of records."""
    once: set[str] = set()
    several: set[str] = set()
    for _, valid in own:
        several |= once & valid.keys()
        once |= valid.keys()
    groups: dict[tuple[str, ...], tuple[list[str], list[str]]] = {}
    for name in sorted(several - without):
        said = [(source, valid[name]) for source, valid in own if name in valid]
        alike, differing = groups.setdefault(tuple(sorted([s for s, _ in said])), ([], []))
        (differing if len({value for _, value in said}) > 1 else alike).append(name)
    return [
        Contrast(_counted(sources), " ".join(alike), " ".join(differing))
        for sources, (alike, differing) in sorted(groups.items())
    ]


def _counted(sources: Iterable[str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for source in sources:
        found[source] = found.get(source, 0) + 1
    return found


def record_text(kept: KeptCount) -> str:
    """What is kept of a record, as its text."""
    return orjson.dumps(tuple(kept)).decode()


def read_record(text: str) -> KeptCount:
    """What a record's text says."""
    return KeptCount(*orjson.loads(text))


def compared_text(one: Compared) -> str:
    """What is compared of a customer, as its text."""
    told = [tuple(contrast) for contrast in one]
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode() if told else NOT_COUNTED


def read_compared(text: str) -> Compared:
    """What a customer's text says."""
    return [Contrast(*one) for one in orjson.loads(text)] if text else ()
