"""Folds records, events, consents, tags and assignments into records, timelines and profiles.

It is woken for grants and tags that end, for windows of computed traits that run out, and for what
rules keep no longer.

Nothing here depends on the order of entries or on how they are cut into batches. Customers are
recomputed for every record mentioned, changed or not, so that a batch that was only half saved
is repaired by handling it again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from c360_kernel.accounts.seen import AccountView
from c360_kernel.codec import decode
from c360_kernel.log.entry import Entry
from c360_kernel.objects.following import is_object
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.payload import (
    AccountAssigned,
    AccountLinked,
    AccountUpserted,
    ConsentRecorded,
    EventTracked,
    ObjectUpserted,
    Payload,
    RecordAssigned,
    RecordTagged,
    RecordUpserted,
)
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.revisions import RevisionName, content_of
from c360_kernel.stamp import stamp_at

from c360_profile.domain.acting import view_for
from c360_profile.domain.carried import NOTHING, with_identifiers
from c360_profile.domain.consent import Answers, Consent, Given
from c360_profile.domain.customer import (
    Customer,
    Facts,
    Folded,
    belonging,
    ended,
    folded,
    refolded,
)
from c360_profile.domain.event import Event
from c360_profile.domain.fold import Fold
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision
from c360_profile.domain.search.search import Texts, searched_traits, texts_of
from c360_profile.domain.tagging import Tagged, Tagging, newest, once
from c360_profile.emission import Cause, change
from c360_profile.handlers.accounts import AccountsTold, keep_told
from c360_profile.handlers.computing import (
    AT_ONCE,
    Happened,
    computed_traits,
    customer_key,
    customers_among,
    is_customer,
    keep_events,
)
from c360_profile.handlers.quality import QualityCounts, compared_with, is_counting
from c360_profile.handlers.referring import keep_objects, records_due
from c360_profile.handlers.ruling import Evidence, ruled_tags
from c360_profile.store.port import Archived, CustomerChange, ProfileUnit

P = TypeVar("P", bound=Payload)
_OF_RECORDS = (RecordUpserted, RecordAssigned, ConsentRecorded, RecordTagged)
"""What is said of records themselves."""


class _Told:
    """What the entries of a batch tell, by its kind."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_kind: dict[type[Payload], list[Any]] = {}
        for entry in entries:
            payload = decode(entry.topic, entry.data)
            self._by_kind.setdefault(type(payload), []).append((entry, payload))

    def of(self, kind: type[P]) -> Sequence[tuple[Entry, P]]:
        """Payloads of one kind with the entries that tell them."""
        return self._by_kind.get(kind, ())

    @property
    def records(self) -> set[RecordKey]:
        """The records of which something is said, beside their events."""
        return {one.record for kind in _OF_RECORDS for _, one in self._by_kind.get(kind, ())}


