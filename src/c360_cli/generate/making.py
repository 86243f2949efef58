"""Puts a world together. The same seed and size give the same world, on any machine."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from c360_kernel.catalog.loader import default_catalog

from c360_cli.generate import numbers, sources
from c360_cli.generate.activity import Activity, consents_of
from c360_cli.generate.kept import guest, with_kept
from c360_cli.generate.kiosks import with_shared_devices, with_tablets
from c360_cli.generate.people import Person, make_people
from c360_cli.generate.world import World, WorldConsent, WorldEvent, WorldRecord


def generate_world(seed: int, customers: int, kiosks: float | None = None) -> World:
    """A world of `customers` people, conforming to the default catalog. Time is linear.

    Stores share tablets, unless `kiosks` is the share (0..1) of all records on shared devices.
    """
    maker = _Maker(seed, kiosks)
    for person in make_people(Random(f"{seed}/people"), customers):
        maker.add(person)
    return maker.finish()


class _Maker:
    def __init__(self, seed: int, kiosks: float | None) -> None:
        self._kiosks = kiosks
        catalog = default_catalog()
        self._tiers = catalog.traits["loyaltyTier"].choices
        self._purposes = tuple(catalog.purposes)
        self._chance = Random(f"{seed}/records")
        self._seed = seed
        self._records: dict[str, list[WorldRecord]] = {source: [] for source in sources.SOURCES}
        self._anonymous: list[tuple[str, str]] = []
        self._guests: list[WorldRecord] = []
        self._truth: dict[tuple[str, str], str] = {}

    def add(self, person: Person) -> None:
        """Let the sources see a person; at least one of them does."""
        known = list(self._sightings(person))
        for record in known or [sources.crm_record(self._chance, person, self._tiers)]:
            chance = Random(f"{self._seed}/kept/{record.source}/{person.number}")
            self._records[record.source].append(with_kept(chance, person, record))
            self._truth[record.source, record.key] = f"P{person.number:07d}"
        self._add_anonymous(person)

    def finish(self) -> World:
        """The world, once everybody was seen."""
        self._records = self._on_shared_devices()
        events = sorted(self._events(), key=lambda event: (event.occurred_at, event.message_id))
        consents = list(self._consents())
        self._records["web"] += self._guests
        return World(self._records, events, consents, self._truth)

    def _on_shared_devices(self) -> dict[str, list[WorldRecord]]:
        if self._kiosks is None:
            return with_tablets(self._records)
        return with_shared_devices(
            self._records, self._kiosks, Random(f"{self._seed}/shared devices")
        )

    def _sightings(self, person: Person) -> Iterator[WorldRecord]:
        chance = self._chance
        in_crm = person.shares_phone or chance.random() < 0.75
        if in_crm:
            record = sources.crm_record(chance, person, self._tiers)
            yield record
            if chance.random() < 0.15:
                yield sources.moved(chance, record)
        if chance.random() < 0.5:
            knows_crm = in_crm and chance.random() < 0.85
            yield sources.erp_record(chance, person, knows_crm)
        if chance.random() < 0.6:
            yield sources.web_record(chance, person)
        if chance.random() < (0.6 if person.chinese else 0.1):
            yield sources.miniprogram_record(chance, person)
        if chance.random() < 0.5:
            yield sources.store_record(chance, person)

    def _add_anonymous(self, person: Person) -> None:
        """Visits without a login: in the browser of the account, or in another one."""
        if self._chance.random() < 0.25:
            (cookie,) = self._chance.choices(sources.cookies_of(person), weights=(4, 1))
            key = f"anon-{numbers.token('visitor', person.number, 12)}"
            self._anonymous.append((key, cookie))
            self._truth["web", key] = f"P{person.number:07d}"
            chance = Random(f"{self._seed}/guest/{person.number}")
            if (record := guest(chance, person, key, cookie)) is not None:
                self._guests.append(record)

    def _events(self) -> Iterator[WorldEvent]:
        activity = Activity(Random(f"{self._seed}/events"))
        for record in self._all_first_revisions():
            yield from activity.of(record)
        for key, cookie in self._anonymous:
            yield from activity.anonymous(key, cookie)

    def _consents(self) -> Iterator[WorldConsent]:
        chance = Random(f"{self._seed}/consents")
        for record in self._all_first_revisions():
            yield from consents_of(chance, record, self._purposes)

    def _all_first_revisions(self) -> Iterator[WorldRecord]:
        for records in self._records.values():
            yield from (record for record in records if record.revision == 1)
