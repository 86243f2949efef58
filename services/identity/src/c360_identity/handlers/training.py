"""A model from what sources said: the entries of `records` alone, folded as identity folds them."""

from __future__ import annotations

from collections.abc import Sequence

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.log.entry import Entry

from c360_identity.domain.matching.forming import Forming
from c360_identity.domain.matching.model import Model
from c360_identity.domain.matching.training import train
from c360_identity.domain.working_set import WorkingSet
from c360_identity.handlers.intake import Intake


class Training:
    """Takes entries in any order, then trains. Nothing of anybody but what is compared is kept."""

    def __init__(self, like: Model, catalog: Catalog) -> None:
        self._like = like
        self._forming = Forming(like)
        self._intake = Intake(catalog, Normalizers(catalog), like.traits)
        self._working = WorkingSet()

    def take(self, entries: Sequence[Entry]) -> None:
        """Fold entries of `records`. Raises `Invalid` for what is no payload of it."""
        for _, upsert in self._intake.read(entries).upserts:
            self._working.upsert(upsert)

    @property
    def records(self) -> int:
        """How many records were taken."""
        return len(self._working.records)

    def model(self, version: str) -> Model:
        """What the records of now say, beginning with the model that it is to be like."""
        live = (one for one in self._working.records.values() if not one.deleted)
        texts = (self._forming.text(one.compared, one.stated) for one in live)
        forms = [self._forming.forms(text) for text in texts if text]
        return train(self._like, forms, version)
