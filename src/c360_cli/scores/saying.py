"""What a model says of each customer, as what the records of a source of its own are to say.

A score stands beside one record of its customer, as a correction does, and is joined with it by a
decision. It goes where that record goes, and names its customer in nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

from c360_kernel.catalog.model import Catalog
from c360_kernel.conditions.tree import EVERYBODY
from c360_kernel.corrections import STEWARD
from c360_kernel.errors import Invalid
from c360_kernel.record import RecordKey
from c360_profile.domain.customer import belonging
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.scores.history import Purchases
from c360_profile.domain.scores.model import Score, ScoreModel, scored
from c360_profile.domain.scores.rfm import Rfm, rfm
from c360_profile.store.port import ProfileStore
from c360_profile.store.purchases import read_purchases

from c360_cli.assembly import Instance
from c360_cli.scores.fitting import refuse_unknown

INSIGHT = "insight"
PURCHASES, WORTH = "expectedPurchases", "expectedWorth"
QUINTILES: Mapping[str, Callable[[Rfm], int | None]] = {
    "recencyQuintile": lambda one: one.recency,
    "frequencyQuintile": lambda one: one.frequency,
    "monetaryQuintile": lambda one: one.monetary,
}
"""The traits that say where a buyer stands among all on the last day that is known."""
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


class Ahead(NamedTuple):
    """How many weeks are looked ahead of the end of day `until`, the last purchase's if None; and
    of how many days before it who buys is compared with all, None: of all time."""

    weeks: float
    until: int | None = None
    days: int | None = None


async def to_be_said(
    instance: Instance, model: ScoreModel, ahead: Ahead, purpose: str = ""
) -> list[Said]:
    """All that differs from what is said already. Quintiles are said that the catalog has.

    With a `purpose` nothing is said of who has
    not granted it, nor what was said before. Raises `Invalid`: SCORES_WORSE of a model that counts
    no better than none, SCORES_UNDECLARED where the catalog has no place for scores.
    """
    refuse_unknown(instance.catalog, model.event, purpose)
    _refuse(instance.catalog, model)
    store = cast(ProfileStore, instance.service("profile").open_store())
    try:
        read = await read_purchases(store, model.event, ahead.until, purpose)
        newest = max(map(max, read.spent.values()), default=0)
        last = newest if ahead.until is None else ahead.until
        scores = scored(model, read.spent, last, ahead.weeks)
        traits = {name: _traits(one, model) for name, one in scores.items()}
        for name, own in _quintiles(instance.catalog, read.spent, last, ahead.days).items():
            traits[name] = {**traits.get(name, _NONE), **own}
        return [one async for one in _differing(store, traits)]
    finally:
        await store.close()


async def _differing(
    store: ProfileStore, traits: Mapping[str, Mapping[str, float]]
) -> AsyncIterator[Said]:
    ids = sorted(await store.matching(EVERYBODY))
    for first in range(0, len(ids), _CHUNK):
        some = ids[first : first + _CHUNK]
        linked = await store.linked(some)
        for customer in some:
            own = belonging(customer, linked.get(customer, ()))
            for one in _of_customer(own, traits.get(customer, _NONE)):
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


def _quintiles(
    catalog: Catalog, purchases: Purchases, last: int, days: int | None
) -> Mapping[str, Mapping[str, float]]:
    """By customer, of who bought in so many days until the last, what the catalog has of them."""
    known = catalog.traits
    said = {
        name: of for name, of in QUINTILES.items() if name in known and known[name].type == "int"
    }
    found = rfm(purchases, None if days is None else last - days + 1, last) if said else {}
    told = {name: {trait: of(one) for trait, of in said.items()} for name, one in found.items()}
    return {
        name: {trait: value for trait, value in own.items() if value is not None}
        for name, own in told.items()
    }


def _traits(score: Score, model: ScoreModel) -> Mapping[str, float]:
    """Rounded, so that what differs in the last digits alone is not said again."""
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
