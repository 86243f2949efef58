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
from c360_federation.policy import Policy
from c360_federation.project.problems import unexplained
from c360_federation.project.projection import Projection, compile_at, compile_projection
from c360_federation.project.readers import NULLED, Place, Problems, Reader, unrolled
from c360_federation.selection import Fragment, Items
from c360_federation.supergraph.model import Supergraph
from c360_federation.values import Json, JsonObject

Path = tuple[str, ...]
Cut = frozenset[tuple[Path, str]]


@dataclass(frozen=True, slots=True)
class Part:
    """A deferred fragment, with the fetches that have to end before it can be delivered."""

    deferred: Deferred
    read: Reader
    fetches: frozenset[int]


@dataclass(frozen=True, slots=True)
class Deferral:
    """How an operation is answered in parts."""

    projection: Projection
    parts: tuple[Part, ...]
    first: frozenset[int]
    all: frozenset[int]


def compile_deferral(
    supergraph: Supergraph, policy: Policy, root: str, split: Split, plan: Plan, cut: Cut
) -> Deferral | None:
    """Compile the parts of an operation; None when nothing is deferred."""
    if not split.deferred:
        return None
    parts = tuple(
        Part(
            one,
            compile_at(supergraph, policy, one.type, one.items, cut, one.path),
            _needed(plan, frozenset(_paths(one.items, one.path))),
        )
        for one in split.deferred
    )
    return Deferral(
        projection=compile_projection(supergraph, policy, root, split.items, cut),
        parts=parts,
        first=_needed(plan, frozenset(_paths(split.items, ()))),
        all=frozenset(fetch.id for fetch in plan.fetches),
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
        self._told = 0
        self._waiting = dict(enumerate(deferral.parts))

    def first(self, denials: Iterable[ErrorEntry], introspected: JsonObject | None) -> JsonObject:
        """The payload that has to come at once."""
        gathered = self._run.gathered
        if introspected:
            gathered.data.update(introspected)
        projected = self._deferral.projection.apply(gathered.data)
        self._shown = projected.data
        failed = self._new_errors()
        # A denial explains what it cut, which nobody reports, and no other null of its list.
        errors = [*denials, *failed, *unexplained(projected.errors, failed)]
        payload: JsonObject = {"data": projected.data, "hasNext": True}
        return {"errors": errors, **payload} if errors else payload

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
        if delivered:
            payload["incremental"] = delivered
        return payload

    def _new_errors(self) -> list[ErrorEntry]:
        errors = self._run.gathered.errors[self._told :]
        self._told += len(errors)
        return errors

    def _deliver(self, part: Part) -> Iterator[JsonObject]:
        """One delivery for each object that the fragment applies to."""
        errors = self._new_errors()
        found = _places(self._run.gathered.data, self._shown, part.deferred.path, None)
        for source, shown, place in found:
            problems = Problems()
            data = part.read(source, place, problems)
            if data == {}:
                continue
            told = [*errors, *unexplained(problems.errors, errors)]
            errors = []
            if data is not NULLED and data is not None:
                merge_into(shown, data)
            made: JsonObject = {"data": None if data is NULLED else data, "path": unrolled(place)}
            if part.deferred.label is not None:
                made["label"] = part.deferred.label
            yield {**made, "errors": told} if told else made


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
