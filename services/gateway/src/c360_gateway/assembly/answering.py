"""What answers questions about access, from settings and the services."""

from __future__ import annotations

from c360_federation.execute.transport import SubgraphTransport
from c360_policy.changing.ports import PolicyLedger
from c360_policy.store.file_ledger import FileLedger

from c360_gateway.access.answering import Answering
from c360_gateway.access.customer_ids import SubgraphCustomerIds
from c360_gateway.access.known import SubgraphAccessRecords
from c360_gateway.access.texts import PolicyVersions
from c360_gateway.assembly.base import Base
from c360_gateway.settings import GatewaySettings
from c360_gateway.transport.consent_states import SubgraphConsentStates
from c360_gateway.watch.customer_lookup import SubgraphCustomerLookup


def answering_access(base: Base, domain: SubgraphTransport) -> Answering:
    """`domain` asks the services."""
    versions = PolicyVersions(open_ledger(base.settings).text)
    records = SubgraphAccessRecords(domain)
    ids, customers = SubgraphCustomerIds(domain), SubgraphCustomerLookup(domain)
    consents = SubgraphConsentStates(domain)
    return Answering(base.names.all_of, ids, records, versions, customers, consents)


def open_ledger(settings: GatewaySettings) -> PolicyLedger:
    """Where the versions of policy are kept. It connects to a database when it is first asked."""
    if settings.policy_store is None:
        return FileLedger(settings.policy_versions)
    # The driver takes half a second to import, and only this needs it.
    from c360_policy.store.mongodb_ledger import MongoLedger  # noqa: PLC0415

    return MongoLedger(settings.policy_store)
