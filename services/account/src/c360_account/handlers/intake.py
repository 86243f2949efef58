"""Entries of the topics, decoded and sorted by what they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.normalizers import normalizers_of
from c360_kernel.catalog.sections import DEFAULT_REGION
from c360_kernel.codec import decode
from c360_kernel.log.entry import Entry
from c360_kernel.log.topics import ACCOUNTS, EVENTS, IDENTITIES, LINKS
from c360_kernel.payload import (
    AccountLinked,
    AccountUpserted,
    EventTracked,
    ProfileChanged,
    RecordAssigned,
)
from c360_kernel.record import Identifier, RecordKey, TraitValue
from c360_kernel.value_types import fits

from c360_account.domain.counting import AccountName, CountedEvent, EventName, ToldTraits
from c360_account.domain.model import PersonRecord, Said
from c360_account.domain.roll_ups import RollUpRules
from c360_account.domain.saying import Normalize, said


@dataclass(slots=True)
class Incoming:
    """What a batch says, by record, link and record of a person."""

    records: dict[RecordKey, list[Said[AccountUpserted]]] = field(
        default_factory=dict[RecordKey, list[Said[AccountUpserted]]]
    )
    links: dict[RecordKey, list[Said[AccountLinked]]] = field(
        default_factory=dict[RecordKey, list[Said[AccountLinked]]]
    )
    persons: dict[RecordKey, PersonRecord] = field(default_factory=dict[RecordKey, PersonRecord])
    events: dict[EventName, CountedEvent] = field(default_factory=dict[EventName, CountedEvent])
    told: dict[str, ToldTraits] = field(default_factory=dict[str, ToldTraits])

    def take(self, entry: Entry, reading: Reading) -> None:
        """Take one entry. Raises `Invalid` for one that is none of its topic."""
        payload = decode(entry.topic, entry.data)
        if entry.topic == ACCOUNTS:
            one = cast("AccountUpserted", payload)
            self.records.setdefault(one.record, []).append(said(one, entry.stamp))
        elif entry.topic == LINKS:
            link = cast("AccountLinked", payload)
            self.links.setdefault(link.link, []).append(said(link, entry.stamp))
        elif entry.topic == IDENTITIES:
            self._assign(cast("RecordAssigned", payload))
        elif entry.topic == EVENTS:
            self._count(reading.counted(cast("EventTracked", payload), entry.stamp))
        else:
            self._tell(cast("ProfileChanged", payload), reading)

    def _assign(self, one: RecordAssigned) -> None:
        held = self.persons.get(one.record)
        if held is None or one.version > held.version:
            self.persons[one.record] = PersonRecord(one.customer, one.version)

    def _count(self, one: CountedEvent | None) -> None:
        if one is not None and one.outranks(self.events.get(one.id)):
            self.events[one.id] = one

    def _tell(self, one: ProfileChanged, reading: Reading) -> None:
        held = self.told.get(one.customer)
        if held is None or one.version > held.version:
            self.told[one.customer] = ToldTraits(reading.told(one), one.version)


def incoming(entries: Iterable[Entry], reading: Reading) -> Incoming:
    """What a batch says."""
    found = Incoming()
    for entry in entries:
        found.take(entry, reading)
    return found


class Reading:
    """Normal forms of the identifiers of account records, by the region of their source; and what
    of persons is kept for accounts.

    `observes` are the types of identifiers that traits say.
    """

    def __init__(self, catalog: Catalog) -> None:
        traits = catalog.accounts.traits.values()
        self.observes = {one.name: one.identifier for one in traits if one.identifier}
        self._normalizers = normalizers_of(catalog.of_accounts)
        self._regions = {name: source.region for name, source in catalog.sources.items()}
        self._rules = RollUpRules(catalog)
        self._stated = catalog.accounts.stated
        self._types = {name: one.properties for name, one in catalog.events.items()}

    def normalize(self, source: str) -> Normalize:
        """The normal form of what a source says."""
        region = self._regions.get(source, DEFAULT_REGION)

        def normal(identifier: Identifier) -> Identifier | None:
            return self._normalizers.normalize(identifier, region)

        return normal

    def counted(self, event: EventTracked, stamp: str) -> CountedEvent | None:
        """What is kept of an event; None of one that nothing counts."""
        read = self._rules.properties.get(event.name)
        if read is None:
            return None
        types = self._types[event.name]
        kept = {
            name: value
            for name, value in event.properties.items()
            if name in read and fits(types[name].type, value)
        }
        named = event.message_id, event.name, event.occurred_at
        return CountedEvent(event.record, *named, stamp, kept, self._named_by(event))

    def told(self, profile: ProfileChanged) -> Mapping[str, TraitValue]:
        """What is kept of a customer's traits."""
        traits = {} if profile.ended else profile.traits
        return {name: traits[name] for name in sorted(self._rules.traits & traits.keys())}

    def _named_by(self, event: EventTracked) -> AccountName | None:
        stated = self._stated.get(event.name)
        said = event.properties.get(stated.property) if stated else None
        if stated is None or not isinstance(said, str) or not fits("string", said):
            return None
        source = event.record.source
        if not stated.identifier:
            return AccountName("", source, said)
        normal = self.normalize(source)(Identifier(stated.identifier, said))
        return AccountName(stated.identifier, "", normal.value if normal else "")
