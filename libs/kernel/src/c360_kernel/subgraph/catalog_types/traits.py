"""The golden traits, or those of one record, as a type."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry

from c360_kernel.catalog.model import TraitType
from c360_kernel.subgraph.catalog_types.descriptions import trait_described
from c360_kernel.subgraph.catalog_types.fields import OUTPUT_TYPES, FieldSpec, class_with


def traits_type(
    name: str, traits: Mapping[str, TraitType], description: str = "Traits by name."
) -> type:
    """A type with one nullable field per trait.

    Made with keyword arguments named as `attribute` says, values as on the log (`TraitValue`).
    """
    specs = [
        FieldSpec(trait.name, OUTPUT_TYPES[trait.type], trait.tags, trait_described(trait))
        for trait in traits.values()
    ]
    made = class_with(name, specs)
    return strawberry.federation.type(made, shareable=True, description=description)
