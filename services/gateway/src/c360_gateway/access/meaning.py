"""What a question names is there, or is on record: a mistyped name is not what nobody has seen."""

from __future__ import annotations

from c360_kernel.errors import Invalid, NotFound
from c360_kernel.payload import AUDIT_KINDS
from c360_policy.reading.names import nearest_name

from c360_gateway.access.answering import Answering
from c360_gateway.access.known import Trace
from c360_gateway.context import OperationContext
from c360_gateway.policy.tables import PolicyTables

_TAG = "tag:"


async def names_of_customer(
    answering: Answering, customer: str, operation: OperationContext
) -> list[str]:
    """What a customer and its parts are called on record; nothing once it is forgotten.

    Whoever asks about a customer has touched that customer. Raises `NotFound` (CUSTOMER_UNKNOWN)
    for an id that nobody has or had.
    """
    ids = await answering.ids.of(customer, operation)
    names = sorted(name for one in ids or {customer} for name in answering.names_of(one))
    if not ids and names:
        unknown = NotFound("no customer has or had this id", code="CUSTOMER_UNKNOWN")
        await _refuse_without(answering, Trace(names=names), operation, unknown)
    operation.subjects.add(customer)
    return names


async def refuse_mistyped_coordinate(
    answering: Answering, named: str | None, operation: OperationContext
) -> None:
    """Raise `NotFound` (COORDINATE_UNKNOWN) for a coordinate or `tag:name` of no time."""
    tables = operation.graph_tables
    if named is None or _is_served(tables, named):
        return
    near = nearest_name(named, tables.coordinates)
    unknown = NotFound(f"nothing of the schema is called so{near}", code="COORDINATE_UNKNOWN")
    await _refuse_without(answering, Trace(coordinate=named), operation, unknown)


async def refuse_unknown_principal(
    answering: Answering, principal: str | None, operation: OperationContext
) -> None:
    """Raise `NotFound` (PRINCIPAL_UNKNOWN) for somebody who never did or tried anything."""
    if principal is not None:
        unknown = NotFound("nobody of this name is on record", code="PRINCIPAL_UNKNOWN")
        await _refuse_without(answering, Trace(principal=principal), operation, unknown)


def refuse_unknown_act(act: str | None) -> None:
    """Raise `Invalid` (ACT_UNKNOWN) for what no act on record is of."""
    if act is not None and act not in AUDIT_KINDS:
        near = nearest_name(act, AUDIT_KINDS)
        raise Invalid(f"there is no such kind of act{near}", code="ACT_UNKNOWN")


async def _refuse_without(
    answering: Answering, trace: Trace, operation: OperationContext, unknown: NotFound
) -> None:
    if not await answering.records.has(trace, operation):
        raise unknown


def _is_served(tables: PolicyTables, named: str) -> bool:
    if named.startswith(_TAG):
        return any(named.removeprefix(_TAG) in tags for tags in tables.coordinates.values())
    return named in tables.coordinates
