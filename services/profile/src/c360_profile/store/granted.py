"""The purposes that customers consent to, read of as many as are asked about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from c360_profile.domain.consent import most_restrictive
from c360_profile.domain.record import SourceRecord
from c360_profile.store.port import ProfileReader

_GRANTED = "granted"
_CHUNK = 1_000


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


def _granted(records: Sequence[SourceRecord]) -> frozenset[str]:
    answers = most_restrictive((one.key, one.consents.values()) for one in records)
    return frozenset(one.consent.purpose for one in answers if one.consent.status == _GRANTED)
