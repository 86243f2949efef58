"""Scores for people to read: what each part of one says, and whose readers may know it."""

from __future__ import annotations

from collections.abc import Iterator

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.names import PUBLIC, camel
from typing_extensions import override

from c360_identity.domain.evidence import Score, ScorePart
from c360_identity.domain.matched import ScoreReader
from c360_identity.domain.matching.forming import Forming
from c360_identity.domain.matching.model import Comparison
from c360_identity.domain.matching.scoring import Forms, Scorer

_IDENTIFIERS = "identifiers"


class ModelScores(ScoreReader):
    """Scores by one model, whose parts are told under traits and identifier types of a catalog."""

    def __init__(self, model_scorer: Scorer, forming: Forming, catalog: Catalog) -> None:
        self._scorer, self._forming = model_scorer, forming
        compared = model_scorer.model.comparisons
        self._under = {one.name: told_under(one, catalog) for one in compared}

    @override
    def score(self, one: str, other: str) -> Score:
        forms = self._forming.forms(one), self._forming.forms(other)
        found = self._scorer.score(*forms)
        hidden = {name for each in forms for name in self._stood_in(each)}
        parts = (
            ScorePart(
                "" if part.of in hidden else self._under[part.of],
                part.name,
                part.level,
                round(part.bits, 2),
            )
            for part in found.parts
            if part.of
        )
        model = self._scorer.model
        return Score(round(found.bits, 2), model.version, tuple(parts), model.grade(found.bits))

    def _stood_in(self, forms: Forms) -> Iterator[str]:
        """The comparisons for which another field stands in: what they say is told to nobody."""
        for one, form in zip(self._scorer.model.comparisons, forms, strict=True):
            if form is not None and one.kind.stands_in(form):
                yield one.name

    @override
    def meet(self, one: str, other: str) -> bool:
        return not self._forming.keys(one).keys().isdisjoint(self._forming.keys(other))


def told_under(comparison: Comparison, catalog: Catalog) -> str:
    """The field of `ScoreParts` for what a comparison says; "" of one that nobody is told.

    Fields of several tags cannot be told under one of them; those that stand in are not told.
    """
    fields = comparison.fields[: comparison.kind.places - comparison.kind.stand_ins]
    tags = {name: _tag(name, catalog) for names in fields for name in names}
    personal = {tag for tag in tags.values() if tag not in ("", PUBLIC)}
    if len(personal) > 1:
        return ""
    first = next((name for name, tag in tags.items() if tag in personal), next(iter(tags), ""))
    kind, dot, of = first.partition(".")
    return camel(of) if dot and kind == _IDENTIFIERS else first


def _tag(name: str, catalog: Catalog) -> str:
    kind, dot, of = name.partition(".")
    if dot and kind == _IDENTIFIERS:
        return catalog.identifiers[of].tag if of in catalog.identifiers else ""
    return catalog.traits[name].tag if name in catalog.traits else ""
