"""The golden traits, or those of one record, as a type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import strawberry

from c360_kernel.catalog.model import TraitType
from c360_kernel.catalog.references import shown_names
from c360_kernel.subgraph.catalog_types.descriptions import trait_described
from c360_kernel.subgraph.catalog_types.fields import OUTPUT_TYPES, FieldSpec, attribute, class_with

Referring = Callable[[TraitType], Any]
"""Makes the field that shows the object which a trait refers to."""


def traits_type(
    name: str,
    traits: Mapping[str, TraitType],
    description: str = "Traits by name.",
    referring: Referring | None = None,
) -> type:
    """A type with one nullable field per trait and, where `referring` makes it, per object that one
    refers to.

    Made with keyword arguments named as `attribute` says, values as on the log (`TraitValue`).
    """
    specs = [
        FieldSpec(trait.name, OUTPUT_TYPES[trait.type], trait.tags, trait_described(trait))
        for trait in traits.values()
    ]
    made = class_with(name, specs)
    if referring is not None:
        for shown, trait in shown_names(traits.values()).items():
            setattr(made, attribute(shown), referring(trait))
    return strawberry.federation.type(made, shareable=True, description=description)
