"""What a model says of each customer, as what the records of a source of its own are to say.

A score stands beside one record of its customer, as a correction does, and is joined with it by a
decision. It goes where that record goes, and names its customer in nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from c360_kernel.catalog.model import Catalog
from c360_kernel.conditions.tree import EVERYBODY
from c360_kernel.corrections import STEWARD
from c360_kernel.errors import Invalid
from c360_kernel.record import RecordKey
from c360_profile.domain.customer import belonging
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.scores.model import Score, ScoreModel, scored
from c360_profile.store.port import ProfileStore
from c360_profile.store.purchases import read_purchases

from c360_cli.assembly import Instance
from c360_cli.scores.fitting import refuse_unknown

INSIGHT = "insight"
PURCHASES, WORTH = "expectedPurchases", "expectedWorth"
_CHUNK = 500
_DIGITS = 6
_NONE: Mapping[str, float] = {}


@dataclass(frozen=True, slots=True)
class Said:
    """What a record of the source `insight` is to say, and the record that it stands beside.

    `joined` where the two are of one customer already.
    """

    record: RecordKey
    beside: RecordKey
    traits: Mapping[str, float]
    joined: bool


async def to_be_said(
    instance: Instance, model: ScoreModel, weeks: float, until: int | None, purpose: str = ""
) -> list[Said]:
    """All that differs from what is said already, looking `weeks` ahead of the end of `until`.

    Without `until` it is the day of the last purchase. With a `purpose` nothing is said of who has
    not granted it, nor what was said before. Raises `Invalid`: SCORES_WORSE of a model that counts
    no better than none, SCORES_UNDECLARED where the catalog has no place for scores.
    """
    refuse_unknown(instance.catalog, model.event, purpose)
    _refuse(instance.catalog, model)
    store = cast(ProfileStore, instance.service("profile").open_store())
    try:
        read = await read_purchases(store, model.event, until, purpose)
        last = max(map(max, read.spent.values()), default=0) if until is None else until
        scores = scored(model, read.spent, last, weeks)
        return [one async for one in _differing(store, scores, model)]
    finally:
        await store.close()


async def _differing(
    store: ProfileStore, scores: Mapping[str, Score], model: ScoreModel
) -> AsyncIterator[Said]:
    ids = sorted(await store.matching(EVERYBODY))
    for first in range(0, len(ids), _CHUNK):
        some = ids[first : first + _CHUNK]
        linked = await store.linked(some)
        for customer in some:
            own = belonging(customer, linked.get(customer, ()))
            traits = _traits(scores.get(customer), model)
            for one in _of_customer(own, traits):
                yield one


def _of_customer(own: Sequence[SourceRecord], traits: Mapping[str, float]) -> Iterator[Said]:
    """One record says it; what others of the customer said before, they say no more."""
    said = {one.key: one for one in own if one.key.source == INSIGHT}
    others = [one.key for one in own if one.key.source not in {INSIGHT, STEWARD}]
    anchor = min(others, default=None)
    if traits and anchor is not None:
        record = RecordKey(INSIGHT, str(anchor))
        if _says(said.get(record)) != traits:
            yield Said(record, anchor, traits, record in said)
        said.pop(record, None)
    for key, one in said.items():
        if _says(one):
            source, _, name = key.key.partition("/")
            yield Said(key, RecordKey(source, name), _NONE, joined=True)


def _says(one: SourceRecord | None) -> Mapping[str, object]:
    return {} if one is None or one.latest is None else dict(one.latest.traits)


def _traits(score: Score | None, model: ScoreModel) -> Mapping[str, float]:
    """Rounded, so that what differs in the last digits alone is not said again."""
    if score is None:
        return _NONE
    told = {PURCHASES: round(score.purchases, _DIGITS)}
    if score.worth is not None and "worth" not in model.worse:
        told[WORTH] = round(score.worth, _DIGITS)
    return told


def _refuse(catalog: Catalog, model: ScoreModel) -> None:
    if "counts" in model.worse:
        message = "the model counts no better than none does: its scores are not written"
        raise Invalid(message, code="SCORES_WORSE")
    floats = {name for name, one in catalog.traits.items() if one.type == "float"}
    if INSIGHT not in catalog.sources or not {PURCHASES, WORTH} <= floats:
        message = f"the catalog needs the source {INSIGHT} and the floats {PURCHASES} and {WORTH}"
        raise Invalid(message, code="SCORES_UNDECLARED")
