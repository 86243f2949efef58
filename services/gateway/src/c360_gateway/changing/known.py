"""What a policy may name, in the schema that an operation is asked of."""

from __future__ import annotations

from c360_kernel.catalog.model import Catalog
from c360_policy.reading.names import Known

from c360_gateway.context import OperationContext


def known_to(catalog: Catalog, context: OperationContext) -> Known:
    """The coordinates of the schema, the purposes and traits of a catalog."""
    tables = context.graph_tables
    purposes = frozenset(catalog.purposes)
    return Known(tables.coordinates, purposes, tables.inapplicable, catalog.traits)
