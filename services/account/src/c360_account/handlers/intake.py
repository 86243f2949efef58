"""Entries of the three topics, decoded and sorted by what they are about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.catalog.sections import DEFAULT_REGION
from c360_kernel.codec import decode
from c360_kernel.log.entry import Entry
from c360_kernel.log.topics import ACCOUNTS, LINKS
from c360_kernel.payload import AccountLinked, AccountUpserted, RecordAssigned
from c360_kernel.record import Identifier, RecordKey

from c360_account.domain.model import PersonRecord, Said
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

    def take(self, entry: Entry) -> None:
        """Take one entry. Raises `Invalid` for one that is none of its topic."""
        payload = decode(entry.topic, entry.data)
        if entry.topic == ACCOUNTS:
            one = cast("AccountUpserted", payload)
            self.records.setdefault(one.record, []).append(said(one, entry.stamp))
        elif entry.topic == LINKS:
            link = cast("AccountLinked", payload)
            self.links.setdefault(link.link, []).append(said(link, entry.stamp))
        else:
            self._assign(cast("RecordAssigned", payload))

    def _assign(self, one: RecordAssigned) -> None:
        held = self.persons.get(one.record)
        if held is None or one.version > held.version:
            self.persons[one.record] = PersonRecord(one.customer, one.version)


def incoming(entries: Iterable[Entry]) -> Incoming:
    """What a batch says."""
    found = Incoming()
    for entry in entries:
        found.take(entry)
    return found


class Reading:
    """Normal forms of the identifiers of account records, by the region of their source.

    `observes` are the types of identifiers that traits say.
    """

    def __init__(self, catalog: Catalog) -> None:
        traits = catalog.accounts.traits.values()
        self.observes = {one.name: one.identifier for one in traits if one.identifier}
        self._normalizers = Normalizers(catalog.of_accounts)
        self._regions = {name: source.region for name, source in catalog.sources.items()}

    def normalize(self, source: str) -> Normalize:
        """The normal form of what a source says."""
        region = self._regions.get(source, DEFAULT_REGION)

        def normal(identifier: Identifier) -> Identifier | None:
            return self._normalizers.normalize(identifier, region)

        return normal