@dataclass(slots=True)
class ProfileHandler:
    """The handler of all topics that profile reads but the ticks."""

    rules: GoldenRules
    searched: tuple[str, ...] = field(init=False)
    """The traits that customers are found by."""
    counts: QualityCounts = field(init=False)
    """Counts how good the data is."""
    accounts: AccountView | None = field(init=False)
    """What filters see of accounts."""

    def __post_init__(self) -> None:
        self.counts = QualityCounts(self.rules)
        self.accounts = view_for(self.rules.catalog)
        self.searched = searched_traits(self.rules.catalog)

    async def handle(self, unit: ProfileUnit, entries: Sequence[Entry]) -> None:
        """Fold a batch. Raises `Invalid` for a payload that is none, `Conflict` to be repeated."""
        told = _Told(entries)
        await keep_objects(unit, self.rules.computed, list(_objects(told.of(ObjectUpserted))))
        await keep_told(unit, self.accounts, _of_accounts(told))
        events = list(_events(told.of(EventTracked)))
        touched = await keep_events(unit, self.rules.computed, events)
        given = list(_answers(told.of(ConsentRecorded)))
        await unit.keep_answers(given)
        tagged = list(_taggings(told.of(RecordTagged)))
        for due, key in (*_ends(given), *_ends_of_tags(tagged)):
            unit.schedule(due, key)
        batch = await _folded_records(unit, self.rules, told, touched.records)
        await batch.put_tags(unit, tagged)
        for customer in set(map(batch.owner, touched.losing)) - {""}:
            # Which record an event was taken from is not known any more once the other is kept.
            unit.schedule(AT_ONCE, customer_key(customer))
        await unit.archive(batch.archived)
        await unit.save_records(batch.changed())
        counted = batch.counted(told)
        await self.refresh(unit, batch.causes(), batch.now.values(), batch.answered(), counted)

    async def wake(self, unit: ProfileUnit, due: Sequence[Scheduled]) -> None:
        """The grants and tags of these records are over, windows of these customers run out.

        Raises `Conflict` to be repeated.
        """
        moments: dict[RecordKey, int] = {}
        of_records = (one for one in due if not _is_no_record(one))
        for moment, key in of_records:
            record = RecordKey.parse(key)
            moments[record] = max(moment, moments.get(record, 0))
        before = await unit.records(moments)
        now = {key: one.woken(moments[key]) for key, one in before.items()}
        changed = [record for key, record in now.items() if record is not before[key]]
        await unit.save_records(changed)
        causes: dict[str, Cause] = {}
        for key, record in now.items():
            cause = Cause(stamp_at(moments[key]), moments[key])
            for customer in record.customers:
                causes[customer] = max(cause, causes.get(customer, cause))
        answered = frozenset(causes)
        windows = customers_among(due)
        for customer in await unit.customers(windows.keys()):
            cause = Cause(stamp_at(windows[customer]), windows[customer])
            causes[customer] = max(cause, causes.get(customer, cause))
        for customer, cause in (await self._looking_through(unit, due)).items():
            causes[customer] = max(cause, causes.get(customer, cause))
        await self.refresh(unit, causes, changed, answered)
        await self.counts.wake(unit, due)

    async def recarry(self, unit: ProfileUnit, customers: Collection[str]) -> None:
        """Let the records of these customers carry what they say by the catalog in force."""
        linked = await unit.linked(customers)
        records = {one.key: one for some in linked.values() for one in some}
        now = map(self._recarried, records.values())
        await unit.save_records([one for one in now if one is not records[one.key]])

    def _recarried(self, record: SourceRecord) -> SourceRecord:
        """By the catalog in force, as is what is remembered of values, where it is kept."""
        latest = record.latest
        if latest and latest.judged and latest.judged.basis != self.rules.basis:
            record = record.judged(self.rules.judged(record.key, latest, None))
        return record.carrying(self.rules.carried(record.key, record.states))

    async def _looking_through(
        self, unit: ProfileUnit, due: Sequence[Scheduled]
    ) -> Mapping[str, Cause]:
        """The customers whose computed traits are made of objects that changed."""
        touched = await records_due(unit, self.rules.computed, due)
        causes: dict[str, Cause] = {}
        for key, record in (await unit.records(touched)).items():
            if record.customer:
                cause = touched[key]
                causes[record.customer] = max(cause, causes.get(record.customer, cause))
        return causes

    async def refresh(
        self,
        unit: ProfileUnit,
        causes: Mapping[str, Cause],
        changed: Collection[SourceRecord] = (),
        answered: Collection[str] = (),
        told: Collection[SourceRecord] = (),
    ) -> None:
        """Recompute these customers, each once, and tell those that come out different.

        `changed` are the records that the unit has saved, `answered` the customers whose records
        may answer another thing to a purpose, or have other tags; `told` the records that may say
        another thing, or belong to somebody else.
        """
        known = await unit.customers(causes.keys())
        kept_up = unit.folds.kept_up(causes, changed, self.rules)
        folds = {name: fold for name, fold in kept_up.items() if name not in answered}
        linked = await unit.linked(causes.keys() - folds.keys())
        # Where events come to nothing, nobody asks whose they are.
        own = _own(causes, folds, linked) if self.rules.computed.by_event else {}
        counted = await computed_traits(unit, self.rules.computed, own)
        now: dict[str, Folded] = {}
        for name in causes:
            traits = counted.traits.get(name, {})
            if name in folds:
                now[name] = self._kept_up(folds[name], known.get(name), traits)
            elif state := folded(name, linked.get(name, ()), self.rules, traits):
                now[name] = state
                unit.folds.keep(name, linked[name], self.rules)
        ruled = await ruled_tags(unit, self.rules, now, Evidence(own, counted.tallies, linked))
        changes: list[CustomerChange] = []
        for name, cause in causes.items():
            before = known.get(name) or Customer(name)
            if name in now:
                after = refolded(before, now[name], ruled.get(name, {}))
            else:
                after = ended(before, linked.get(name, ()))
            if after is not before:
                changes.append(change(after, unit.epoch, cause, before))
        await unit.save_customers(changes)
        await unit.seek_by(self._texts(known, changes))
        if told and causes:
            touched = causes.keys() & {name for one in told for name in one.customers}
            compared = await compared_with(unit, touched, linked, folds)
            await self.counts.recount(unit, told, compared, max(causes.values()))

    def _kept_up(
        self, fold: Fold, before: Customer | None, computed: Mapping[str, TraitValue]
    ) -> Folded:
        """A customer as its fold has it: nobody has answered anything since it was told."""
        consents = {} if before is None else before.consents
        traits = self.rules.computed.completed(fold.traits, computed)
        return Folded(traits, Facts(consents, fold.sources, fold.tags))

    def _reads_alike(self, before: Customer, now: Customer) -> bool:
        """Whether all that customers are found by is as before: of most that changed it is."""
        held, said = before.traits.get, now.traits.get
        return list(map(held, self.searched)) == list(map(said, self.searched))

    def _texts(
        self, known: Mapping[str, Customer], changes: Iterable[CustomerChange]
    ) -> Mapping[str, Texts]:
        """What those are found by from now on who were found by something else before."""
        found: dict[str, Texts] = {}
        for customer in (one.customer for one in changes):
            before = known.get(customer.id)
            if before is not None and self._reads_alike(before, customer):
                continue
            now = texts_of(customer.traits, self.searched)
            if now != ({} if before is None else texts_of(before.traits, self.searched)):
                found[customer.id] = now
        return found


