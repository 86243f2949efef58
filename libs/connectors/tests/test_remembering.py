"""An item is sent until it was taken, and then no more."""

import pytest
from c360_connectors.pulling.ports import Outcome, Take
from c360_connectors.pulling.remembering import Remembering
from c360_mapping.mapping import EVENTS, RECORDS
from hypothesis import given
from hypothesis import strategies as st


class Taken(Take):
    """Takes what it may, and keeps what it was given."""

    def __init__(self, status="ACCEPTED"):
        self.given, self.status = [], status

    async def take(self, kind, items):
        self.given.append((kind.name, list(items)))
        return [Outcome(self.status, "why") for _ in items]


def item(number, **more):
    return {"key": f"k{number}", "observedAt": "2026-01-01T00:00:00Z", **more}


async def test_what_was_taken_costs_nothing_the_next_time():
    taken = Taken()
    one = Remembering(taken)
    assert [o.status for o in await one.take(RECORDS, [item(1), item(2)])] == ["ACCEPTED"] * 2
    found = await one.take(RECORDS, [item(2), item(3), item(1)])
    assert [o.status for o in found] == ["DUPLICATE", "ACCEPTED", "DUPLICATE"]
    assert [o.status for o in await one.take(RECORDS, [item(3)])] == ["DUPLICATE"]
    assert taken.given == [("records", [item(1), item(2)]), ("records", [item(3)])]


@pytest.mark.parametrize(
    "other", [item(1, traits={"city": "Bonn"}), {**item(1), "observedAt": "2026-01-02T00:00:00Z"}]
)
async def test_what_says_something_else_is_sent(other):
    taken = Taken()
    one = Remembering(taken)
    await one.take(RECORDS, [item(1)])
    await one.take(RECORDS, [other])
    await one.take(EVENTS, [item(1)])
    assert [items for _, items in taken.given] == [[item(1)], [other], [item(1)]]


@pytest.mark.parametrize("status", ["REFUSED", "DEAD_LETTERED"])
async def test_what_was_not_taken_is_sent_again(status):
    taken = Taken(status)
    one = Remembering(taken)
    for _ in range(2):
        assert await one.take(RECORDS, [item(1)]) == [Outcome(status, "why")]
    assert len(taken.given) == 2


async def test_what_ends_on_its_way_is_sent_again():
    class Away(Taken):
        async def take(self, kind, items):
            raise ConnectionError

    taken = Away()
    one = Remembering(taken)
    for _ in range(2):
        with pytest.raises(ConnectionError):
            await one.take(RECORDS, [item(1)])


@given(walks=st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=12))
async def test_so_many_are_known_and_none_is_lost(walks):
    taken = Taken()
    one = Remembering(taken, 4)
    for walk in walks:
        outcomes = await one.take(RECORDS, [item(n) for n in walk])
        assert len(outcomes) == len(walk)
        assert len(one._seen) <= 4
    sent = [each["key"] for _, items in taken.given for each in items]
    assert set(sent) == {f"k{n}" for walk in walks for n in walk}
