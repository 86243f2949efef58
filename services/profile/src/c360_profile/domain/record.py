"""Source records as this service keeps them: latest state, assignment, consents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import NamedTuple

from c360_kernel.conditions.facts import Carrying
from c360_kernel.payload import RecordAssigned
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.revisions import first_seen, holding, mattering
from c360_kernel.value_object import value_object

from c360_profile.domain.assignment import UNASSIGNED, Assignment
from c360_profile.domain.carried import NOTHING, identifiers_in
from c360_profile.domain.consent import NO_ANSWERS, Answers, Consent
from c360_profile.domain.revision import Revision, newest_first, standing_parts
from c360_profile.domain.tagging import Tagging

_NO_ANSWERS: Mapping[str, Answers] = {}
_NOBODY: frozenset[str] = frozenset()


@value_object
class SourceRecord:
    """What one source says about one person.

    Any part may come first: a record may be assigned before its traits are known. `latest` is
    the revision that holds, `others` are those that hold in some part, or would if it were not
    for another scale of revisions. `present` is the last moment (ms UTC) at which a grant or a tag
    on it ended, 0 if none did. `tags` are, of each tag and writer, what was said last. `carried`
    are the identifiers that it says now, normalized, as text (`c360_profile.domain.carried`); of
    one that belongs to nobody none. `edition` counts how often the record was saved, 0 if never;
    stores compare it on saving.
    """

    key: RecordKey
    edition: int = 0
    latest: Revision | None = None
    assignment: Assignment = UNASSIGNED
    answers: Mapping[str, Answers] = field(default_factory=lambda: _NO_ANSWERS)
    others: tuple[Revision, ...] = ()
    present: int = 0
    tags: tuple[Tagging, ...] = ()
    carried: str = NOTHING

    @property
    def customer(self) -> str:
        """The customer it belongs to now; a deleted record belongs to none ("")."""
        deleted = self.latest is not None and self.latest.deleted
        return "" if deleted else self.assignment.customer

    @property
    def customers(self) -> frozenset[str]:
        """Every customer it belongs or ever belonged to."""
        customer, former = self.assignment.customer, self.assignment.former
        if not former:
            return frozenset((customer,)) if customer else _NOBODY
        return frozenset((customer, *former)) - {""}

    @property
    def consents(self) -> Mapping[str, Consent]:
        """The answers that hold at present, by purpose."""
        present = self.present
        held = ((purpose, one.at_present(present)) for purpose, one in self.answers.items())
        return {purpose: consent for purpose, consent in held if consent is not None}

    @property
    def active_tags(self) -> Sequence[Tagging]:
        """The tags that hold at present; of one tag one for each writer that put it on."""
        return [one for one in self.tags if one.is_active(self.present)]

    @property
    def parts(self) -> Sequence[Revision]:
        """What the source says now: each revision that some trait stands by, with those alone."""
        return standing_parts(self._leading)

    @property
    def states(self) -> Sequence[Revision]:
        """The revisions that some part of it stands by; none of a record that was deleted."""
        return () if self.latest is None or self.latest.deleted else self._leading

    @property
    def stamp(self) -> str:
        """The stamp of the last statement that it stands by, "" of a record never told of."""
        return max((one.stamp for one in self._leading), default="")

    @property
    def traits(self) -> Mapping[str, TraitValue] | None:
        """The raw traits by name; None of a record that was deleted or of which nothing is said."""
        if self.latest is None or self.latest.deleted:
            return None
        return {name: value for one in self.parts for name, value in one.traits.items()}

    def history(self, archived: Iterable[Revision]) -> list[Revision]:
        """Every accepted revision, newest first; `archived` are those that do not matter."""
        return newest_first(first_seen((*self._leading, *archived)).values())

    def revised(self, revision: Revision, archived: Collection[Revision]) -> Revised:
        """The record once `revision` is known too; `archived` are those of its number."""
        if self.latest is None and not archived:
            # Nothing was said of most records before.
            return Revised(self._saying(revision), ())
        if not archived and not self.others and _is_next(revision, self.latest):
            # Most of the rest go on as they began: whole states, each with a greater number.
            return Revised(self._saying(revision), (self.latest,) if self.latest else ())
        known = first_seen((*self._leading, *archived, revision)).values()
        kept = mattering(known)
        latest = holding(kept)
        others = tuple(sorted((one for one in kept if one is not latest), key=_place))
        beaten = tuple(one for one in known if not any(one is other for other in kept))
        if (latest, others) == (self.latest, self.others):
            return Revised(self, beaten)
        return Revised(replace(self, latest=latest, others=others), beaten)

    def assigned(self, assigned: RecordAssigned) -> SourceRecord:
        """The record once `assigned` is known too."""
        assignment = self.assignment.after(assigned)
        if assignment == self.assignment:
            return self
        # Field by field, as `saved`.
        kept = (self.answers, self.others, self.present, self.tags, self.carried)
        return SourceRecord(self.key, self.edition, self.latest, assignment, *kept)

    def answered(self, consent: Consent) -> SourceRecord:
        """The record once `consent` is known too."""
        held = self.answers.get(consent.purpose, NO_ANSWERS)
        after = held.after(consent)
        if after == held:
            return self
        return replace(self, answers={**self.answers, consent.purpose: after})

    def tagged(self, tags: tuple[Tagging, ...]) -> SourceRecord:
        """The record of which this was said last, of each tag by each writer."""
        return self if tags == self.tags else replace(self, tags=tags)

    def carrying(self, carried: str) -> SourceRecord:
        """The record that says these identifiers now."""
        if carried == self.carried:
            return self
        # Field by field, as `saved`.
        said = (self.latest, self.assignment, self.answers, self.others, self.present, self.tags)
        return SourceRecord(self.key, self.edition, *said, carried)

    def carries(self, carrying: Carrying) -> bool:
        """Whether it says such an identifier now."""
        type_, value = carrying
        said = identifiers_in(self.carried)
        return any(one.type == type_ and value in (None, one.value) for one in said)

    def known(self, given: Iterable[Consent]) -> Iterator[Consent]:
        """All answers on it, of those that are kept; of some that were sent again the last, too."""
        yield from given
        for answers in self.answers.values():
            yield from answers.known

    def judged(self, latest: Revision) -> SourceRecord:
        """The record of whose latest revision is remembered what its values are."""
        # Field by field, as `saved`.
        kept = (self.assignment, self.answers, self.others, self.present, self.tags, self.carried)
        return SourceRecord(self.key, self.edition, latest, *kept)

    def woken(self, present: int) -> SourceRecord:
        """The record once it is `present`; what was later stays."""
        return replace(self, present=present) if present > self.present else self

    def saved(self) -> SourceRecord:
        """The record as it is once this is saved."""
        # Field by field: `replace` takes longer than all else of most records.
        said = (self.latest, self.assignment, self.answers, self.others, self.present, self.tags)
        return SourceRecord(self.key, self.edition + 1, *said, self.carried)

    def _saying(self, revision: Revision) -> SourceRecord:
        """The record of which nothing but this revision matters."""
        # Field by field, as `saved`.
        kept = (self.assignment, self.answers, (), self.present, self.tags, self.carried)
        return SourceRecord(self.key, self.edition, revision, *kept)

    @property
    def _leading(self) -> Sequence[Revision]:
        return () if self.latest is None else (self.latest, *self.others)


def _place(revision: Revision) -> tuple[bool, int, str]:
    return revision.own, revision.number, revision.stamp


def _is_next(revision: Revision, latest: Revision | None) -> bool:
    """Whether a whole state takes the place of all that was said in its scale."""
    return (
        latest is not None
        and revision.named is None
        and revision.own == latest.own
        and revision.number > latest.number
    )


class Revised(NamedTuple):
    """A record with one more revision, and the revisions to archive."""

    record: SourceRecord
    beaten: tuple[Revision, ...]
