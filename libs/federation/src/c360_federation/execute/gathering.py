"""What comes of one fetch: its answers merged into the rest, or holes where they should be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from c360_federation.errors import SUBGRAPH_BAD_REPLY, ErrorEntry, entry
from c360_federation.execute.faults import Report, SubgraphFault, masked
from c360_federation.execute.merging import merge_into, take_into, undo_renames
from c360_federation.execute.missing_values import in_response_keys, leave, plant
from c360_federation.execute.objects import places_of, stem_of
from c360_federation.execute.replies import is_usable, path_of
from c360_federation.execute.representations import Batch
from c360_federation.execute.transport import SubgraphBadReply, SubgraphResponse
from c360_federation.holes import ABSENT, UNKNOWN, Fault, Hole, ResponsePlace
from c360_federation.plan.model import EntityCall, Fetch, Rename, RequestedField
from c360_federation.values import Json, JsonObject


@dataclass(slots=True)
class Gathered:
    """Everything the subgraphs gave, before projection; holes stand for what they did not.

    Nothing at all once it was `too_large`.
    """

    data: JsonObject = field(default_factory=dict[str, Json])
    faults: list[Fault] = field(default_factory=list[Fault])
    too_large: ErrorEntry | None = None
    objects: int = 0

    def end(self, error: ErrorEntry) -> None:
        """Forget what came: it was too much."""
        self.data, self.faults, self.too_large = {}, [], error


@dataclass(frozen=True, slots=True)
class _Reported:
    """One error of a reply, with its path as it was sent; empty when it leads nowhere."""

    path: ResponsePlace
    fault: Fault


class Outcome:
    """Takes the reply to one fetch, or notes that there is none.

    `entities` were asked about; `is_shared` says whether one of them stands for several objects.
    """

    __slots__ = ("_fetch", "_gathered", "_report", "batches", "entities", "is_shared")

    def __init__(self, fetch: Fetch, report: Report, gathered: Gathered) -> None:
        self._fetch = fetch
        self._report = report
        self._gathered = gathered
        self.batches: list[Batch] = []
        self.entities = 0
        self.is_shared = False

    def begin(self, call: EntityCall, batch: Batch) -> None:
        """Note whom a call is made about, and leave holes in those who cannot be asked about."""
        self.batches.append(batch)
        self.entities += len(batch.representations)
        self.is_shared = self.is_shared or batch.is_shared
        if batch.missing:
            self._missing(call, batch)

    def _missing(self, call: EntityCall, batch: Batch) -> None:
        fault: Fault | None = None
        for one, hole in batch.missing:
            if hole is ABSENT:
                message = "A subgraph left out what another one has to be asked with"
                fault = fault or self._note(_entry_maker(SUBGRAPH_BAD_REPLY, message), self._stems)
                hole = Hole(fault)  # noqa: PLW2901
            leave(one, call.requested, hole if hole.fault is None else Hole(hole.fault))

    def failed(self, code: str, message: str) -> None:
        """Nothing of this fetch can be used."""
        hole = Hole(self._failure(code, message))
        if not self._fetch.calls:
            leave(self._gathered.data, self._fetch.requested, hole)
        for call, batch in zip(self._fetch.calls, self.batches, strict=False):
            _leave_all(call, batch, hole)

    def take(self, response: SubgraphResponse) -> None:
        """Merge what a subgraph answered."""
        if not is_usable(response):
            self.failed(SubgraphBadReply.code, SubgraphBadReply.public_message)
        elif self._fetch.calls:
            reported = self._reported(response.errors) if response.errors else []
            for call, batch in zip(self._fetch.calls, self.batches, strict=True):
                if batch.holders:
                    self._take_entities(call, batch, response.data, reported)
        else:
            reported = self._reported(response.errors) if response.errors else []
            self._take_root(response.data, reported)

    def _take_root(self, data: JsonObject | None, reported: list[_Reported]) -> None:
        fetch = self._fetch
        if data is None:
            _leave_reported(self._gathered.data, fetch.requested, reported, reported)
            return
        if reported:
            _plant_in_root(data, fetch.requested, reported)
        if fetch.renames:
            undo_renames(data, fetch.renames)
        if self._gathered.data:
            merge_into(self._gathered.data, data)
        else:
            self._gathered.data = data

    def _take_entities(
        self,
        call: EntityCall,
        batch: Batch,
        data: JsonObject | None,
        reported: list[_Reported],
    ) -> None:
        entities = data.get(call.alias) if data is not None else None
        if isinstance(entities, list) and len(entities) == len(batch.holders):
            if reported:
                _plant_in_entities(call, entities, reported)
            if self._fetch.renames:
                undo_renames(entities, _renames_of(call, self._fetch.renames))
            self._fan_out(call, batch, entities, reported)
        elif entities is None and reported:
            about = _by_position(call, reported)
            for number, holders in enumerate(batch.holders):
                for holder in holders:
                    _leave_reported(holder, call.requested, about.get(number, []), reported)
        else:
            # Of a list that is too long or too short nobody knows which entity is whose.
            fault = self._failure(SubgraphBadReply.code, SubgraphBadReply.public_message)
            _leave_all(call, batch, Hole(fault))

    def _fan_out(
        self, call: EntityCall, batch: Batch, entities: list[Json], reported: list[_Reported]
    ) -> None:
        loose = next((one.fault for one in reported if not one.path), None) if reported else None
        unknown = UNKNOWN if loose is None else Hole(loose)
        for entity, holders in zip(entities, batch.holders, strict=True):
            if isinstance(entity, dict):
                *others, last = holders
                for holder in others:
                    merge_into(holder, entity)
                take_into(last, entity)
            else:
                hole = self._hole_of(unknown if entity is None else entity)
                for holder in holders:
                    _leave_with_tail(holder, call.requested, hole)

    def _hole_of(self, entity: Json) -> Hole:
        if isinstance(entity, Hole):
            return entity
        return Hole(self._failure(SubgraphBadReply.code, SubgraphBadReply.public_message))

    # faults

    def _failure(self, code: str, text: str) -> Fault:
        message = f"Subgraph {self._fetch.subgraph!r} {text}"
        return self._note(_entry_maker(code, message, service=self._fetch.subgraph), self._stems)

    def _note(
        self,
        entry_at: Callable[[ResponsePlace | None], ErrorEntry],
        places: Callable[[], Iterable[ResponsePlace | None]],
    ) -> Fault:
        fault = Fault(self._fetch.id, entry_at, places)
        self._gathered.faults.append(fault)
        return fault

    def _stems(self) -> list[ResponsePlace | None]:
        """Where a fetch stands that left no null of its own: once for each call."""
        stems = [stem_of(self._gathered.data, call.path) or None for call in self._fetch.calls]
        return list(dict.fromkeys(stems)) or [None]

    def _reported(self, errors: Sequence[JsonObject]) -> list[_Reported]:
        return [self._reported_one(error) for error in errors]

    def _reported_one(self, error: JsonObject) -> _Reported:
        calls = self._fetch.calls
        roots = [one.alias for one in calls] or [one.sent for one in self._fetch.requested]
        path = path_of(error)
        if not path or path[0] not in roots or (calls and len(path) == 1):
            path = ()
        fetch, report = self._fetch, self._report

        def entry_at(place: ResponsePlace | None) -> ErrorEntry:
            fault_ = SubgraphFault(fetch.subgraph, place or (), error)
            try:
                return report(fault_)
            except Exception:
                return masked(fault_)

        return _Reported(path, self._note(entry_at, lambda: self._places(path)))

    def _places(self, path: ResponsePlace) -> Iterator[ResponsePlace | None]:
        """Where an error stands that no null stands for."""
        found = (
            list(self._places_of_entity(path))
            if self._fetch.calls
            else [in_response_keys(path, self._fetch.requested) or None]
        )
        yield from found or self._stems()

    def _places_of_entity(self, path: ResponsePlace) -> Iterator[ResponsePlace]:
        for call, batch in zip(self._fetch.calls, self.batches, strict=True):
            position = path[1] if path[:1] == (call.alias,) else None
            if not isinstance(position, int) or not 0 <= position < len(batch.holders):
                continue
            below = in_response_keys(path[2:], call.requested)
            places = places_of(self._gathered.data, call.path)
            for holder in batch.holders[position]:
                if id(holder) in places:
                    yield (*places[id(holder)], *below)


def _entry_maker(
    code: str, message: str, **extensions: Json
) -> Callable[[ResponsePlace | None], ErrorEntry]:
    def entry_at(place: ResponsePlace | None) -> ErrorEntry:
        return entry(code, message, place, **extensions)

    return entry_at


def _leave_all(call: EntityCall, batch: Batch, hole: Hole) -> None:
    for holders in batch.holders:
        for holder in holders:
            leave(holder, call.requested, hole)


def _leave_reported(
    target: JsonObject,
    requested: tuple[RequestedField, ...],
    about: list[_Reported],
    reported: list[_Reported],
) -> None:
    """Leave holes for a reply without data, each for the error that is about it if any is."""
    for one in about:
        _leave_tail(target, requested, one.fault, in_response_keys(one.path, requested))
    rest = about or [one for one in reported if not one.path] or reported
    leave(target, requested, Hole(rest[0].fault))


def _by_position(call: EntityCall, reported: list[_Reported]) -> dict[int, list[_Reported]]:
    """The errors about each entity, their paths seen from it."""
    found: dict[int, list[_Reported]] = {}
    for one in reported:
        if one.path and one.path[0] == call.alias and isinstance(one.path[1], int):
            found.setdefault(one.path[1], []).append(_Reported(one.path[2:], one.fault))
    return found


def _leave_with_tail(target: JsonObject, requested: tuple[RequestedField, ...], hole: Hole) -> None:
    if hole.fault is not None and hole.tail:
        _leave_tail(target, requested, hole.fault, hole.tail)
        hole = Hole(hole.fault)
    leave(target, requested, hole)


def _leave_tail(
    target: JsonObject, requested: tuple[RequestedField, ...], fault: Fault, tail: ResponsePlace
) -> None:
    """Leave the hole of one key, which leads on to where the error is."""
    if tail:
        only = [one for one in requested if one.key == tail[0]]
        leave(target, only, Hole(fault, tail[1:]))


def _plant_in_entities(call: EntityCall, entities: list[Json], reported: list[_Reported]) -> None:
    for one in reported:
        if one.path[:1] == (call.alias,):
            below = in_response_keys(one.path[2:], call.requested)
            plant(entities, one.path[1:], (*one.path[1:2], *below), one.fault)


def _plant_in_root(
    data: JsonObject, requested: tuple[RequestedField, ...], reported: list[_Reported]
) -> None:
    for one in reported:
        plant(data, one.path, in_response_keys(one.path, requested), one.fault)
    loose = next((one.fault for one in reported if not one.path), None)
    if loose is not None:
        # An error that says no place stands for every null of a root field.
        for one in requested:
            if one.sent in data:
                plant(data, (one.sent,), (one.key,), loose)


def _renames_of(call: EntityCall, renames: tuple[Rename, ...]) -> tuple[Rename, ...]:
    return next((one.children for one in renames if one.sent == call.alias), ())
