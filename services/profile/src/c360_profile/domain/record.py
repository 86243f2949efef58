"""Source records as this service keeps them: latest state, assignment, consents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from c360_kernel.payload import RecordAssigned
from c360_kernel.record import RecordKey

from c360_profile.domain.assignment import UNASSIGNED, Assignment
from c360_profile.domain.consent import Consent
from c360_profile.domain.revision import Revision

_NO_CONSENTS: Mapping[str, Consent] = {}


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """What one source says about one person.

    Any part may come first: a record may be assigned before its traits are known. `edition`
    counts how often the record was saved, 0 if never; stores compare it on saving.
    """

    key: RecordKey
    edition: int = 0
    latest: Revision | None = None
    assignment: Assignment = UNASSIGNED
    consents: Mapping[str, Consent] = field(default_factory=lambda: _NO_CONSENTS)

    @property
    def customer(self) -> str:
        """The customer it belongs to now; a deleted record belongs to none ("")."""
        deleted = self.latest is not None and self.latest.deleted
        return "" if deleted else self.assignment.customer

    @property
    def customers(self) -> frozenset[str]:
        """Every customer it belongs or ever belonged to."""
        return frozenset((self.assignment.customer, *self.assignment.former)) - {""}

    def history(self, archived: Iterable[Revision]) -> list[Revision]:
        """Every accepted revision, newest first; `archived` are the superseded ones."""
        known = archived if self.latest is None else (self.latest, *archived)
        return sorted(known, key=lambda revision: revision.number, reverse=True)

    def revised(self, revision: Revision) -> tuple[SourceRecord, Revision | None]:
        """The record once `revision` is known too, and the revision to archive if any.

        Archives keep one revision a number, that with the smallest stamp.
        """
        if not revision.outranks(self.latest):
            same = self.latest is not None and self.latest.number == revision.number
            return self, None if same else revision
        beaten = self.latest
        if beaten is not None and beaten.number == revision.number:
            beaten = None
        revised = SourceRecord(self.key, self.edition, revision, self.assignment, self.consents)
        return revised, beaten

    def assigned(self, assigned: RecordAssigned) -> SourceRecord:
        """The record once `assigned` is known too."""
        assignment = self.assignment.after(assigned)
        if assignment == self.assignment:
            return self
        return SourceRecord(self.key, self.edition, self.latest, assignment, self.consents)

    def answered(self, consent: Consent) -> SourceRecord:
        """The record once `consent` is known too."""
        if not consent.outranks(self.consents.get(consent.purpose)):
            return self
        return replace(self, consents={**self.consents, consent.purpose: consent})
