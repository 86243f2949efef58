"""Sends generated operations as several role sets and reads everything that comes out."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.canary.operations import Words, Writer
from tests.canary.searching import Search
from tests.canary.world import Canaries

ROLE_SETS: tuple[tuple[str, ...], ...] = (
    ("marketing_analyst",),
    ("support_agent",),
    ("connector",),
    ("marketing_analyst", "connector"),
    ("privacy_officer",),
    ("sealed",),
    ("asker",),
    ("seller",),
    ("taker",),
)
_EXPORT = {"c360-export": True, "c360-reason": "a walk"}
_EXPORTED = 0.25
ASKING: tuple[tuple[str, ...], ...] = (*ROLE_SETS, ("auditor",))
"""Who asks what chance may not, auditors about everybody's looks too."""
_MIXED = "multipart/mixed;deferSpec=20220824, application/json"
_TRAIT = re.compile(r'"(?:a\d+_)?trait": ?"(\w+)"')
# What is asked about by its name is called so in the answer: the caller's own word.
_COORDINATE = re.compile(r'"(?:a\d+_)?coordinate": ?"[^"]*"')
_WITHOUT_ADVICE = re.compile(
    r'"extensions": ?\{"code": ?"(\w+)"(?!, ?"retryable": ?(?:true|false))'
)
_WATCHED = """subscription { customerChanged(id: "%s", startWithCurrent: true) {
  id identifiers { phone email } profile { phone email name birthDate totalSpend }
  provenance { trait key candidates { key lostBecause } } segments { name title }
  timeline(first: 3) { edges { cursor node { messageId key } } pageInfo { endCursor } } } }"""
# What chance may not ask for in a short walk.
_IN_PERSON = """{ customers(first: 5) { edges { node {
  id profile { name phone email nationalId totalSpend } identifiers { phone email } } } } }"""
_ALWAYS = (
    _IN_PERSON,
    "{ segments { name title size } }",
    """{ segments { name versions { author note condition } history(first: 3) { edges { cursor
      node { entered customer { id profile { phone name } } } } } } }""",
    """{ customers(first: 3) { edges { node { id
      segments(asOf: "2040-01-01T00:00:00Z") { name } } } } }""",
    "{ customers(first: 5) { edges { cursor node { id segments { name title } } } } }",
    "{ customers(first: 5) { edges { node { timeline(first: 3) { edges { cursor } } } } } }",
)
_LOOKS = """{ auditAccess(customer: "%s", first: 50) {
  edges { cursor node { id at principal roles purpose reason outcome customers
    sights { coordinate use shown mask tags rules { id text } values }
    proof { leaf hashes checkpoint text } } } pageInfo { endCursor } }
  explainAccess(coordinate: "Profile.phone", customer: "%s") {
    shown mask rules { id text } missingTags customerVisible } }"""
_ACCESS = """{ accessTo(tag: "phone") { coordinates
    roles { roles shown mask rules { id text } } principals { principal reading { shown } } }
  accessAnomalies { kind principal value common } }"""
_ENTERED = """subscription { segmentChanged(name: "%s") { entered customer { id
  profile { phone email name } segments { name } } } }"""


@dataclass
class Findings:
    """What was sent and what leaked, by role set and place.

    `without_advice` has the codes of errors that did not say whether to try again.
    """

    operations: Counter[str] = field(default_factory=Counter[str])
    codes: Counter[str] = field(default_factory=Counter[str])
    seen: Counter[str] = field(default_factory=Counter[str])
    leaks: list[str] = field(default_factory=list[str])
    without_advice: set[str] = field(default_factory=set[str])
    bytes: int = 0
    exports: int = 0

    def report(self) -> Mapping[str, Any]:
        """Figures for whoever ran it."""
        return {
            "operations": sum(self.operations.values()),
            "exports": self.exports,
            "by_roles": dict(self.operations),
            "answered_mb": round(self.bytes / 1e6, 1),
            "codes": dict(self.codes.most_common(12)),
            "canaries_seen_by_who_may": dict(self.seen),
            "leaks": len(self.leaks),
            "first_leaks": self.leaks[:5],
        }


