"""What answers questions about access, from settings and the services."""

from __future__ import annotations

from functools import partial

from c360_federation.execute.transport import SubgraphTransport
from c360_policy.store.served_schemas import served_schema

from c360_gateway.access.answering import Answering
from c360_gateway.access.customer_ids import SubgraphCustomerIds
from c360_gateway.access.known import SubgraphAccessRecords
from c360_gateway.access.texts import PolicyVersions
from c360_gateway.assembly.base import Base
from c360_gateway.assembly.office import Opened
from c360_gateway.transport.audit_subgraph import AuditSubgraph
from c360_gateway.transport.consent_states import SubgraphConsentStates
from c360_gateway.watch.customer_lookup import SubgraphCustomerLookup


def answering_access(base: Base, domain: SubgraphTransport, policies: Opened) -> Answering:
    """`domain` asks the services; `policies` has what was in force."""
    versions = PolicyVersions(policies.ledger.text)
    schema = partial(served_schema, policies.schemas)
    records = SubgraphAccessRecords(AuditSubgraph(domain))
    ids, customers = SubgraphCustomerIds(domain), SubgraphCustomerLookup(domain)
    consents = SubgraphConsentStates(domain)
    return Answering(base.names.all_of, ids, records, versions, schema, customers, consents)
