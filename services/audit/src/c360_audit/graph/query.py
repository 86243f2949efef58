"""Where questions to the audit log begin."""

from __future__ import annotations

import strawberry

from c360_audit.graph.anomalies import AccessAnomaly, access_anomalies
from c360_audit.graph.arguments import TAG
from c360_audit.graph.known import KnownAccess, known_access, on_record
from c360_audit.graph.performed import (
    AlikeOperations,
    TouchingOperations,
    alike_operations,
    known_attributes,
    touched_customers,
    touching_operations,
)


@strawberry.type(description="Where every query begins.")
class Query:
    """Entry points."""

    access_anomalies: list[AccessAnomaly] | None = strawberry.federation.field(
        resolver=access_anomalies,
        tags=[TAG],
        description="What stands out of how roles were commonly used in the four weeks before, "
        "newest first.",
    )
    alike_operations: list[AlikeOperations] = strawberry.federation.field(
        resolver=alike_operations, inaccessible=True
    )
    touched_customers: int = strawberry.federation.field(
        resolver=touched_customers, inaccessible=True
    )
    touching_operations: TouchingOperations = strawberry.federation.field(
        resolver=touching_operations, inaccessible=True
    )
    known_attributes: list[str] = strawberry.federation.field(
        resolver=known_attributes, inaccessible=True
    )
    known_access: KnownAccess = strawberry.federation.field(
        resolver=known_access, inaccessible=True
    )
    on_record: bool = strawberry.federation.field(resolver=on_record, inaccessible=True)
