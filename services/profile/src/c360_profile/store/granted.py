"""The purposes that customers consent to, read of as many as are asked about."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from c360_kernel.conditions.tree import EVERYBODY

from c360_profile.domain.consent import most_restrictive
from c360_profile.domain.record import SourceRecord
from c360_profile.store.port import ProfileReader

_GRANTED = "granted"
_CHUNK = 1_000
_PAGE = 500


async def granted_purposes(
    reader: ProfileReader, customers: Collection[str]
) -> Mapping[str, frozenset[str]]:
    """By customer. The most restrictive answer of all its records counts, for each purpose."""
    found: dict[str, frozenset[str]] = {}
    ids = sorted(customers)
    for first in range(0, len(ids), _CHUNK):
        some = ids[first : first + _CHUNK]
        answered = await reader.answering(some)
        found |= {one: _granted(answered.get(one, ())) for one in some}
    return found


async def pages_of_granting(
    reader: ProfileReader, purpose: str
) -> AsyncIterator[tuple[Sequence[str], int]]:
    """The ids of all live customers, so many at a time; with a purpose of those who have granted
    it, and how many of the page have not."""
    ids = sorted(await reader.matching(EVERYBODY))
    for first in range(0, len(ids), _PAGE):
        some = ids[first : first + _PAGE]
        granted = await granted_purposes(reader, some) if purpose else {}
        granting = [one for one in some if not purpose or purpose in granted[one]]
        yield granting, len(some) - len(granting)


def _granted(records: Sequence[SourceRecord]) -> frozenset[str]:
    answers = most_restrictive((one.key, one.consents.values()) for one in records)
    return frozenset(one.consent.purpose for one in answers if one.consent.status == _GRANTED)
