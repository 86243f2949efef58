"""The golden traits, or those of one record, as a type."""

from __future__ import annotations

import strawberry

from c360_kernel.catalog.model import Catalog
from c360_kernel.subgraph.catalog_types.descriptions import trait_described
from c360_kernel.subgraph.catalog_types.fields import OUTPUT_TYPES, FieldSpec, class_with


def traits_type(name: str, catalog: Catalog, description: str = "Traits by name.") -> type:
    """A type with one nullable field per trait.

    Made with keyword arguments named as `attribute` says, values as on the log (`TraitValue`).
    """
    specs = [
        FieldSpec(trait.name, OUTPUT_TYPES[trait.type], trait.tag, trait_described(trait))
        for trait in catalog.traits.values()
    ]
    made = class_with(name, specs)
    return strawberry.federation.type(made, shareable=True, description=description)