@dataclass(slots=True)
class _Batch:
    """Records as they were read, and as the entries of a batch change them."""

    rules: GoldenRules
    before: Mapping[RecordKey, SourceRecord]
    now: dict[RecordKey, SourceRecord]
    aside: dict[RevisionName, Sequence[Revision]]
    archived: list[Archived] = field(default_factory=list[Archived])
    mentioned: dict[RecordKey, Entry] = field(default_factory=dict[RecordKey, Entry])

    def fold(self, told: _Told) -> None:
        """In any order of what is told, and of those who tell."""
        for entry, revised in told.of(RecordUpserted):
            self._revise(self._mentioned(revised.record, entry), entry, revised)
        for entry, moved in told.of(RecordAssigned):
            self._assign(self._mentioned(moved.record, entry), moved)
        for entry, answered in told.of(ConsentRecorded):
            record = self._mentioned(answered.record, entry)
            self.now[record.key] = record.answered(_consent(entry, answered))
        for entry, tagged in told.of(RecordTagged):
            record = self._mentioned(tagged.record, entry)
            self.now[record.key] = record

    def _mentioned(self, key: RecordKey, entry: Entry) -> SourceRecord:
        self._mention(key, entry)
        return self.now.get(key) or SourceRecord(key)

    def _assign(self, record: SourceRecord, payload: RecordAssigned) -> None:
        assigned = record.assigned(payload)
        stays = bool(record.customer) and bool(assigned.customer)
        self.now[record.key] = assigned if stays else self._carrying(assigned)

    def _revise(self, record: SourceRecord, entry: Entry, payload: RecordUpserted) -> None:
        revision = _revision(entry, payload)
        if record.customer:
            revision = self.rules.judged(record.key, revision, record.latest)
        name = RevisionName(record.key, revision.own, revision.number)
        revised, beaten = record.revised(revision, self.aside.get(name, ()))
        says_alike = revised is record or self.rules.carries_alike(record.states, revised.states)
        self.now[record.key] = revised if says_alike else self._carrying(revised)
        for one in beaten:
            self._put_aside(record.key, one)

    async def put_tags(self, unit: ProfileUnit, tagged: Sequence[Tagged]) -> None:
        """Keep what is said of tags, and let their records have what was said last.

        What was said before is read after the records, so that whoever saves one of them in
        between is not overlooked.
        """
        if not tagged:
            return
        said = await unit.taggings({one.record for one in tagged})
        known = [Tagged(record, one) for record, those in said.items() for one in those]
        by_record: dict[RecordKey, list[Tagging]] = {}
        for one in once((*known, *tagged)).values():
            by_record.setdefault(one.record, []).append(one.tagging)
        for record, taggings in by_record.items():
            self.now[record] = self.now[record].tagged(newest(taggings))
        await unit.keep_taggings(tagged)

    def _carrying(self, record: SourceRecord) -> SourceRecord:
        """By the catalog in force, once it belongs to somebody: nobody else asks for it."""
        if not record.customer:
            return record.carrying(NOTHING)
        latest = record.latest
        if latest is not None and latest.judged is None:
            record = record.judged(self.rules.judged(record.key, latest, None))
        return record.carrying(self.rules.carried(record.key, record.states))

    def _put_aside(self, key: RecordKey, revision: Revision) -> None:
        name = RevisionName(key, revision.own, revision.number)
        aside = self.aside.get(name, ())
        if revision not in aside:
            self.aside[name] = (*aside, revision)
            self.archived.append(Archived(key, revision))

    def changed(self) -> list[SourceRecord]:
        return [record for key, record in self.now.items() if record is not self.before.get(key)]

    def counted(self, told: _Told) -> Sequence[SourceRecord]:
        """The records of customers of which something was said, or whose they are."""
        upserted = {one.record for _, one in told.of(RecordUpserted)}
        keys = upserted | {one.record for _, one in told.of(RecordAssigned)}
        return [record for record in map(self.now.__getitem__, keys) if record.customers]

    def answered(self) -> frozenset[str]:
        """The customers of records that answer otherwise, have other tags, or belong elsewhere."""
        found: set[str] = set()
        for key, record in self.now.items():
            before = self.before.get(key)
            says = record.answers or record.tags
            if says and (before is None or _said_of(before) != _said_of(record)):
                found |= record.customers
        return frozenset(found)

    def causes(self) -> dict[str, Cause]:
        """The customers to recompute, each with the last stamped entry that touches it."""
        found: dict[str, Cause] = {}
        for key, entry in self.mentioned.items():
            cause = Cause(entry.stamp, entry.time, entry.traceparent)
            for customer in self.now[key].customers:
                found[customer] = max(cause, found.get(customer, cause))
        return found

    def touch(self, key: RecordKey, entry: Entry) -> None:
        """An entry touches the customers of a record, if it is known."""
        if key in self.now:
            self._mention(key, entry)

    def owner(self, key: RecordKey) -> str:
        """The customer of a record, "" if it has none."""
        return self.now[key].customer if key in self.now else ""

    def _mention(self, key: RecordKey, entry: Entry) -> None:
        last = self.mentioned.get(key)
        if last is None or entry.stamp > last.stamp:
            self.mentioned[key] = entry


