"""Source records as this service keeps them: latest state, assignment, consents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from c360_kernel.payload import RecordAssigned
from c360_kernel.record import RecordKey
from c360_kernel.revisions import first_seen, holding, leading

from c360_profile.domain.assignment import UNASSIGNED, Assignment
from c360_profile.domain.consent import Answers, Consent
from c360_profile.domain.revision import Revision, newest_first

_NO_ANSWERS: Mapping[str, Answers] = {}


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """What one source says about one person.

    Any part may come first: a record may be assigned before its traits are known. `latest` is
    the state that holds, `rival` the one that leads the other scale of revisions, if there is
    one. `edition` counts how often the record was saved, 0 if never; stores compare it on saving.
    """

    key: RecordKey
    edition: int = 0
    latest: Revision | None = None
    assignment: Assignment = UNASSIGNED
    answers: Mapping[str, Answers] = field(default_factory=lambda: _NO_ANSWERS)
    rival: Revision | None = None

    @property
    def customer(self) -> str:
        """The customer it belongs to now; a deleted record belongs to none ("")."""
        deleted = self.latest is not None and self.latest.deleted
        return "" if deleted else self.assignment.customer

    @property
    def customers(self) -> frozenset[str]:
        """Every customer it belongs or ever belonged to."""
        return frozenset((self.assignment.customer, *self.assignment.former)) - {""}

    @property
    def consents(self) -> Mapping[str, Consent]:
        """The answers that hold, by purpose."""
        held = ((purpose, answers.held) for purpose, answers in self.answers.items())
        return {purpose: consent for purpose, consent in held if consent is not None}

    def history(self, archived: Iterable[Revision]) -> list[Revision]:
        """Every accepted revision, newest first; `archived` are those that do not lead."""
        return newest_first(first_seen((*self._leading, *archived)).values())

    def revised(self, revision: Revision, archived: Iterable[Revision]) -> Revised:
        """The record once `revision` is known too; `archived` are those of its number."""
        known = list(first_seen((*self._leading, *archived, revision)).values())
        leaders = leading(known)
        latest = holding(leaders)
        rival = next((one for one in leaders if one is not latest), None)
        beaten = tuple(one for one in known if one is not latest and one is not rival)
        if (latest, rival) == (self.latest, self.rival):
            return Revised(self, beaten)
        return Revised(replace(self, latest=latest, rival=rival), beaten)

    def assigned(self, assigned: RecordAssigned) -> SourceRecord:
        """The record once `assigned` is known too."""
        assignment = self.assignment.after(assigned)
        return self if assignment == self.assignment else replace(self, assignment=assignment)

    def answered(self, consent: Consent) -> SourceRecord:
        """The record once `consent` is known too."""
        held = self.answers.get(consent.purpose, Answers())
        after = held.after(consent)
        if after == held:
            return self
        return replace(self, answers={**self.answers, consent.purpose: after})

    @property
    def _leading(self) -> tuple[Revision, ...]:
        return tuple(one for one in (self.latest, self.rival) if one is not None)


class Revised(NamedTuple):
    """A record with one more revision, and the revisions to archive."""

    record: SourceRecord
    beaten: tuple[Revision, ...]
