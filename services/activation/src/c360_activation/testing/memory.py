"""The model of an `ActivationStore`: dictionaries, and no cleverness."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from c360_kernel.log.entry import Positions
from c360_kernel.testing.memory_work import Feed, MemoryFed, MemoryWork
from typing_extensions import override

from c360_activation.domain.delivery import (
    ROWS,
    UNSURE,
    Delivery,
    Message,
    Outcome,
    Standing,
    superseded,
)
from c360_activation.domain.first_load import Scope
from c360_activation.store.loads import FirstLoad
from c360_activation.store.port import ActivationStore, ActivationUnit


@dataclass(slots=True)
class _State(Feed):
    since: dict[str, Positions] = field(default_factory=dict[str, Positions])
    standings: dict[str, Standing] = field(default_factory=dict[str, Standing])
    told: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    held: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    deliveries: dict[int, Delivery] = field(default_factory=dict[int, Delivery])
    loads: dict[Scope, FirstLoad] = field(default_factory=dict[Scope, FirstLoad])
    loaded: set[Scope] = field(default_factory=set[Scope])
    last: int = 0

    def copied(self) -> _State:
        """A state that can change without this one."""
        return replace(
            self,
            deliveries=dict(self.deliveries),
            positions=dict(self.positions),
            outbox=dict(self.outbox),
        )

    def of(self, destination: str) -> list[Delivery]:
        """All that were queued for a destination, in order."""
        return [d for d in self.deliveries.values() if d.message.destination == destination]


class MemoryUnit(MemoryWork, ActivationUnit):
    """A unit in memory: it works on a copy that the store takes over when the unit ends well."""

    def __init__(self, state: _State) -> None:
        self.state = state

    @property
    @override
    def _feed(self) -> _State:
        return self.state

    @override
    async def since(self) -> Mapping[str, Positions]:
        return self.state.since

    @override
    async def queue(self, messages: Sequence[Message]) -> None:
        for one in messages:
            self._queue(one)

    def _queue(self, one: Message) -> None:
        held = self.state.of(one.destination)
        mine = [d for d in held if d.message.customer == one.customer]
        if any(d.message.id == one.id for d in held):
            return
        is_told = (one.destination, one.customer) in self.state.told
        if one.kind == "customer.ended" and not is_told and not _waiting(mine):
            return
        is_held = (one.destination, one.customer) in self.state.held
        if one.kind == "row.followed" and not is_held and not _waiting(mine):
            return
        for number in superseded(one.kind, _waiting(mine)):
            gone = replace(self.state.deliveries[number], status="replaced", changed=one.at)
            self.state.deliveries[number] = gone
        self.state.last += 1
        number = self.state.last
        self.state.deliveries[number] = Delivery(number, one, "waiting", 0, 0, "", one.at)


def _waiting(deliveries: Sequence[Delivery]) -> list[Delivery]:
    return [one for one in deliveries if one.status == "waiting"]


class MemoryActivationStore(MemoryFed, ActivationStore):
    """The model of an activation store. Nothing survives the process."""

    def __init__(self) -> None:
        super().__init__()
        self.state = _State()

    @property
    @override
    def _feed(self) -> _State:
        return self.state

    @override
    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[MemoryUnit]:
        unit = MemoryUnit(self.state.copied())
        yield unit
        self.state = unit.state

    @override
    async def admit(self, destinations: Collection[str], ends: Positions) -> None:
        for name in destinations:
            self.state.since.setdefault(name, dict(ends))
            self.state.standings.setdefault(name, Standing())

    @override
    async def begin_loads(self, scopes: Collection[Scope], until: Positions) -> Sequence[FirstLoad]:
        kept = {one: load for one, load in self.state.loads.items() if one in scopes}
        for name, segment in scopes:
            kept.setdefault((name, segment), FirstLoad(name, segment, dict(until)))
        self.state.loads = kept
        self.state.loaded &= kept.keys()
        return [kept[one] for one in sorted(kept) if one not in self.state.loaded]

    @override
    async def load(self, load: FirstLoad, messages: Sequence[Message]) -> None:
        for one in messages:
            mine = self.state.of(one.destination)
            kinds = [d.message.kind for d in _waiting(mine) if d.message.customer == one.customer]
            if not set(kinds) & set(ROWS):
                await self._put(one)
        self.state.loads[load.scope] = load

    async def _put(self, one: Message) -> None:
        told = [d.number for d in self.state.of(one.destination) if d.message.id == one.id]
        if told:
            again = Delivery(told[0], one, "waiting", 0, 0, "", one.at)
            self.state.deliveries[told[0]] = again
            return
        async with self.unit() as unit:
            await unit.queue([one])

    @override
    async def end_load(self, scope: Scope) -> None:
        self.state.loaded.add(scope)

    @override
    async def due(self, destination: str, now: int, limit: int) -> Sequence[Delivery]:
        standing = self.state.standings.get(destination)
        if standing is None or standing.disabled or standing.paused_until > now:
            return []
        first: dict[str, Delivery] = {}
        for one in self.state.of(destination):
            if one.status == "waiting":
                first.setdefault(one.message.customer, one)
        held = self.state.held
        due = [one for one in first.values() if one.due <= now]
        found = [replace(one, held=held.get(one.queue, "")) for one in due]
        return sorted(found, key=lambda one: (one.due, one.number))[:limit]

    @override
    async def settle(self, number: int, outcome: Outcome, now: int) -> None:
        held = self.state.deliveries[number]
        if held.status == "replaced" and outcome.status == "waiting":
            return
        self.state.deliveries[number] = replace(
            held,
            status=outcome.status,
            attempts=outcome.attempts,
            due=outcome.due,
            code=outcome.code,
            changed=now,
        )
        self._remember(self.state.deliveries[number])
        if outcome.held:
            self.state.held[held.queue] = outcome.held
        elif outcome.held is not None:
            self.state.held.pop(held.queue, None)

    def _remember(self, settled: Delivery) -> None:
        if settled.message.kind != "customer.ended" and settled.attempts:
            self.state.told.add(settled.queue)
        elif settled.message.kind == "customer.ended" and settled.status == "sent":
            self.state.told.discard(settled.queue)

    @override
    async def put_standing(self, destination: str, standing: Standing) -> None:
        self.state.standings[destination] = standing

    @override
    async def hold(self, destination: str, standing: Standing) -> None:
        held = self.state.standings[destination]
        until = max(held.paused_until, standing.paused_until)
        await self.put_standing(destination, Standing(until, standing.disabled or held.disabled))

    @override
    async def again(self, destination: str, since: int, now: int) -> int:
        over = ("waiting", "replaced")
        found = [one for one in self.state.of(destination) if one.message.at >= since]
        chosen = [one for one in found if one.status not in over]
        for one in chosen:
            if one.status == "sent" and one.message.kind in ROWS:
                self.state.held[one.queue] = UNSURE
            await self.settle(one.number, Outcome("waiting", 0), now)
        return len(chosen)

    @override
    async def expire(self, before: int, limit: int) -> int:
        held = self.state.deliveries.values()
        over = [one for one in held if one.status != "waiting" and one.changed < before]
        gone = sorted(over, key=lambda one: one.changed)[:limit]
        for one in gone:
            del self.state.deliveries[one.number]
        return len(gone)

    @override
    async def standings(self) -> Mapping[str, Standing]:
        return dict(sorted(self.state.standings.items()))

    @override
    async def numbers(self, destination: str) -> Mapping[str, int]:
        return dict(Counter(one.status for one in self.state.of(destination)))

    @override
    async def latest(self, destination: str, before: int | None, limit: int) -> Sequence[Delivery]:
        held = reversed(self.state.of(destination))
        return [one for one in held if before is None or one.number < before][:limit]

    @override
    async def counts(self) -> Mapping[str, int]:
        return {"deliveries": len(self.state.deliveries)}

    @override
    async def close(self) -> None:
        pass
