"""Strawberry types made of a catalog: its traits, identifiers and events, each with its tag.

Every function makes a new type: call it once per schema and share the result.
"""

from c360_kernel.subgraph.catalog_types.consents import ConsentGiver, ConsentStatus, LegalBasis
from c360_kernel.subgraph.catalog_types.count_filters import is_timed
from c360_kernel.subgraph.catalog_types.event_filters import event_condition, event_filter
from c360_kernel.subgraph.catalog_types.events import Event, event_types
from c360_kernel.subgraph.catalog_types.fields import attribute
from c360_kernel.subgraph.catalog_types.filters import (
    Spelling,
    accounts_in,
    customer_filter,
    events_in,
    filter_condition,
    segments_in,
)
from c360_kernel.subgraph.catalog_types.identifiers import (
    identifier_enum,
    identifier_input_enum,
    identifiers_type,
)
from c360_kernel.subgraph.catalog_types.objects import CatalogObject, object_types
from c360_kernel.subgraph.catalog_types.orders import (
    Direction,
    customer_order,
    customer_order_field,
)
from c360_kernel.subgraph.catalog_types.traits import traits_type

__all__ = [
    "CatalogObject",
    "ConsentGiver",
    "ConsentStatus",
    "Direction",
    "Event",
    "LegalBasis",
    "Spelling",
    "accounts_in",
    "attribute",
    "customer_filter",
    "customer_order",
    "customer_order_field",
    "event_condition",
    "event_filter",
    "event_types",
    "events_in",
    "filter_condition",
    "identifier_enum",
    "identifier_input_enum",
    "identifiers_type",
    "is_timed",
    "object_types",
    "segments_in",
    "traits_type",
]
