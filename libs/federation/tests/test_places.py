"""A place is lent to one at a time, in the order of coming, and none is ever lost."""

import asyncio

from c360_federation.places import Places
from hypothesis import given
from hypothesis import strategies as st


class Visitors:
    """Enter, leave and give up as told, and know what the places must be like after each."""

    def __init__(self, count):
        self.count = count
        self.places = Places(count)
        self.entered = []
        self.queue = []

    async def come(self):
        task = asyncio.create_task(self.places.take())
        self.queue.append(task)
        await self._settle()

    async def leave(self, number):
        if self.entered:
            self.entered.pop(number % len(self.entered))
            self.places.give_back()
            await self._settle()

    async def leave_as_the_next_gives_up(self, number):
        """The one that was just given the place is cancelled before it runs."""
        waiting = [one for one in self.queue if not one.done()]
        if self.entered and waiting:
            self.entered.pop(number % len(self.entered))
            self.places.give_back()
            waiting[0].cancel()
            await self._settle()

    async def give_up(self, number):
        waiting = [one for one in self.queue if not one.done()]
        if waiting:
            waiting[number % len(waiting)].cancel()
            await self._settle()

    async def _settle(self):
        for _ in range(4):
            await asyncio.sleep(0)
        queue = [one for one in self.queue if not one.cancelled()]
        came = [one for one in queue if one.done()]
        self.queue = [one for one in queue if not one.done()]
        # Nobody overtakes: who came in stood before all who still wait.
        assert queue == came + self.queue
        self.entered += came
        assert len(self.entered) <= self.count
        assert not self.queue or len(self.entered) == self.count


steps = st.lists(
    st.tuples(
        st.sampled_from(["come", "come", "leave", "give_up", "leave_as_the_next_gives_up"]),
        st.integers(0, 9),
    ),
    max_size=40,
)


@given(st.integers(1, 3), steps)
def test_places_are_lent_in_turn_and_all_come_back(count, told):
    async def visit():
        visitors = Visitors(count)
        for name, number in told:
            await (visitors.come() if name == "come" else getattr(visitors, name)(number))
        while visitors.entered:
            await visitors.leave(0)
        assert not visitors.queue
        assert [visitors.places.take_now() for _ in range(count + 1)] == [True] * count + [False]

    asyncio.run(visit())
