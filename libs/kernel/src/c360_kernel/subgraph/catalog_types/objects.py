"""Objects: an interface for what all of them have, and a type per object of the catalog."""

from __future__ import annotations

import strawberry

from c360_kernel.catalog.model import Catalog, ObjectType
from c360_kernel.catalog.names import pascal
from c360_kernel.subgraph.catalog_types.descriptions import object_described, property_described
from c360_kernel.subgraph.catalog_types.fields import OUTPUT_TYPES, FieldSpec, class_with
from c360_kernel.subgraph.scalars import DateTime


@strawberry.federation.interface(
    description="What is no person, and what events refer to by its key."
)
class CatalogObject:
    """What every object has. Its key is a field of each type, which has a tag of its own."""

    object_type: str = strawberry.field(description="Which type of the catalog it is of.")
    source: str = strawberry.field(description="The source that told of it last.")
    observed_at: DateTime = strawberry.field(description="When that source saw it so.")


def object_types(catalog: Catalog) -> dict[str, type]:
    """A type per object by its name, `product_line` as `ProductLine`.

    Each implements `CatalogObject` and has a nullable field per property.
    """
    return {one.name: _object_type(one) for one in catalog.objects.values()}


def _object_type(object_: ObjectType) -> type:
    specs = [FieldSpec("key", str, object_.tag, "What events refer to it by.")]
    specs += [
        FieldSpec(known.name, OUTPUT_TYPES[known.type], known.tag, property_described(known))
        for known in object_.properties.values()
    ]
    made = class_with(pascal(object_.name), specs, bases=(CatalogObject,))
    return strawberry.federation.type(made, description=object_described(object_))
