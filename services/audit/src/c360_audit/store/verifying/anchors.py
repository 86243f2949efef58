"""Signed checkpoints, wherever they were kept: what everything else is held against."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from c360_kernel.errors import Invalid
from c360_kernel.signed_note import verified
from c360_kernel.signing import SigningKeys

from c360_audit.domain.findings import Finding
from c360_audit.domain.merkle.checkpoint import Checkpoint
from c360_audit.store.signing import origin_of

STORE = "the audit store"
"""Where the checkpoints were found that are kept with the trees themselves."""
_PARTITION = re.compile(r"/audit/(0|[1-9][0-9]{0,5})$")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A checkpoint that is signed by us, and where it was found."""

    checkpoint: Checkpoint
    source: str


class Anchors:
    """Takes notes and sorts out what is not to be believed."""

    def __init__(self, keys: SigningKeys, log: str) -> None:
        self._keys = keys
        self._log = log
        self.findings: list[Finding] = []

    def of(self, notes: Iterable[str], source: str) -> Mapping[int, Sequence[Anchor]]:
        """Those of this log that are true, by partition. What is false is a finding."""
        found: dict[int, list[Anchor]] = {}
        for note in notes:
            partition = self.partition_of(note)
            believed = None if partition is None else self._believed(note, partition)
            if partition is None or believed is None:
                self.findings.append(_false(partition, source))
            else:
                found.setdefault(partition, []).append(Anchor(believed, source))
        return found

    def partition_of(self, note: str) -> int | None:
        """The partition that a note names; None for a note of another log, or none at all."""
        origin = note.partition("\n")[0]
        named = _PARTITION.search(origin)
        partition = int(named[1]) if named else None
        return partition if partition is None or origin == origin_of(self._log, partition) else None

    def text_of(self, note: str) -> str:
        """The text of a note that is signed under the name that it gives. Raises `Invalid`."""
        return verified(note, self._keys.verifiers(note.partition("\n")[0]))

    def _believed(self, note: str, partition: int) -> Checkpoint | None:
        try:
            return Checkpoint.read(
                verified(note, self._keys.verifiers(origin_of(self._log, partition)))
            )
        except Invalid:
            return None


def _false(partition: int | None, source: str) -> Finding:
    message = f"what {source} holds is not signed by a key that is known, or is about another log"
    return Finding("forged", "checkpoint", partition, None, None, message)
