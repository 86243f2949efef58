"""The customer of each written item, told to who may find it by what the item says.

To be told whose record it is that carries an identifier is to look its holder up. So it takes the
right to look up by every identifier type of the item, or by the record's key where it carries none
that identifies; it counts as a look-up, and is on record as one. What was written stays written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from logging import getLogger
from typing import Protocol

from c360_federation.execute.transport import (
    SubgraphTransport,
    TransportError,
)
from c360_kernel.catalog.model import Catalog
from c360_kernel.payload import AccountLinked, AccountUpserted, ObjectUpserted
from c360_kernel.record import Identifier, RecordKey
from c360_policy.schema.catalog_tags import identifier_coordinates
from c360_policy.table import PolicyTable

from c360_gateway.collect.items import ItemResult, Stage, Warned
from c360_gateway.context import OperationContext
from c360_gateway.query.lookups import LOOKUP_LIMITED, LookupQuota
from c360_gateway.transport.records import customers_of

LOOKUP_DENIED = "LOOKUP_DENIED"
_FIELD = "customerId"
_BY_KEY = "Query.customerByRecord(key:)"
_CUSTOMER = "Customer.id"
_log = getLogger(__name__)


class Customers(Protocol):
    """Knows whose records are."""

    async def of(
        self, records: Sequence[RecordKey], context: OperationContext
    ) -> Mapping[RecordKey, str]:
        """The id of each record's customer; records without one are left out."""
        ...


class SubgraphCustomers:
    """Asks the identity subgraph."""

    def __init__(self, transport: SubgraphTransport, subgraph: str = "identity") -> None:
        self._transport = transport
        self._subgraph = subgraph

    async def of(
        self, records: Sequence[RecordKey], context: OperationContext
    ) -> Mapping[RecordKey, str]:
        """Empty when identity cannot be asked."""
        try:
            response = await self._transport.execute(self._subgraph, customers_of(records), context)
        except TransportError as error:
            _log.warning("customers of records cannot be asked for: %s", error.code)
            return {}
        ids: Sequence[str | None] = (response.data or {}).get("customersOf") or ()
        found = zip(records, ids, strict=False)
        return {record: id_ for record, id_ in found if id_ is not None}


class FoundCustomers:
    """Adds customers to results, as far as the right and the quota of the writer go."""

    def __init__(self, catalog: Catalog, customers: Customers, quota: LookupQuota) -> None:
        self._types = {name: identifier_coordinates(name)[1] for name in catalog.identifiers}
        self._customers = customers
        self._quota = quota

    async def with_customers(
        self, results: Sequence[ItemResult], context: OperationContext
    ) -> Sequence[ItemResult]:
        """The results, with a customer or with a warning that says why there is none."""
        judged = [self._judged(one, context) for one in results]
        records = list(dict.fromkeys(record for _, record in judged if record is not None))
        found = await self._customers.of(records, context) if records else {}
        context.subjects.update(found.values())
        return [
            one if record is None else replace(one, customer_id=found.get(record))
            for one, record in judged
        ]

    def _judged(
        self, result: ItemResult, context: OperationContext
    ) -> tuple[ItemResult, RecordKey | None]:
        """The record whose customer may be told; none, and a warning, where it may not."""
        is_of_nobody = isinstance(result.payload, AccountUpserted | AccountLinked | ObjectUpserted)
        if result.payload is None or is_of_nobody or result.stage in (None, Stage.LOG):
            return result, None
        coordinates = self._coordinates(result)
        context.looked_up.update(coordinates.values())
        table = context.table
        denied = [
            type_ for type_, one in coordinates.items() if table.finding(one).action != "allow"
        ]
        if denied or _is_denied(table, _CUSTOMER):
            return _warned(result, LOOKUP_DENIED, denied[0] if denied else None), None
        is_limited = any(table.read(one).action != "allow" for one in coordinates.values())
        if is_limited and not self._quota.allows_one(context.principal.subject):
            return _warned(result, LOOKUP_LIMITED, None), None
        return result, result.payload.record

    def _coordinates(self, result: ItemResult) -> dict[str | None, str]:
        """The coordinates that the item finds its customer by, each with its identifier type."""
        identifiers: Sequence[Identifier] = getattr(result.payload, "identifiers", ())
        coordinates: dict[str | None, str] = {
            one.type: self._types[one.type] for one in identifiers
        }
        # Each warning is about an identifier that finds nobody.
        if len(result.warnings) >= len(identifiers):
            coordinates[None] = _BY_KEY
        return coordinates


def _is_denied(table: PolicyTable, coordinate: str) -> bool:
    read = table.read(coordinate)
    return read.action == "deny" and bool(read.rule_ids)


def _warned(result: ItemResult, code: str, type_: str | None) -> ItemResult:
    return replace(result, warnings=(*result.warnings, Warned(code, _FIELD, type_)))
