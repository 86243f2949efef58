"""What answers questions about access: handed to the doors in one piece."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from c360_policy.schema.served import ServedSchema

from c360_gateway.access.customer_ids import CustomerIds
from c360_gateway.access.known import AccessRecords
from c360_gateway.access.texts import PolicyVersions
from c360_gateway.transport.consent_states import ConsentStates
from c360_gateway.watch.customer_lookup import CustomerLookup


@dataclass(frozen=True, slots=True)
class Answering:
    """`names_of` an id in the log (none of one that is forgotten), `ids` of customers that became
    one, `records` of who asked, `versions` of policy, the `schema` of a version (None: not kept),
    `customers` and `consents` as they are to the caller.
    """

    names_of: Callable[[str], frozenset[str]]
    ids: CustomerIds
    records: AccessRecords
    versions: PolicyVersions
    schema: Callable[[str], Awaitable[ServedSchema | None]]
    customers: CustomerLookup
    consents: ConsentStates
