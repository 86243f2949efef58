"""Answering `@defer`: which fetches have to come first, and what is delivered when.

A deferred fragment waits for the fetches that only it needs; what its subgraph answers along with
the rest is delivered right after the first payload.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass

from c360_federation.errors import ErrorEntry
from c360_federation.execute.merging import merge_into
from c360_federation.execute.runner import StagedRun
from c360_federation.operation.deferring import Deferred, Split
from c360_federation.plan.model import Plan
from c360_federation.project.problems import NULLED, Place, unrolled
from c360_federation.project.reader import Reader
from c360_federation.project.response_shape import ResponseShape, Shown, compile_at, compile_shape
from c360_federation.selection import Fragment, Items
from c360_federation.values import Json, JsonObject

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A deferred fragment, with the fetches that have to end before it can be delivered."""

    deferred: Deferred
    read: Reader
    fetches: frozenset[int]


@dataclass(frozen=True, slots=True)
class Deferral:
    """How an operation is answered in parts."""

    shape: ResponseShape
    parts: tuple[Part, ...]
    first: frozenset[int]
    all: frozenset[int]


def compile_deferral(shown: Shown, root: str, split: Split) -> Deferral | None:
    """Compile the parts of an operation; None when nothing is deferred."""
    if not split.deferred:
        return None
    parts = tuple(
        Part(
            one,
            compile_at(shown, one.type, one.items, one.path),
            _needed(shown.plan, frozenset(_paths(one.items, one.path))),
        )
        for one in split.deferred
    )
    return Deferral(
        shape=compile_shape(shown, root, split.items),
        parts=parts,
        first=_needed(shown.plan, frozenset(_paths(split.items, ()))),
        all=frozenset(fetch.id for fetch in shown.plan.fetches),
    )


def _paths(items: Items, above: Path) -> Iterator[Path]:
    for item in items:
        if isinstance(item, Fragment):
            yield from _paths(item.children, above)
        else:
            yield (*above, item.key)
            yield from _paths(item.children, (*above, item.key))


def _needed(plan: Plan, paths: frozenset[Path]) -> frozenset[int]:
    """The fetches that bring something at these paths, and all that they depend on."""
    needed: set[int] = set()
    for fetch in reversed(plan.fetches):
        if fetch.id in needed or not paths.isdisjoint(fetch.places()):
            needed.add(fetch.id)
            needed |= fetch.depends_on
    return frozenset(needed)


class Delivery:
    """The payloads of one answer, `deferSpec=20220824`."""

    def __init__(self, deferral: Deferral, run: StagedRun) -> None:
        self._deferral = deferral
        self._run = run
        self._shown: JsonObject | None = None
        self._has_begun = False
        self._problems = deferral.shape.problems()
        self._waiting = dict(enumerate(deferral.parts))

    def first(self, denials: Iterable[ErrorEntry], introspected: JsonObject | None) -> JsonObject:
        """The payload that has to come at once."""
        gathered = self._run.gathered
        if introspected:
            gathered.data.update(introspected)
        self._shown = self._deferral.shape.apply(gathered.data, self._problems)
        errors = [*denials, *self._new_errors()]
        self._has_begun = True
        payload: JsonObject = {"data": self._shown, "hasNext": True}
        return {"errors": errors, **payload} if errors else payload

    @property
    def has_begun(self) -> bool:
        """Whether the first payload is made."""
        return self._has_begun

    async def rest(self) -> AsyncIterator[JsonObject]:
        """The payloads that come later; the last one says so."""
        while self._waiting:
            ready = [number for number, part in self._waiting.items() if self._is_ready(part)]
            if not ready:
                await self._run.wait_for_more()
                continue
            delivered = [one for number in ready for one in self._deliver(self._waiting[number])]
            for number in ready:
                del self._waiting[number]
            if delivered or not self._waiting:
                yield self._payload(delivered)

    def _is_ready(self, part: Part) -> bool:
        return part.deferred.within not in self._waiting and self._run.is_done(part.fetches)

    def _payload(self, delivered: list[JsonObject]) -> JsonObject:
        payload: JsonObject = {"hasNext": bool(self._waiting)}
        if not self._waiting:
            _add_errors(delivered[-1] if delivered else payload, self._last_errors())
        if delivered:
            payload["incremental"] = delivered
        return payload

    def _new_errors(self) -> list[ErrorEntry]:
        """What projecting has told, and faults that no null will ever stand for."""
        faults = self._run.gathered.faults
        loose = [fault for fault in faults if not fault.has_holes]
        self._problems.report_unmet(loose, self._shown)
        return self._problems.take()

    def _last_errors(self) -> list[ErrorEntry]:
        self._problems.report_unmet(self._run.gathered.faults, self._shown)
        return self._problems.finish()

    def _deliver(self, part: Part) -> Iterator[JsonObject]:
        """One delivery for each object that the fragment applies to."""
        found = _places(self._run.gathered.data, self._shown, part.deferred.path, None)
        for source, shown, place in found:
            data = part.read(source, place, self._problems)
            if data == {}:
                continue
            if data is not NULLED and data is not None:
                merge_into(shown, data)
            made: JsonObject = {"data": None if data is NULLED else data, "path": unrolled(place)}
            if part.deferred.label is not None:
                made["label"] = part.deferred.label
            yield _add_errors(made, self._new_errors())


def _add_errors(payload: JsonObject, errors: list[ErrorEntry]) -> JsonObject:
    if errors:
        payload["errors"] = [*payload.get("errors", ()), *errors]
    return payload


def _places(
    source: Json, shown: Json, path: Path, place: Place
) -> Iterator[tuple[JsonObject, JsonObject, Place]]:
    """The objects at a path that were delivered already: what is known, what was shown, where."""
    if isinstance(source, list) and isinstance(shown, list):
        for index, (one, other) in enumerate(zip(source, shown, strict=False)):
            yield from _places(one, other, path, (place, index))
    elif isinstance(source, dict) and isinstance(shown, dict):
        if not path:
            yield source, shown, place
        else:
            step = path[0]
            yield from _places(source.get(step), shown.get(step), path[1:], (place, step))
