"""Catalogs that make other customers of the same entries have another basis, and no others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from c360_identity.domain.basis import basis_of
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.sections import DEFAULT_REGION

CATALOG = default_catalog()
TRAIT = next(name for name, one in CATALOG.traits.items() if not one.identifier)
NAMING = next(name for name, one in CATALOG.traits.items() if one.identifier)
SOURCE = next(iter(CATALOG.sources))
AT_HOME = replace(CATALOG.sources[SOURCE], region=DEFAULT_REGION)
Change = Callable[[Catalog], Catalog]


def trait(name: str, **changed: Any) -> Change:
    return lambda catalog: replace(catalog, traits=_with(catalog.traits, name, changed))


def identifier(**changed: Any) -> Change:
    return lambda catalog: replace(
        catalog, identifiers=_with(catalog.identifiers, "phone", changed)
    )


def source(**changed: Any) -> Change:
    return lambda catalog: replace(catalog, sources=_with(catalog.sources, SOURCE, changed))


def _with(held: Mapping[str, Any], name: str, changed: dict[str, Any]) -> dict[str, Any]:
    return {**held, name: replace(held[name], **changed)}


@pytest.mark.parametrize(
    "change",
    [
        trait(TRAIT, identifier="phone"),
        trait(NAMING, identifier=None),
        trait(TRAIT, row_rule=True),
        identifier(tier=9),
        identifier(limit=77),
        identifier(fan=77),
        identifier(normalizer="text"),
        identifier(separates=not CATALOG.identifiers["phone"].separates),
        identifier(personal=not CATALOG.identifiers["phone"].personal),
        identifier(blocked=("0*",)),
        identifier(derived_from="email"),
        source(region="FR"),
    ],
)
def test_what_identity_goes_by_is_another_basis(change: Change) -> None:
    assert basis_of(change(CATALOG)) != basis_of(CATALOG)


@pytest.mark.parametrize(
    "change",
    [
        trait(TRAIT, tag="another"),
        trait(NAMING, description="another", longest=5),
        identifier(tag="another", description="another"),
        source(region=DEFAULT_REGION),
        lambda catalog: replace(catalog, traits={**catalog.traits, "more": catalog.traits[TRAIT]}),
        lambda catalog: replace(catalog, sources={**catalog.sources, "more": AT_HOME}),
        lambda catalog: replace(catalog, digest="another", segments={}, purposes={}),
    ],
)
def test_what_it_does_not_go_by_is_the_same_basis(change: Change) -> None:
    assert basis_of(change(CATALOG)) == basis_of(CATALOG)


def test_another_model_is_another_basis() -> None:
    assert len({basis_of(CATALOG, model) for model in ("", "one", "two")}) == 3