def _own(
    customers: Iterable[str],
    folds: Mapping[str, Fold],
    linked: Mapping[str, Sequence[SourceRecord]],
) -> dict[str, Collection[RecordKey]]:
    """Which records belong to each of these customers."""
    return {
        name: folds[name].records
        if name in folds
        else [one.key for one in belonging(name, linked.get(name, ()))]
        for name in customers
    }


async def _folded_records(
    unit: ProfileUnit,
    rules: GoldenRules,
    told: _Told,
    touched: Mapping[RecordKey, Entry],
) -> _Batch:
    """`touched` are records of which nothing is said but their events, with what touches them."""
    before = await unit.records(told.records | touched.keys())
    stated = (payload for _, payload in told.of(RecordUpserted))
    names = {_name(one) for one in stated if _may_be_aside(before.get(one.record), one)}
    batch = _Batch(rules, before, dict(before), dict(await unit.archived(names)))
    batch.fold(told)
    for key, entry in touched.items():
        batch.touch(key, entry)
    return batch


def _is_no_record(one: Scheduled) -> bool:
    """Whether a customer, an object or a day is due."""
    return is_customer(one) or is_object(one) or is_counting(one)


def _said_of(record: SourceRecord) -> tuple[str, Mapping[str, Answers], tuple[Tagging, ...]]:
    return record.customer, record.answers, record.tags


