"""The types that a catalog makes for this subgraph, and values put into them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from c360_kernel.catalog.model import Catalog, PropertyType, TraitType
from c360_kernel.objects.known import KnownObject
from c360_kernel.record import TraitValue
from c360_kernel.subgraph.catalog_types import attribute, event_types, object_types, traits_type
from c360_kernel.value_types import fitting

from c360_profile.domain.event import Event
from c360_profile.graph.objects import referring_to

_PROFILE = "The golden traits of a customer; null where no record gives one or you may not see it."
_RECORD_TRAITS = "The traits of one record, as its source wrote them."


@dataclass(frozen=True, slots=True)
class CatalogTypes:
    """Golden and computed traits, the traits of one record, and a type per event."""

    catalog: Catalog
    profile: type
    record_traits: type
    events: Mapping[str, type]
    objects: Mapping[str, type]

    @classmethod
    def of(cls, catalog: Catalog) -> CatalogTypes:
        """New types for a catalog; make them once a schema."""
        objects = object_types(catalog)
        return cls(
            catalog,
            traits_type("Profile", catalog.profile_traits, _PROFILE, referring_to(objects)),
            traits_type("RecordTraits", catalog.traits, _RECORD_TRAITS),
            event_types(catalog, referring_to(objects)),
            objects,
        )

    def make_profile(self, golden: Mapping[str, TraitValue]) -> object:
        """A `Profile`."""
        return self.profile(**_typed(self.catalog.profile_traits, golden))

    def make_record_traits(self, traits: Mapping[str, TraitValue]) -> object:
        """A `RecordTraits`, values as the source wrote them."""
        return self.record_traits(**_typed(self.catalog.traits, traits))

    def make_event(self, event: Event) -> object:
        """An event of its own type; its name must be in the catalog."""
        properties = self.catalog.events[event.name].properties
        return self.events[event.name](
            message_id=event.message_id,
            name=event.name,
            occurred_at=event.occurred_at,
            source=event.record.source,
            key=event.record.key,
            **_typed(properties, event.properties),
        )

    def make_object(self, known: KnownObject) -> object:
        """An object of its own type, which must be in the catalog."""
        name = known.name.type
        return self.objects[name](
            object_type=name,
            key=known.name.key,
            source=known.source,
            observed_at=known.observed_at,
            **_typed(self.catalog.objects[name].properties, known.properties),
        )


def _typed(
    types: Mapping[str, TraitType] | Mapping[str, PropertyType], values: Mapping[str, TraitValue]
) -> dict[str, Any]:
    """Values by attribute; what an older catalog let in and this one does not is left out."""
    return {attribute(name): value for name, value in fitting(types, values)}
