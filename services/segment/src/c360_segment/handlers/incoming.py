"""A batch of entries, decoded and reduced to the one entry per key that can win."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from c360_kernel.accounts.links import AccountState, LinkSaid, link_said
from c360_kernel.accounts.said import AccountSaid, account_said
from c360_kernel.codec import decode
from c360_kernel.conditions.facts import with_facts
from c360_kernel.log.entry import Entry
from c360_kernel.log.topics import (
    ACCOUNT_IDENTITIES,
    ACCOUNTS,
    EVENTS,
    IDENTITIES,
    LINKS,
    MEMBERSHIPS,
    OBJECTS,
    PROFILES,
    SEGMENTS,
)
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.payload import (
    AccountAssigned,
    AccountLinked,
    AccountUpserted,
    EventTracked,
    MembershipChanged,
    ObjectUpserted,
    ProfileChanged,
    RecordAssigned,
    SegmentSaved,
)
from c360_kernel.record import RecordKey
from c360_kernel.stamp import stamp_ms

from c360_segment.domain.past import Profiled
from c360_segment.domain.saved import SavedSegment
from c360_segment.domain.state import EventName, ProfileState, SeenEvent
from c360_segment.domain.told import Told
from c360_segment.emission import Cause


@dataclass(slots=True)
class Incoming:
    """The candidates of a batch by key, what caused each key's change, and the latest stamp."""

    events: dict[EventName, SeenEvent] = field(default_factory=dict[EventName, SeenEvent])
    assignments: dict[RecordKey, RecordAssigned] = field(
        default_factory=dict[RecordKey, RecordAssigned]
    )
    profiles: dict[str, ProfileState] = field(default_factory=dict[str, ProfileState])
    profiled: dict[str, list[Profiled]] = field(default_factory=dict[str, list[Profiled]])
    record_causes: dict[RecordKey, Cause] = field(default_factory=dict[RecordKey, Cause])
    customer_causes: dict[str, Cause] = field(default_factory=dict[str, Cause])
    saved: list[SavedSegment] = field(default_factory=list[SavedSegment])
    told: list[Told] = field(default_factory=list[Told])
    objects: list[KnownObject] = field(default_factory=list[KnownObject])
    links: dict[RecordKey, list[LinkSaid]] = field(default_factory=dict[RecordKey, list[LinkSaid]])
    accounts: dict[RecordKey, AccountState] = field(default_factory=dict[RecordKey, AccountState])
    account_said: dict[RecordKey, list[AccountSaid]] = field(
        default_factory=dict[RecordKey, list[AccountSaid]]
    )
    link_causes: dict[RecordKey, Cause] = field(default_factory=dict[RecordKey, Cause])
    account_causes: dict[RecordKey, Cause] = field(default_factory=dict[RecordKey, Cause])
    latest: str = ""

    def add_event(self, event: EventTracked, cause: Cause) -> None:
        """Keep the event with the smallest stamp under a name."""
        name = EventName(event.record.source, event.message_id)
        held = self.events.get(name)
        if held is None or cause.stamp < held.stamp:
            self.events[name] = SeenEvent(
                cause.stamp, event.record, event.name, event.occurred_at, event.properties
            )
        self.record_causes[event.record] = cause

    def add_assignment(self, assigned: RecordAssigned, cause: Cause) -> None:
        """Keep the assignment with the greatest version of a record."""
        held = self.assignments.get(assigned.record)
        if held is None or assigned.version > held.version:
            self.assignments[assigned.record] = assigned
        self.record_causes[assigned.record] = cause

    def add_profile(self, changed: ProfileChanged, cause: Cause) -> None:
        """Keep every profile of a customer, and the one with the greatest version."""
        known = with_facts(changed.traits, changed.consents, changed.sources, changed.tags)
        profile = ProfileState(changed.version, not changed.ended, known)
        told = Profiled(profile, stamp_ms(cause.stamp), changed.successor)
        self.profiled.setdefault(changed.customer, []).append(told)
        held = self.profiles.get(changed.customer)
        if held is None or changed.version > held.version:
            self.profiles[changed.customer] = profile
        self.customer_causes[changed.customer] = cause

    def add_segment(self, one: SegmentSaved, cause: Cause) -> None:
        """Keep a version of a segment that somebody made."""
        said = (one.title, one.description, one.condition, one.note, one.author, one.archived)
        self.saved.append(SavedSegment(one.name, one.version, cause.stamp, cause.time, *said))

    def add_object(self, one: ObjectUpserted, cause: Cause) -> None:
        """Keep what a source said of an object."""
        name = ObjectName(one.type, one.record.key)
        said = one.record.source, one.observed_at, cause.stamp, one.deleted
        self.objects.append(KnownObject(name, *said, one.properties))

    def add_membership(self, one: MembershipChanged, _: Cause) -> None:
        """Keep what this service told, or another replica, or one before it."""
        said = one.customer, one.version, one.member, one.reads
        self.told.append(Told(one.segment, one.at, *said))

    def add_link(self, linked: AccountLinked, cause: Cause) -> None:
        """Keep what is said of a link of a person to an account."""
        self.links.setdefault(linked.link, []).append(link_said(linked, cause.stamp))
        self.link_causes[linked.link] = cause

    def add_account_said(self, told: AccountUpserted, cause: Cause) -> None:
        """Keep what is said of the traits of an account's record."""
        said = account_said(told, cause.stamp)
        self.account_said.setdefault(told.record, []).append(said)
        self.account_causes[told.record] = cause

    def add_account(self, assigned: AccountAssigned, cause: Cause) -> None:
        """Keep the greatest version of which account a record is of."""
        held = self.accounts.get(assigned.record)
        if held is None or assigned.version > held.version:
            told = assigned.account, assigned.version, assigned.comes_to
            self.accounts[assigned.record] = AccountState(*told)
        self.account_causes[assigned.record] = cause


def read_batch(entries: Sequence[Entry]) -> Incoming:
    """Decode entries of the topics that segment reads; `Invalid` for a malformed one."""
    incoming = Incoming(latest=max((entry.stamp for entry in entries), default=""))
    add = {
        EVENTS: incoming.add_event,
        OBJECTS: incoming.add_object,
        IDENTITIES: incoming.add_assignment,
        PROFILES: incoming.add_profile,
        SEGMENTS: incoming.add_segment,
        MEMBERSHIPS: incoming.add_membership,
        LINKS: incoming.add_link,
        ACCOUNTS: incoming.add_account_said,
        ACCOUNT_IDENTITIES: incoming.add_account,
    }
    for entry in entries:
        cause = Cause(entry.stamp, entry.time, entry.traceparent)
        add[entry.topic](decode(entry.topic, entry.data), cause)
    return incoming
