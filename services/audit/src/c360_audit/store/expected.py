"""What has to be kept beside a payload, by which operations are found."""

from __future__ import annotations

from c360_kernel.errors import Invalid

from c360_audit.domain.activity import Actor, Sign, signs_of
from c360_audit.domain.operation import Audited
from c360_audit.store.reading import read_audited


class Expected:
    """What follows from a payload."""

    def __init__(self, audited: Audited) -> None:
        operation = audited.operation
        self.at = operation.at
        self.principal = operation.principal
        self.actor = Actor.of(operation)
        self.marks = sorted(audited.marks)
        self.times = operation.times
        self.signs: Sign = signs_of(operation)
        self.subjects = sorted(set(operation.subjects))


def expected(entry_id: str, data: bytes) -> Expected | None:
    """What follows from a payload; None where it is none."""
    try:
        return Expected(read_audited(entry_id, data))
    except Invalid:
        return None
