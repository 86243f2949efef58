"""Takes the items of one call: each is checked alone, all that pass are appended together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias, cast

from c360_kernel.catalog.model import Catalog
from c360_kernel.codec import encode
from c360_kernel.errors import Invalid
from c360_kernel.log.entry import NewEntry, Position
from c360_kernel.log.port import EventLog
from c360_kernel.payload import ConsentRecorded, ObjectUpserted, RecordTagged
from c360_kernel.stamp import StampClock, stamp_ms
from c360_kernel.value_object import value_object
from c360_kernel.visibility import tag_shown

from c360_gateway.collect.asked_again import ReplacedAnswers, replacing
from c360_gateway.collect.consent_receipts import Answered, ConsentReceipts
from c360_gateway.collect.decision_scope import Admission
from c360_gateway.collect.fields import Refused, item_of
from c360_gateway.collect.hints import Hints
from c360_gateway.collect.items import ItemResult, ItemStatus, Refusal, Stage
from c360_gateway.collect.kinds import Beside, Kind, Signature, Truth, records_of
from c360_gateway.collect.profile_tags import (
    ProfileTags,
    Said,
    taken_from_rules,
    taken_off,
)
from c360_gateway.collect.quarantine import Quarantine
from c360_gateway.collect.receipts import Receipts
from c360_gateway.collect.rights import ValueCoordinates, refuse_forbidden
from c360_gateway.collect.said_objects import SaidObjects, said_again
from c360_gateway.collect.tagging import by_rule
from c360_gateway.collect.turns import Turns
from c360_gateway.collect.waiting import PAST_IDENTITY, Waiter, WaitOptions
from c360_gateway.collect.warnings import IdentifierWarnings
from c360_gateway.context import OperationContext

MAX_ITEMS = 1_000
MAX_ITEM_BYTES = 262_144
SOURCE_FORBIDDEN = "SOURCE_FORBIDDEN"
ITEM_TOO_LARGE = "ITEM_TOO_LARGE"
_SOURCE = "c360/gateway"


Record: TypeAlias = Callable[[Sequence[ItemResult], str], NewEntry]
"""The entry of what was done, from the results and a stamp."""


class Given(NamedTuple):
    """An item as it was sent, any JSON, and of which kind; one that its door `refused` is kept."""

    kind: Kind
    item: object
    refused: Refusal | None = None


@value_object
class _Taken:
    """An accepted item and where its entry stands among those to append."""

    index: int
    kind: Kind
    payload: Truth
    entry: NewEntry
    beside: tuple[NewEntry, ...] = ()


def _saying(taken: _Taken, payload: Truth) -> _Taken:
    if payload is taken.payload:
        return taken
    return replace(taken, payload=payload, entry=replace(taken.entry, data=encode(payload)))


def _takes_off(payload: Truth) -> bool:
    if not isinstance(payload, RecordTagged):
        return False
    return any(change.value is None for change in payload.changes)


class Collector:
    """Stamps items and appends them, and what is kept of refused ones in the same append."""

    def __init__(
        self,
        catalog: Catalog,
        log: EventLog,
        clock: StampClock,
        receipts: Receipts,
        consents: ConsentReceipts,
        admission: Admission,
        quarantine: Quarantine,
        replaced: ReplacedAnswers,
        tags: ProfileTags,
        objects: SaidObjects,
    ) -> None:
        self._tags = tags
        self._objects = objects
        self._replaced = replaced
        self._ruled = [name for name, tag in catalog.tags.items() if tag.rule is not None]
        self._coordinates = ValueCoordinates(catalog)
        self._hints = Hints(catalog, self._coordinates)
        self._warnings = IdentifierWarnings(catalog)
        self._log = log
        self._clock = clock
        self._receipts = receipts
        self._consents = consents
        self._admission = admission
        self._quarantine = quarantine
        self._waiter = Waiter(log)

    async def collect(
        self,
        kind: Kind,
        items: Sequence[object],
        context: OperationContext,
        wait: WaitOptions,
    ) -> Sequence[ItemResult]:
        """A result per item, in their order; an item is any JSON.

        Raises `Invalid` (TOO_MANY_ITEMS) for a call that is too large, and `Transient` when the
        log cannot take it: the caller sends it again, and what was written all the same is then
        recognised.
        """
        if len(items) > MAX_ITEMS:
            raise Invalid(f"a call takes at most {MAX_ITEMS} items", code="TOO_MANY_ITEMS")
        return await self.collect_kinds([Given(kind, item) for item in items], context, wait)

    async def collect_kinds(
        self,
        given: Sequence[Given],
        context: OperationContext,
        wait: WaitOptions,
        record: Record | None = None,
    ) -> Sequence[ItemResult]:
        """The same of items of several kinds, in one append. How many is for their door to say.

        `record` makes the entry by which that is on record, in this append too. Raises
        `Transient` as `collect` does.
        """
        await self._clock.ready()
        run = _Call(self._quarantine, self._coordinates, self._hints, context, self._clock)
        results: list[ItemResult] = []
        turns = Turns()
        for index, one in enumerate(given):
            results.append(run.take(index, one))
            if turns.is_over:
                await turns.give_way()
        for result in run.put_aside(await self._admission.refused(run.payloads, context)):
            results[result.index] = result
        repeated = await run.repeated(self._objects)
        await run.ask_again(self._replaced)
        for result in await run.refuse_rules(self._tags, self._ruled):
            results[result.index] = result
        await run.take_off(self._tags)
        context.subjects.update(
            f"record:{named}" for one in run.taken for named in records_of(one.payload)
        )
        first = [entry for one in run.taken for entry in one.beside]
        entries = [*first, *(one.entry for one in run.taken), *run.quarantined]
        if record is not None and entries:
            entries.append(record(results, self._clock.next()))
        positions = await self._log.append(entries)
        taken = positions[len(first) :][: len(run.taken)]
        for result in await self._reached(run.taken, taken, context, wait):
            is_again = result.index in repeated
            results[result.index] = (
                replace(result, status=ItemStatus.DUPLICATE) if is_again else result
            )
        return results

    async def _reached(
        self,
        taken: Sequence[_Taken],
        positions: Sequence[Position],
        context: OperationContext,
        wait: WaitOptions,
    ) -> Sequence[ItemResult]:
        stages = await self._waiter.reached(positions, wait)
        outcomes = await self._outcomes(list(zip(taken, stages, strict=True)), context)
        return [
            ItemResult(
                one.index,
                _status(one.entry, stage, wait.until, outcomes),
                stage,
                warnings=self._warnings.of(one.payload),
                payload=one.payload,
            )
            for one, stage in zip(taken, stages, strict=True)
        ]

    async def _outcomes(
        self, reached: Sequence[tuple[_Taken, Stage]], context: OperationContext
    ) -> Mapping[str, ItemStatus]:
        """What services say of entries that they have handled, by entry id."""
        answers = {
            Answered(one.entry.stamp, one.payload): one.entry.id
            for one, stage in reached
            if stage is Stage.PROFILE and isinstance(one.payload, ConsentRecorded)
        }
        if answers:
            outcomes = await self._consents.of(list(answers), context)
            known = {one.stamp: id_ for one, id_ in answers.items()}
            return {known[stamp]: status for stamp, status in outcomes.items()}
        said = {
            Said(one.entry.stamp, one.payload): one.entry.id
            for one, stage in reached
            if stage is Stage.PROFILE and isinstance(one.payload, RecordTagged)
        }
        if said:
            became = await self._tags.outcomes(list(said), context)
            return {id_: became[one.stamp] for one, id_ in said.items() if one.stamp in became}
        handled = [
            one.entry.id
            for one, stage in reached
            if stage is not Stage.LOG and one.entry.topic not in PAST_IDENTITY
        ]
        return await self._receipts.of(handled, context) if handled else {}


def _status(
    entry: NewEntry, stage: Stage, until: Stage, outcomes: Mapping[str, ItemStatus]
) -> ItemStatus:
    """What is known of it; that identity applied it is not all that is waited for."""
    known = outcomes.get(entry.id, ItemStatus.ACCEPTED)
    return ItemStatus.ACCEPTED if known is ItemStatus.APPLIED and stage is not until else known


class _Call:
    """The items of one call on their way into entries."""

    def __init__(
        self,
        quarantine: Quarantine,
        coordinates: ValueCoordinates,
        hints: Hints,
        context: OperationContext,
        clock: StampClock,
    ) -> None:
        self._quarantine = quarantine
        self._coordinates = coordinates
        self._hints = hints
        self._context = context
        self._clock = clock
        self._seen: set[Hashable] = set()
        self.taken: list[_Taken] = []
        self.quarantined: list[NewEntry] = []

    def take(self, index: int, given: Given) -> ItemResult:
        """Check one item; what it becomes is in `taken` or `quarantined`."""
        kind, stamp = given.kind, self._clock.next()
        try:
            payload, entry, beside = self._read(given, stamp)
        except Refused as refused:
            is_kept = self._keep(given, refused.refusal, stamp)
            hinted = self._hints.fitting(
                refused.refusal, self._context.principal, self._context.table
            )
            return ItemResult(index, ItemStatus.REFUSED, None, hinted, is_kept)
        name = (kind.operation, kind.name(payload))
        if name in self._seen:
            # The first of them is on its way, and of equals the earliest stamp wins.
            return ItemResult(index, ItemStatus.DUPLICATE, Stage.LOG)
        self._seen.add(name)
        self.taken.append(_Taken(index, kind, payload, entry, beside))
        return ItemResult(index, ItemStatus.ACCEPTED, Stage.LOG)

    def _read(self, given: Given, stamp: str) -> tuple[Truth, NewEntry, tuple[NewEntry, ...]]:
        """What an item says, its entry and those beside it; raises `Refused`."""
        kind, principal = given.kind, self._context.principal
        if given.refused is not None:
            raise Refused(given.refused.code, given.refused.path, given.refused.message)
        item = item_of(given.item, kind.fields)
        by = Signature(principal.subject, stamp)
        payload = kind.sign(kind.read(item, stamp_ms(stamp)), by)
        self._check_writer(kind, payload)
        refuse_forbidden(payload, self._coordinates, self._context.table)
        also = kind.beside(item, payload, by)
        entry = self._entry(Beside(kind.topic, kind.type, payload), stamp)
        return payload, entry, () if also is None else (self._entry(also, stamp),)

    @property
    def payloads(self) -> Sequence[Truth]:
        """What the items in `taken` say."""
        return [one.payload for one in self.taken]

    async def repeated(self, objects: SaidObjects) -> frozenset[int]:
        """Which items of `taken` say of an object, word for word, what is held of it."""
        said = {
            one.index: one.payload for one in self.taken if isinstance(one.payload, ObjectUpserted)
        }
        again = await said_again(list(said.values()), objects, self._context)
        return frozenset(index for index, is_held in zip(said, again, strict=True) if is_held)

    async def ask_again(self, answers: ReplacedAnswers) -> None:
        """Write beside the grants in `taken` which answers they replace."""
        arrived = [one.entry.time for one in self.taken]
        payloads = await replacing(self.payloads, arrived, answers, self._context)
        pairs = zip(self.taken, payloads, strict=True)
        self.taken = [_saying(one, payload) for one, payload in pairs]

    async def refuse_rules(self, tags: ProfileTags, ruled: Collection[str]) -> Sequence[ItemResult]:
        """Take back what takes off tags that rules alone give, where the caller sees these."""
        read = self._context.table.read
        seen = [name for name in ruled if read(tag_shown(name)).action != "deny"]
        taking = [one for one in self.taken if _takes_off(one.payload)] if seen else []
        said = [cast("RecordTagged", one.payload) for one in taking]
        held = await taken_from_rules(said, seen, tags, self._context)
        refused = {one.index: by_rule(tag) for one, tag in zip(taking, held, strict=True) if tag}
        return self.put_aside([refused.get(one.index) for one in self.taken])

    async def take_off(self, tags: ProfileTags) -> None:
        """Say, beside what takes tags off in `taken`, that they are off the whole customer."""
        places = [place for place, one in enumerate(self.taken) if _takes_off(one.payload)]
        said = [cast("RecordTagged", self.taken[place].payload) for place in places]
        if not said:
            return
        besides = await taken_off(said, tags, self._context)
        for place, those in zip(places, besides, strict=True):
            kind = self.taken[place].kind
            entries = [
                self._entry(Beside(kind.topic, kind.type, one), self._clock.next()) for one in those
            ]
            self.taken[place] = replace(self.taken[place], beside=tuple(entries))

    def put_aside(self, refusals: Sequence[Refusal | None]) -> Sequence[ItemResult]:
        """Take back what is refused of `taken`; the sender has it and may send it later."""
        judged = list(zip(self.taken, refusals, strict=True))
        self.taken = [one for one, refusal in judged if refusal is None]
        return [
            ItemResult(one.index, ItemStatus.REFUSED, None, refusal, is_kept=False)
            for one, refusal in judged
            if refusal is not None
        ]

    def _check_writer(self, kind: Kind, payload: Truth) -> None:
        if kind.is_of_source and not self._context.principal.may_write(payload.record.source):
            message = f"this token may not write source '{payload.record.source}'"
            raise Refused(SOURCE_FORBIDDEN, "source", message)

    def _entry(self, said: Beside, stamp: str) -> NewEntry:
        payload = said.payload
        data = encode(payload)
        if len(data) > MAX_ITEM_BYTES:
            raise Refused(ITEM_TOO_LARGE, "", f"an item has at most {MAX_ITEM_BYTES} bytes")
        return NewEntry(
            topic=said.topic,
            key=str(payload.record),
            id=f"{said.topic}:{stamp}",
            type=said.type,
            source=_SOURCE,
            subject=str(payload.record),
            time=stamp_ms(stamp),
            stamp=stamp,
            data=data,
            traceparent=self._context.traceparent,
        )

    def _keep(self, given: Given, refusal: Refusal, stamp: str) -> bool:
        entry = self._quarantine.entry(given.kind, given.item, refusal, self._context, stamp)
        if entry is not None:
            self.quarantined.append(entry)
        return entry is not None
