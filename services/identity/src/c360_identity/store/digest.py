"""A hash of the logical content, equal for equal evidence whatever the store or the run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.evidence.model import Pair, StewardDecision
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.model import Observation


class RecordContent(NamedTuple):
    """What a digest says of one record; `events` is how many events it has."""

    key: RecordKey
    seed: RecordKey | None
    events: int
    observations: Sequence[Observation]


def digest(
    records: Iterable[RecordContent],
    rulings: Mapping[Pair, StewardDecision],
    generic: Iterable[Identifier],
) -> str:
    """SHA-256 in hex over records in the order of their keys, rulings, and generic identifiers.

    A customer is named by its first record in that order, so that nothing
    depends on ids, stamps or versions.
    """
    hashed = hashlib.sha256()
    names: dict[RecordKey, RecordKey] = {}
    for record in records:
        name = None if record.seed is None else names.setdefault(record.seed, record.key)
        edges = sorted((*o.identifier, o.refused) for o in record.observations if o.active)
        hashed.update(_line([record.key, name, record.events, edges]))
    for pair, decision in sorted(rulings.items(), key=lambda item: item[0]):
        hashed.update(_line([pair, decision.kind]))
    for identifier in sorted(generic):
        hashed.update(_line(identifier))
    return hashed.hexdigest()


def _line(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode() + b"\n"
