"""The traits of an account: one value each over all of its records, by the trait's survivorship."""

from __future__ import annotations

from collections.abc import Iterable

from c360_kernel.accounts.golden import account_rules
from c360_kernel.accounts.said import HeldTraits
from c360_kernel.catalog.model import Catalog
from c360_kernel.record import TraitValue

from c360_account.domain.model import AccountRecord


def golden_traits(records: Iterable[AccountRecord], catalog: Catalog) -> dict[str, TraitValue]:
    """The traits by name, whatever the order of the records."""
    return account_rules(catalog).golden(map(_held, records))


def _held(record: AccountRecord) -> HeldTraits:
    said = record.said
    weighed = said.observed_at, said.number, said.stamp
    return HeldTraits(record.key, *weighed, said.payload.traits)