class Walk:
    """One walk over a world; the same seed sends the same operations."""

    def __init__(self, world: Canaries, seed: int) -> None:
        self.findings = Findings()
        self._world = world
        self._chance = Random(f"operations/{seed}")
        assert world.gateway.pipeline.graph is not None
        self._schema = world.gateway.pipeline.graph.engine.supergraph.schema
        canaries = [one.value for one in world.planter.canaries if isinstance(one.value, str)]
        catalog = world.catalog
        self._words = Words(
            canaries, [*world.ids, "nobody"], [*catalog.segments, "none"], list(catalog.events)
        )
        self._closed = {roles: self._closed_to(roles, world.forbidden) for roles in ASKING}
        self._kept = {roles: self._closed_to(roles, world.not_exported) for roles in ASKING}
        self._every = Search(one.trace for one in world.planter.canaries)

    async def send(self, count: int) -> None:
        """Send so many operations, taking the role sets in turn."""
        for number in range(count):
            await self._one(ROLE_SETS[number % len(ROLE_SETS)])

    async def ask(self) -> None:
        """Ask some questions as every role set, whatever chance does."""
        await self._world.settle()
        looks = [_LOOKS % (one, one) for one in self._words.ids[:2]]
        for roles in ASKING:
            for text in (*_ALWAYS, _ACCESS, *looks):
                self._read(roles, text, await self._world.ask(text, roles, {}, "application/json"))
            await self._take(roles, _IN_PERSON)

    async def watch(self) -> None:
        """Watch customers and segments as every role set, while customers change."""
        watched = [_WATCHED % id_ for id_ in self._words.ids]
        watched += [_ENTERED % name for name in self._words.segments]
        requests = [(roles, text) for roles in ROLE_SETS[:-1] for text in watched]
        streams = [asyncio.create_task(self._world.listen(*one)) for one in requests]
        await asyncio.sleep(0.3)
        await self._world.change()
        for (roles, text), stream in zip(requests, streams, strict=True):
            self._read(roles, text, await stream)

    async def beside(self) -> None:
        """Look through what operators see, where nobody's values may stand."""
        for place, text in (await self._world.beside()).items():
            self.findings.bytes += len(text)
            self._note((place,), self._every.found(text), place)

    async def _one(self, roles: tuple[str, ...]) -> None:
        self._words.cursors = self._world.cursors
        writer = Writer(self._schema, self._words, self._chance).operation()
        if self._chance.random() < _EXPORTED:
            await self._take(roles, writer.text, writer.variables)
            return
        accept = _MIXED if writer.deferred else "application/json"
        text = await self._world.ask(writer.text, roles, writer.variables, accept)
        self._read(roles, writer.text, text)
        self.findings.codes.update(re.findall(r'"code": ?"(\w+)"', text) or ["OK"])

    async def _take(
        self, roles: tuple[str, ...], query: str, variables: Mapping[str, Any] | None = None
    ) -> None:
        """Ask the same as an export, of which less may be in the answer."""
        text = _heard(await self._world.ask(query, roles, variables, extensions=_EXPORT))
        self.findings.exports += 1
        self._note(roles, self._kept[roles].search.found(text), query)
        self._read(roles, query, text)

    def _read(self, roles: tuple[str, ...], requested: str, text: str) -> None:
        stated, closed, text = self.findings, self._closed[roles], _heard(text)
        stated.operations["+".join(roles)] += 1
        stated.bytes += len(text)
        stated.without_advice.update(_WITHOUT_ADVICE.findall(text))
        self._note(roles, closed.search.found(text), requested)
        self._note(roles, closed.traits & set(_TRAIT.findall(text)), requested)
        stated.seen["+".join(roles)] += len(self._every.found(text))

    def _note(self, where: Iterable[str], found: set[str], requested: str) -> None:
        # A refusal may name the operation to whoever sent it; nothing else may.
        name = requested.split("(", maxsplit=1)[0].split("{", maxsplit=1)[0].lower()
        found = {one for one in found if one not in name}
        self.findings.leaks += [f"{'+'.join(where)}: {one} by {requested[:300]}" for one in found]

    def _closed_to(
        self, roles: tuple[str, ...], kept: Callable[[tuple[str, ...]], set[str]]
    ) -> _Closed:
        graph, catalog = self._world.gateway.pipeline.graph, self._world.catalog
        assert graph is not None
        table = graph.tables.of(roles, "service").table
        allowed = {one for one, found in table.reads.items() if found.action == "allow"}
        traits = {t for t in catalog.traits if table.read(f"Profile.{t}").action == "deny"}
        hidden = {
            word
            for one in catalog.segments.values()
            if not _sources(one.condition) <= allowed
            for word in (one.name, one.title)
        }
        return _Closed(Search(kept(roles) | hidden), traits)


def _heard(text: str) -> str:
    """An answer without the coordinates that were asked about."""
    return _COORDINATE.sub("", text)


@dataclass(frozen=True)
class _Closed:
    search: Search
    traits: set[str]


def _sources(condition: Mapping[str, Any]) -> set[str]:
    """The tagged coordinates that a condition of the default catalog reads, found anew."""
    text = json.dumps(condition)
    found = {f"Profile.{name}" for name in re.findall(r'"trait": "(\w+)"', text)}
    if '"property": "amount"' in text:
        found.add("OrderCompleted.amount")
    return found
