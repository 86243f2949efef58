"""A model of buying from the purchases in an instance's profile store."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import cast

from c360_kernel.catalog.model import Catalog
from c360_kernel.errors import Invalid
from c360_profile.domain.computed.rules import ComputedRules
from c360_profile.domain.scores.model import PurchaseEvent, ScoreModel, fitted
from c360_profile.domain.scores.model_file import VERSION_PATTERN, date_of
from c360_profile.domain.scores.split import Split, halved
from c360_profile.store.port import ProfileStore
from c360_profile.store.purchases import PurchasesRead, read_purchases
from c360_profile.store.ranking import fitted_cut_points

from c360_cli.assembly import Instance

_NAME = "profile"
_SHOWN_CURRENCIES = 5
_CODE = "PURCHASES_UNKNOWN"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be fitted: a version of which event, split and ended on which days.

    `event` is its name, the property of amounts and the currency, as `PurchaseEvent` has them.
    Days are since 1970-01-01 UTC: without `until` the last purchase of all, without `split_at`
    the middle of the time. With a `purpose`, of those who granted it. Without a `version` it is
    called by the day that it ends on.
    """

    version: str
    event: PurchaseEvent
    split_at: int | None = None
    until: int | None = None
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model, and what was read and left out for it."""

    model: ScoreModel
    read: PurchasesRead


async def fit(instance: Instance, wanted: Wanted) -> Fitted:
    """Read the purchases of all customers and fit. Raises `Invalid`.

    Quintiles of the catalog are of the day that the model ends on.
    """
    refuse_unknown(instance.catalog, wanted.event, wanted.purpose)
    if wanted.version and not re.match(VERSION_PATTERN, wanted.version):
        raise Invalid("a version is letters, digits and . _ -", code="SCORE_MODEL_INVALID")
    store = cast(ProfileStore, instance.service(_NAME).open_store())
    try:
        read = await read_purchases(store, wanted.event, wanted.until, wanted.purpose)
        model = _fitted(wanted, read)
        rules = ComputedRules(instance.catalog)
        quintiles = await fitted_cut_points(store, rules, model.until, wanted.purpose)
    finally:
        await store.close()
    return Fitted(replace(model, quintiles=quintiles), read)


def _fitted(wanted: Wanted, read: PurchasesRead) -> ScoreModel:
    if not read.purchases:
        raise Invalid("there are no purchases to fit a model by", code="SCORES_FEW")
    event = _in_one_currency(wanted.event, read)
    until = max(map(max, read.spent.values())) if wanted.until is None else wanted.until
    split = halved(read.spent, until)
    if wanted.split_at is not None:
        split = replace(split, at=wanted.split_at)
    version = wanted.version or date_of(until).isoformat()
    return fitted(version, event, read.spent, _checked(split))


def _in_one_currency(event: PurchaseEvent, read: PurchasesRead) -> PurchaseEvent:
    """The event with the one currency that its purchases are in; `Invalid` for several."""
    if len(read.currencies) > 1:
        told = ", ".join(sorted(name or "none" for name in read.currencies)[:_SHOWN_CURRENCIES])
        message = f"purchases are in several currencies, choose one with --currency: {told}"
        raise Invalid(message, code="PURCHASES_MIXED")
    return event._replace(currency=next(iter(read.currencies)))


def _checked(split: Split) -> Split:
    if split.at >= split.until:
        raise Invalid("the split is not before the end of the purchases", code="SCORES_FEW")
    return split


def refuse_unknown(catalog: Catalog, event: PurchaseEvent, purpose: str) -> None:
    """Raise `Invalid` (PURCHASES_UNKNOWN) for what the catalog does not have."""
    known = catalog.events.get(event.name)
    if known is None:
        raise Invalid(f"the catalog has no event {event.name}", code=_CODE)
    amount = known.properties.get(event.amount)
    if amount is None or amount.type not in {"int", "float"}:
        raise Invalid(f"{event.name}.{event.amount} is no number", code=_CODE)
    if purpose and purpose not in catalog.purposes:
        raise Invalid(f"the catalog has no purpose {purpose}", code=_CODE)
