"""Revisions: the states a source record was in, as its source wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import NamedTuple

from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.record_parts import trait_of
from c360_kernel.revisions import holding, holding_part, mattering
from c360_kernel.value_object import value_object

from c360_profile.domain.carried import part_of
from c360_profile.domain.judged import Judged

_NOTHING: Mapping[str, TraitValue] = {}


@value_object
class Revision:
    """One accepted state of a source record: see `c360_kernel.revisions.State`.

    `number` is the source's own growing revision, or a time where it is not `own`; `observed_at`
    ms UTC, `traits` raw values by trait name and identifiers beside them
    (`c360_profile.domain.carried`), `content` a hash of all that the source said,
    `named` the parts that a patch names (None: a whole state), `judged` what is remembered of the
    values, which says nothing of its own.
    """

    number: int
    stamp: str
    observed_at: int
    deleted: bool = False
    traits: Mapping[str, TraitValue] = field(default_factory=lambda: _NOTHING)
    own: bool = True
    content: str = ""
    named: tuple[str, ...] | None = None
    judged: Judged | None = field(default=None, compare=False, repr=False)

    def remembering(self, judged: Judged) -> Revision:
        """The revision with what its values were found to be."""
        # Field by field: `replace` takes several times as long.
        told = (self.number, self.stamp, self.observed_at, self.deleted, self.traits)
        return Revision(*told, self.own, self.content, self.named, judged)

    @property
    def removed(self) -> tuple[str, ...]:
        """The traits that a patch names and says nothing of."""
        named = (trait_of(part) for part in self.named or ())
        return tuple(name for name in named if name is not None and name not in self.traits)


class Said(NamedTuple):
    """What a record says now, or a part of it: of a `Revision` what tells whose value wins.

    `record` is its key as text: of very many records of a customer few keys are looked at.
    """

    record: str
    number: int
    stamp: str
    observed_at: int
    traits: Mapping[str, TraitValue]

    @classmethod
    def of(cls, key: RecordKey, revision: Revision) -> Said:
        """What a revision of a record says."""
        told = (revision.number, revision.stamp, revision.observed_at, revision.traits)
        return cls(str(key), *told)

    @property
    def source(self) -> str:
        """The source of the record."""
        return self.record.partition("/")[0]


def standing_parts(revisions: Sequence[Revision]) -> Sequence[Revision]:
    """What holds of a record: each revision that some trait stands by, with those traits alone."""
    if len(revisions) == 1:
        return () if revisions[0].deleted else revisions
    held = holding(revisions)
    if held is None or held.deleted:
        return ()
    kept: dict[str, dict[str, TraitValue]] = {one.stamp: {} for one in revisions}
    for name in {name for one in revisions for name in one.traits}:
        by = holding_part(part_of(name), revisions)
        if by is not None and name in by.traits:
            kept[by.stamp][name] = by.traits[name]
    return [replace(one, traits=kept[one.stamp]) for one in revisions if kept[one.stamp]]


def known_at(revisions: Iterable[Revision], instant: int) -> Sequence[Revision]:
    """What a source had observed by `instant` (ms UTC, inclusive), as `standing_parts` tells it."""
    return standing_parts(mattering(one for one in revisions if one.observed_at <= instant))


def standing_at(revisions: Iterable[Revision], instant: int) -> dict[str, TraitValue] | None:
    """The raw traits of a record by an instant (ms UTC, inclusive); None before it, or deleted."""
    states = [one for one in revisions if one.observed_at <= instant]
    held = holding(mattering(states))
    if held is None or held.deleted:
        return None
    parts = standing_parts(mattering(states))
    return {name: value for one in parts for name, value in one.traits.items()}


def newest_first(revisions: Iterable[Revision]) -> list[Revision]:
    """Revisions in the order of their numbers, or of their stamps where there are two scales."""
    given = list(revisions)
    if len({one.own for one in given}) > 1:
        return sorted(given, key=lambda one: one.stamp, reverse=True)
    return sorted(given, key=lambda one: (one.number, one.stamp), reverse=True)
