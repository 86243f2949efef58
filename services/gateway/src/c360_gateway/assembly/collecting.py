"""The gateway's own subgraph and its other doors: what is written, what was refused or watched."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from c360_federation.execute.transport import SubgraphTransport
from c360_kernel.catalog.model import Catalog
from c360_kernel.cursors import CursorSealer

from c360_gateway.assembly.answering import answering_access
from c360_gateway.assembly.base import Base
from c360_gateway.assembly.control import control_of
from c360_gateway.assembly.keys import cursor_keys
from c360_gateway.assembly.office import Opened
from c360_gateway.changing.changes import PolicyChanges
from c360_gateway.changing.past import SubgraphPast
from c360_gateway.changing.today import SubgraphToday
from c360_gateway.changing.trials import PolicyTrials
from c360_gateway.collect.asked_again import SubgraphReplacedAnswers
from c360_gateway.collect.collector import Collector
from c360_gateway.collect.consent_receipts import SubgraphConsentReceipts
from c360_gateway.collect.dead_letters import DeadLetters
from c360_gateway.collect.decision_scope import DecisionScope
from c360_gateway.collect.found_customers import FoundCustomers, SubgraphCustomers
from c360_gateway.collect.joins import JoinQuota, SubgraphJoins
from c360_gateway.collect.known_lists import KnownLists
from c360_gateway.collect.once import AnsweredCalls
from c360_gateway.collect.profile_tags import SubgraphProfileTags
from c360_gateway.collect.quarantine import Quarantine
from c360_gateway.collect.receipts import SubgraphReceipts
from c360_gateway.collect.refused_items import RefusedItems
from c360_gateway.collect.said_objects import SubgraphSaidObjects
from c360_gateway.collect.same_outcomes import SubgraphSameOutcomes
from c360_gateway.collect.segment_checks import SubgraphSegmentChecks
from c360_gateway.collect.segment_saving import SegmentSaving
from c360_gateway.collect.waiting import Waiter
from c360_gateway.control.token_holders import SubgraphTokenHolders
from c360_gateway.doors.graphql.schema import collect_subgraph
from c360_gateway.doors.live import Collecting
from c360_gateway.doors.tracking.door import Tracked
from c360_gateway.doors.tracking.mapping import Calls
from c360_gateway.feed.changes import ChangeFeed
from c360_gateway.feed.holders import SubgraphHolders
from c360_gateway.transport.audit_subgraph import AuditSubgraph
from c360_gateway.transport.consent_states import SubgraphConsentStates
from c360_gateway.watch.customer_lookup import SubgraphCustomerLookup
from c360_gateway.watch.places import Places
from c360_gateway.watch.segment_gate import SubgraphSegmentGate
from c360_gateway.watch.watching import Watching


def collecting(
    base: Base, domain: SubgraphTransport, watching: Watching, policies: Opened
) -> Callable[[Catalog], Collecting]:
    """Makes the doors under a catalog; `domain` asks the services, `policies` changes policy."""
    settings, log = base.settings, base.log
    quota = JoinQuota(
        SubgraphJoins(domain),
        settings.reader_joins_per_hour,
        settings.reader_identifiers_per_hour,
    )
    checks = SubgraphSegmentChecks(domain)
    admission = KnownLists(checks, DecisionScope(SubgraphCustomers(domain), quota))
    office, past = policies.office, SubgraphPast(AuditSubgraph(domain))
    sealer = CursorSealer(cursor_keys(base.instance_key))
    items, letters = RefusedItems(log, sealer), DeadLetters(log, sealer)
    answering = answering_access(base, domain, policies)
    skew_ms = settings.clock_skew_s * 1_000
    calls = AnsweredCalls()
    feed = ChangeFeed(
        Places(log, sealer),
        Waiter(log),
        SubgraphHolders(domain),
        SubgraphCustomerLookup(domain),
        SubgraphSegmentGate(domain),
    )
    saving = SegmentSaving(checks, log, base.clock, base.writer, settings.saved_segments)

    def doors_of(catalog: Catalog) -> Collecting:
        quarantine = Quarantine(catalog, settings.quarantine_bytes_per_hour)
        receipts, consents = SubgraphReceipts(domain), SubgraphConsentReceipts(domain)
        holders = SubgraphTokenHolders(catalog, domain)
        replaced, tags = SubgraphReplacedAnswers(domain), SubgraphProfileTags(domain)
        collector = Collector(
            catalog,
            log,
            base.clock,
            receipts,
            consents,
            admission,
            quarantine,
            replaced,
            tags,
            SubgraphSaidObjects(domain),
        )
        customers = FoundCustomers(catalog, SubgraphCustomers(domain), base.lookups)
        subscription = watching.subscription
        subgraph = collect_subgraph(
            catalog,
            collector,
            calls,
            items,
            letters,
            customers,
            SubgraphSameOutcomes(domain),
            subscription,
            sealer,
            answering,
            control_of(base, holders, SubgraphConsentStates(domain)),
            PolicyChanges(office, base.writer, catalog),
            PolicyTrials(office, past, catalog, partial(SubgraphToday, domain), base.names.all_of),
            saving,
            feed,
            skew_ms,
        )
        return Collecting(subgraph, Tracked(Calls(catalog, skew_ms), collector))

    return doors_of