def _name(payload: RecordUpserted) -> RevisionName:
    return RevisionName(payload.record, payload.own, payload.revision)


def _may_be_aside(record: SourceRecord | None, said: RecordUpserted) -> bool:
    """Whether a revision of this number may have been put aside.

    Of one scale alone none is that is greater than the one that leads it.
    """
    if record is None or record.latest is None:
        return False
    latest = record.latest
    return bool(record.others) or said.own != latest.own or said.revision <= latest.number


def _events(told: Iterable[tuple[Entry, EventTracked]]) -> Iterator[Happened]:
    for entry, payload in told:
        event = Event(
            payload.record,
            payload.message_id,
            payload.name,
            payload.occurred_at,
            entry.stamp,
            payload.properties,
        )
        yield Happened(event, entry)


def _of_accounts(told: _Told) -> AccountsTold:
    found = AccountsTold()
    found.link(told.of(AccountLinked))
    found.assign(told.of(AccountAssigned))
    found.say(told.of(AccountUpserted))
    return found


def _objects(told: Iterable[tuple[Entry, ObjectUpserted]]) -> Iterator[KnownObject]:
    for entry, payload in told:
        name = ObjectName(payload.type, payload.record.key)
        said = (payload.record.source, payload.observed_at, entry.stamp, payload.deleted)
        yield KnownObject(name, *said, payload.properties)


def _answers(told: Iterable[tuple[Entry, ConsentRecorded]]) -> Iterator[Given]:
    for entry, payload in told:
        yield Given(payload.record, _consent(entry, payload))


def _ends(given: Iterable[Given]) -> Iterator[Scheduled]:
    """When grants end, each whether or not it holds now: another may take it back later."""
    for record, consent in given:
        if consent.at_present(0).status == "granted" and consent.terms.expires_at:
            yield Scheduled(consent.terms.expires_at, str(record))


def _taggings(told: Iterable[tuple[Entry, RecordTagged]]) -> Iterator[Tagged]:
    for entry, payload in told:
        for tag, value, expires_at in payload.changes:
            said = (payload.author, payload.reason, payload.message_id)
            one = Tagging(tag, payload.writer, value, entry.stamp, expires_at, *said)
            yield Tagged(payload.record, one)


def _ends_of_tags(tagged: Iterable[Tagged]) -> Iterator[Scheduled]:
    """When tags end, each whether or not it holds now: another may be taken off later."""
    for record, one in tagged:
        if one.expires_at and one.is_active(0):
            yield Scheduled(one.expires_at, str(record))


def _revision(entry: Entry, payload: RecordUpserted) -> Revision:
    return Revision(
        payload.revision,
        entry.stamp,
        payload.observed_at,
        payload.deleted,
        with_identifiers(payload.traits, payload.identifiers),
        payload.own,
        content_of(payload),
        payload.named,
    )


def _consent(entry: Entry, payload: ConsentRecorded) -> Consent:
    return Consent(
        payload.purpose,
        payload.status,
        payload.at,
        entry.stamp,
        payload.channel,
        payload.claimed_at,
        payload.terms,
        payload.supersedes,
    )
