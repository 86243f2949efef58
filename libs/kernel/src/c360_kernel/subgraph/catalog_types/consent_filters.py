"""Tests of what holds for the purposes of a catalog, in filters on customers."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import cast

import strawberry

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.names import purpose_field
from c360_kernel.conditions.facts import consent_fact
from c360_kernel.conditions.operators import Wanted
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.subgraph.catalog_types.consents import ConsentStatus
from c360_kernel.subgraph.catalog_types.descriptions import purpose_described
from c360_kernel.subgraph.catalog_types.fields import attribute
from c360_kernel.subgraph.catalog_types.filter_tests import input_class, stated_tests
from c360_kernel.subgraph.catalog_types.operators import operator_field

CONSENTS = "consents"
"""The field of `CustomerFilter`."""
_DESCRIPTION = "What holds for each purpose; all that are given must hold."


@strawberry.input(description="Tests of what holds for a purpose; all that are given must hold.")
class ConsentStatusFilter:
    """GraphQL input."""

    equals: ConsentStatus | None = operator_field("This holds.")
    not_equals: ConsentStatus | None = operator_field(
        "This does not hold, or nothing was ever said."
    )
    in_: list[ConsentStatus] | None = operator_field("One of these holds.", "in")
    exists: bool | None = operator_field("True: something was said. False: nothing was ever said.")


def consents_filter(catalog: Catalog) -> type:
    """`ConsentsFilter`: an optional test per purpose, `personal-ads` as `personalAds`."""
    given = {
        purpose_field(one.name): (ConsentStatusFilter, "", purpose_described(one))
        for one in catalog.purposes.values()
    }
    return strawberry.federation.input(
        input_class("ConsentsFilter", given), description=_DESCRIPTION
    )


def consent_tests(given: object, catalog: Catalog) -> Iterator[ValueTest]:
    """The tests that a `ConsentsFilter` states. Raises `FilterInvalid` for a null operand."""
    for purpose in catalog.purposes:
        field = purpose_field(purpose)
        if test := getattr(given, attribute(field)):
            yield from stated_tests(consent_fact(purpose), field, test, _status)


def _status(operand: object) -> Wanted:
    if isinstance(operand, list):
        return tuple(one.value for one in cast("list[Enum]", operand))
    return cast(Enum, operand).value
