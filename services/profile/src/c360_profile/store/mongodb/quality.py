"""What is counted of the quality of data, on a server that has no transaction around it.

One document says the whole of a step before any of it is written: what records and customers count
as from then on, and the cells that come of it. Steps follow each other by its number, so that each
begins with what the last one came to. Whoever says a step saves its records and customers after
it, and each carries its own mark; whoever finds a step of which that is not known puts its marks
into documents of their own, which changes nothing where they were saved too. So a step is whole
from the moment that its document says it.

What is counted of a record or a customer is of an edition. A unit that is overtaken after its step
is handled again, and counts what it counted again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import NamedTuple

from c360_profile.domain.quality.cells import Read
from c360_profile.store.mongodb import marks, steps
from c360_profile.store.mongodb.generation import Generation
from c360_profile.store.mongodb.marks import Mark
from c360_profile.store.mongodb.outbox import Outbox
from c360_profile.store.mongodb.parcels import Parcel
from c360_profile.store.mongodb.steps import Step
from c360_profile.store.quality import Counted, Recount, counted_anew

_NO_MARKS: Mapping[str, Mark] = {}
_NO_CELLS: Mapping[str, str] = {}
_MOST_BYTES = 8_000_000
"""A document holds no more than 16 MB."""
_MOST_KEPT_BYTES = 32_000_000


class Counting(NamedTuple):
    """What a unit counts, of these editions.

    `held` are the marks that it read after step `since` was written, which is None where it did
    not know of any. `again` reads them anew; it raises `Conflict` where the unit was overtaken.
    `carrying` are the names of what the unit saves next.
    """

    unit: int
    wanted: Recount
    editions: Mapping[str, int]
    held: Mapping[str, Mark]
    since: int | None
    again: Callable[[], Awaitable[Mapping[str, Mark]]]
    carrying: Collection[str]

    def halves(self) -> tuple[Counting, Counting]:
        """The same in two parts."""
        names = sorted(self.wanted.counting.names)
        one, other = names[: len(names) // 2], names[len(names) // 2 :]
        wanted = self.wanted.only(frozenset(one)), self.wanted.only(frozenset(other))
        return self._replace(wanted=wanted[0]), self._replace(wanted=wanted[1])


class Taken(NamedTuple):
    """The last step that a unit took, 0 for none, what it has to tell, and the marks, by name, that
    what the unit saves next has to carry.
    """

    step: int = 0
    marks: Mapping[str, Mark] = _NO_MARKS
    told: tuple[Parcel, ...] = ()


class Counts:
    """Takes steps. Of the last one it remembers what stays true as long as nobody takes another."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._generation = 0
        self.forget()

    def forget(self) -> None:
        """Ask for all of it again."""
        self._last: Step | None = None
        self._is_written = False
        self._cells: dict[str, str] = {}

    async def since(self, generation: Generation, written: int) -> int | None:
        """The number of the last step, None if it is not known to be written.

        Up to `written` all are.
        """
        if generation.number != self._generation:
            self.forget()
            self._generation = generation.number
        if self._last is None:
            last = await steps.last_step(generation.cells)
            self._last, self._is_written = last, last.number <= written
        return self._last.number if self._is_written else None

    def written(self, taken: Taken) -> None:
        """All is saved that carries these marks."""
        if self._last is not None and self._last.number == taken.step:
            self._last, self._is_written = self._last._replace(marks=_NO_MARKS), True

    async def take(self, generation: Generation, counting: Counting) -> Taken:
        """Take a step. What it counts has to be saved next; until then it is not `written`."""
        while True:
            last = await self._finished(generation)
            held = await _held(generation, counting, last)
            done = await self._counted(generation, counting, last, held)
            if not (done.counted or done.cells):
                return Taken()
            step = _next(last, done, counting)
            if step.size > _MOST_BYTES and len(held) > 1:
                return await self._take_in_halves(generation, counting)
            taken = await self._begun(generation, last, step, done)
            if taken is not None:
                aside = {n: one for n, one in step.marks.items() if n not in counting.carrying}
                await marks.put_aside(generation.counted, aside)
                return taken
            self.forget()

    async def _take_in_halves(self, generation: Generation, counting: Counting) -> Taken:
        one, other = counting.halves()
        first, second = await self.take(generation, one), await self.take(generation, other)
        step = max(first.step, second.step)
        return Taken(step, {**first.marks, **second.marks}, first.told + second.told)

    async def _counted(
        self, generation: Generation, counting: Counting, last: Step, held: Mapping[str, Mark]
    ) -> Counted:
        # What was counted of a later edition is by somebody who read what comes before.
        editions = counting.editions
        current = frozenset(n for n, one in held.items() if one.edition <= editions[n])
        before = {name: one.said for name, one in held.items()}
        return await counted_anew(
            counting.wanted.only(current), before, self._reading(generation, last)
        )

    def _reading(self, generation: Generation, last: Step) -> Read:
        known = {**self._cells, **last.cells}

        async def read(names: Collection[str]) -> Mapping[str, str]:
            unread = [name for name in names if name not in known]
            found = await steps.put_in(generation.cells, unread) if last.number else _NO_CELLS
            known.update({name: found.get(name, "") for name in unread})
            self._remember(last, known)
            return {name: known[name] for name in names}

        return read

    def _remember(self, step: Step, cells: Mapping[str, str]) -> None:
        if step is self._last:
            size = sum(map(len, cells.values()))
            self._cells = dict(cells) if size <= _MOST_KEPT_BYTES else {}

    async def _begun(
        self, generation: Generation, last: Step, step: Step, done: Counted
    ) -> Taken | None:
        """The step, said; None if somebody else was faster."""
        told = await self._outbox.put_step(generation, step.number, step.unit, done.entries)
        if last.is_full(done.cells):
            await steps.put_cells(generation.cells, last)
            step = step._replace(cells=done.cells)
        step = step._replace(told=tuple(one.name for one in told))
        if not await steps.begin(generation.cells, step):
            await self._outbox.drop(generation, told)
            return None
        self._last, self._is_written = step, False
        self._remember(step, {**self._cells, **step.cells})
        return Taken(step.number, step.marks, tuple(told))

    async def _finished(self, generation: Generation) -> Step:
        """The last step, once what it counted is saved or stands aside."""
        last = self._last
        if last is None or not self._is_written:
            # Before the step, which says whether any marks stand aside: whoever put some there and
            # noted that all is written has said so in it before.
            written = await generation.counted_up_to()
            last = await self._latest(generation)
            if last.number > written:
                last = await self._completed(generation, last)
        self._last, self._is_written = last, True
        return last

    async def _latest(self, generation: Generation) -> Step:
        """The last step as it is now, without the cells of any other."""
        last = await steps.last_step(generation.cells)
        if self._last is None or last.number != self._last.number:
            self._cells = {}
        return last

    async def _completed(self, generation: Generation, step: Step) -> Step:
        """A step whose marks stand aside: whoever said it may never save what carries them."""
        await steps.note_aside(generation.cells, step)
        await marks.put_aside(generation.counted, step.marks)
        await self._outbox.step_stands(generation, step.told)
        await generation.mark_counted(step.number)
        return step._replace(marks=_NO_MARKS, is_aside=True)


async def _held(generation: Generation, counting: Counting, last: Step) -> Mapping[str, Mark]:
    """By name the marks that hold."""
    names = counting.wanted.counting.names
    own = counting.held if last.number == counting.since else await counting.again()
    aside = await marks.marks_aside(generation.counted, names) if last.is_aside else _NO_MARKS
    return {name: marks.latest(name, own, aside) for name in names}


def _next(last: Step, done: Counted, counting: Counting) -> Step:
    number = last.number + 1
    said = {
        name: Mark(number, counting.editions[name], text) for name, text in done.counted.items()
    }
    is_aside = last.is_aside or not said.keys() <= set(counting.carrying)
    return Step(number, counting.unit, said, {**last.cells, **done.cells}, is_aside)
