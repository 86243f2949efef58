"""Asks the identity subgraph whose records are."""

from __future__ import annotations

from collections.abc import Sequence

from c360_federation.execute.transport import SubgraphRequest
from c360_kernel.record import RecordKey

_QUERY = (
    "query CustomersOf($sources: [String!]!, $keys: [String!]!)"
    " { customersOf(sources: $sources, keys: $keys) }"
)


def customers_of(records: Sequence[RecordKey]) -> SubgraphRequest:
    """The request; `customersOf` of its answer holds an id, or null, for each of the records."""
    variables = {
        "sources": [record.source for record in records],
        "keys": [record.key for record in records],
    }
    return SubgraphRequest(_QUERY, variables, "CustomersOf")
