"""What every ActivationStore must do. An adapter's tests subclass this and give `open_store`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
import pytest_asyncio
from c360_kernel.errors import Conflict
from c360_kernel.testing.origin import expect_claimed_once

from c360_activation.domain.delivery import Message, Outcome, Standing
from c360_activation.store.loads import FirstLoad
from c360_activation.store.port import ActivationStore
from c360_activation.testing.entries import PLACE, message

OpenStore = Callable[[], ActivationStore]
_NOW = 1_000
_TIMED_OUT = Outcome("failed", 10, "RECEIVER_TIMEOUT")


async def _queue(store: ActivationStore, *messages: Message) -> None:
    async with store.unit() as unit:
        await unit.queue(messages)


async def _due(store: ActivationStore, now: int = _NOW, limit: int = 10) -> list[str]:
    return [one.message.id for one in await store.due("mailer", now, limit)]


async def _statuses(store: ActivationStore) -> dict[str, str]:
    return {one.message.id: one.status for one in await store.latest("mailer", None, 100)}


class ActivationStoreContract:
    """The suite. Override the fixture `open_store`."""

    @pytest.fixture
    def open_store(self) -> OpenStore:
        """Open a store that is empty."""
        raise NotImplementedError

    @pytest_asyncio.fixture
    async def store(self, open_store: OpenStore) -> AsyncIterator[ActivationStore]:
        """A store that knows one destination."""
        store = open_store()
        await store.admit(["mailer"], {PLACE: 3})
        yield store
        await store.close()

    async def test_it_belongs_to_what_it_was_fed_from_first(self, open_store: OpenStore) -> None:
        store = open_store()
        await expect_claimed_once(store)
        await store.close()

    async def test_a_destination_begins_where_it_was_first_met(
        self, store: ActivationStore
    ) -> None:
        await store.admit(["mailer", "other"], {PLACE: 9})
        async with store.unit() as unit:
            assert await unit.since() == {"mailer": {PLACE: 3}, "other": {PLACE: 9}}

    async def test_a_message_is_queued_once(self, store: ActivationStore) -> None:
        await _queue(store, message("a"), message("a"))
        await _queue(store, message("a"))
        assert await store.numbers("mailer") == {"waiting": 1}

    async def test_nothing_is_queued_of_a_batch_that_fails(self, store: ActivationStore) -> None:
        with pytest.raises(RuntimeError):
            async with store.unit() as unit:
                await unit.queue([message("a")])
                raise RuntimeError
        assert await _due(store) == []

    async def test_of_one_customer_the_oldest_alone_is_due(self, store: ActivationStore) -> None:
        await _queue(store, message("a"), message("b", "c2"), message("c"))
        assert await _due(store) == ["a", "b"]
        first, *_ = await store.due("mailer", _NOW, 1)
        await store.settle(first.number, Outcome("waiting", 1, "HTTP_500", _NOW + 5), _NOW)
        assert await _due(store) == ["b"]
        assert await _due(store, _NOW + 5) == ["b", "a"]
        await store.settle(first.number, Outcome("sent", 2), _NOW)
        assert await _due(store) == ["b", "c"]

    async def test_a_destination_that_is_paused_or_disabled_is_sent_nothing(
        self, store: ActivationStore
    ) -> None:
        await _queue(store, message("a"))
        await store.put_standing("mailer", Standing(paused_until=_NOW + 1))
        assert (await _due(store), await _due(store, _NOW + 1)) == ([], ["a"])
        await store.put_standing("mailer", Standing(disabled="RECEIVER_GONE"))
        assert await _due(store, _NOW * 2) == []
        assert await store.standings() == {"mailer": Standing(0, "RECEIVER_GONE")}
        await store.put_standing("mailer", Standing())
        assert await _due(store) == ["a"]

    async def test_who_is_held_is_let_go_by_none_that_holds_less(
        self, store: ActivationStore
    ) -> None:
        await store.hold("mailer", Standing(9, "RECEIVER_GONE"))
        await store.hold("mailer", Standing(5))
        assert await store.standings() == {"mailer": Standing(9, "RECEIVER_GONE")}
        await store.hold("mailer", Standing(11))
        assert await store.standings() == {"mailer": Standing(11, "RECEIVER_GONE")}

    async def test_what_was_replaced_while_it_was_sent_does_not_wait_again(
        self, store: ActivationStore
    ) -> None:
        await _queue(store, message("a", kind="profile.changed"))
        (sent,) = await store.due("mailer", _NOW, 1)
        await _queue(store, message("b", kind="profile.changed"))
        await store.settle(sent.number, Outcome("waiting", 1, "HTTP_500", _NOW), _NOW)
        assert await _statuses(store) == {"b": "waiting", "a": "replaced"}
        await store.settle(sent.number, Outcome("sent", 1), _NOW)
        assert await _statuses(store) == {"b": "waiting", "a": "sent"}

    async def test_a_newer_profile_takes_the_place_of_one_that_waits(
        self, store: ActivationStore
    ) -> None:
        await _queue(store, message("a", kind="profile.changed"), message("b"))
        await _queue(store, message("c", kind="profile.changed"))
        await _queue(store, message("d", "c2", kind="profile.changed"))
        assert await _statuses(store) == {
            "d": "waiting", "c": "waiting", "b": "waiting", "a": "replaced"
        }  # fmt: skip

    async def test_the_end_of_a_customer_is_told_to_who_knows_it(
        self, store: ActivationStore
    ) -> None:
        await _queue(store, message("a"), message("b", "c2", kind="customer.ended"))
        await _queue(store, message("c", kind="customer.ended"))
        assert await _statuses(store) == {"c": "waiting", "a": "waiting"}

    async def test_the_end_of_a_customer_is_told_to_who_was_told_of_it_long_ago(
        self, store: ActivationStore
    ) -> None:
        outcomes = {"c1": Outcome("sent", 1), "c2": Outcome("withheld", 0), "c3": _TIMED_OUT}
        await _queue(store, *(message(name, name) for name in outcomes))
        for one in await store.due("mailer", _NOW, 3):
            await store.settle(one.number, outcomes[one.message.customer], _NOW)
        assert await store.expire(_NOW + 1, 10) == 3
        await _queue(store, *(message(f"e{n}", n, kind="customer.ended") for n in outcomes))
        assert await _due(store) == ["ec1", "ec3"]

    async def test_who_was_told_of_an_end_is_told_of_it_once(self, store: ActivationStore) -> None:
        await _queue(store, message("a"))
        for name in ("b", "c"):
            (one,) = await store.due("mailer", _NOW, 1)
            await store.settle(one.number, Outcome("sent", 1), _NOW)
            await _queue(store, message(name, kind="customer.ended"))
        assert await _statuses(store) == {"b": "sent", "a": "sent"}

    async def test_what_a_destination_holds_is_known_with_what_is_due(
        self, store: ActivationStore
    ) -> None:
        async def settle(name: str, outcome: Outcome) -> str:
            await _queue(store, message(name, kind="row.changed"))
            (one,) = await store.due("mailer", _NOW, 1)
            await store.settle(one.number, outcome, _NOW)
            return one.held

        assert await settle("a", Outcome("sent", 1, held="h1")) == ""
        assert await settle("b", Outcome("withheld", 0, "UNCHANGED")) == "h1"
        assert await settle("c", Outcome("sent", 1, held="?")) == "h1"
        assert await settle("d", Outcome("sent", 1, held="")) == "?"
        assert await settle("e", Outcome("withheld", 0, "CUSTOMER_HIDDEN")) == ""

    async def test_what_follows_a_row_is_told_to_who_holds_it(self, store: ActivationStore) -> None:
        await _queue(store, message("a", kind="row.followed"))
        await _queue(store, message("b", "c2", kind="row.changed"))
        await _queue(store, message("c", "c2", kind="row.followed"))
        assert await _statuses(store) == {"c": "waiting", "b": "replaced"}
        (one,) = await store.due("mailer", _NOW, 1)
        await store.settle(one.number, Outcome("sent", 1, held="h"), _NOW)
        await _queue(store, message("d", "c2", kind="row.followed"))
        assert await _due(store) == ["d"]

    async def test_a_newer_row_takes_the_place_of_no_other_message(
        self, store: ActivationStore
    ) -> None:
        await _queue(store, message("a", kind="profile.changed"), message("b", kind="row.changed"))
        await _queue(store, message("c", kind="row.changed"))
        assert await _statuses(store) == {"c": "waiting", "b": "replaced", "a": "waiting"}

    async def test_what_was_sent_is_sent_again_under_its_id(self, store: ActivationStore) -> None:
        await _queue(store, *(message(n, n, at=at) for at, n in enumerate("abc")))
        for one in await store.due("mailer", _NOW, 10):
            await store.settle(one.number, Outcome("sent", 1), _NOW)
        assert await store.again("mailer", 1, _NOW) == 2
        assert await _due(store) == ["b", "c"]
        assert await store.again("mailer", 1, _NOW) == 0

    async def test_a_row_that_is_sent_again_may_be_lost(self, store: ActivationStore) -> None:
        outcomes = {
            "c1": Outcome("sent", 1, held="h"),
            "c2": Outcome("sent", 1, held=""),
            "c3": Outcome("withheld", 0, "CONSENT_MISSING", held="-"),
            "c4": Outcome("withheld", 0, "MEMBERSHIP_CHANGED"),
        }
        await _queue(store, *(message(name, name, kind="row.changed") for name in outcomes))
        await _queue(store, message("s", "c5"), message("o", "c6", kind="row.changed", at=0))
        for one in await store.due("mailer", _NOW, 9):
            await store.settle(one.number, outcomes.get(one.message.id, Outcome("sent", 1)), _NOW)
        assert await store.again("mailer", 1, _NOW) == 5
        held = {one.message.id: one.held for one in await store.due("mailer", _NOW, 9)}
        assert held == {"c1": "?", "c2": "?", "c3": "-", "c4": "", "s": ""}

    async def test_pages_follow_each_other(self, store: ActivationStore) -> None:
        await _queue(store, *(message(n) for n in "abc"))
        first = await store.latest("mailer", None, 2)
        assert [one.message.id for one in first] == ["c", "b"]
        rest = await store.latest("mailer", first[-1].number, 2)
        assert [one.message.id for one in rest] == ["a"]
        assert await store.latest("other", None, 2) == []

    async def test_what_is_over_goes_and_what_waits_stays(self, store: ActivationStore) -> None:
        await _queue(store, *(message(n, n) for n in "abc"))
        for one in await store.due("mailer", _NOW, 2):
            await store.settle(one.number, Outcome("sent", 1), _NOW)
        assert await store.expire(_NOW, 10) == 0
        assert [await store.expire(_NOW + 1, 1) for _ in range(3)] == [1, 1, 0]
        assert await _statuses(store) == {"c": "waiting"}
        assert await store.counts() == {"deliveries": 1}

    async def test_a_first_load_is_begun_once_and_goes_on_where_it_was(
        self, store: ActivationStore
    ) -> None:
        gold, silver = ("mailer", "gold"), ("mailer", "silver")
        (load,) = await store.begin_loads([gold], {PLACE: 9})
        assert load == FirstLoad("mailer", "gold", {PLACE: 9})
        rows = [message(name, name, kind="row.changed") for name in "ab"]
        await store.load(replace(load, at={PLACE: 4}), rows)
        again = await store.begin_loads([gold, silver], {PLACE: 12})
        assert again == [
            FirstLoad("mailer", "gold", {PLACE: 9}, {PLACE: 4}),
            FirstLoad("mailer", "silver", {PLACE: 12}),
        ]
        await store.end_load(gold)
        assert [one.scope for one in await store.begin_loads([gold, silver], {})] == [silver]
        assert await _due(store) == ["a", "b"]
        assert await store.begin_loads([], {}) == []
        (anew,) = await store.begin_loads([gold], {PLACE: 20})
        assert anew.until == {PLACE: 20}, "a segment that comes back is loaded anew"
        for one in await store.due("mailer", _NOW, 9):
            await store.settle(one.number, Outcome("sent", 1), _NOW)
        await store.load(replace(anew, at={PLACE: 4}), rows)
        assert await _due(store) == ["a", "b"], "also who was told before it went away"

    async def test_a_first_load_puts_nobody_of_whom_a_row_waits(
        self, store: ActivationStore
    ) -> None:
        (load,) = await store.begin_loads([("mailer", "gold")], {PLACE: 9})
        await _queue(store, message("new", "a", kind="row.changed"), message("in", "b"))
        await store.load(load, [message("old", n, kind="row.changed") for n in "a"])
        await store.load(load, [message("older", "b", kind="row.changed")])
        assert await _statuses(store) == {"new": "waiting", "in": "waiting", "older": "waiting"}
        for one in await store.due("mailer", _NOW, 9):
            await store.settle(one.number, Outcome("sent", 1), _NOW)
        await store.load(load, [message("older", "b", kind="row.changed")])
        assert (await _statuses(store))["older"] == "waiting"

    async def test_a_position_moves_once(self, store: ActivationStore) -> None:
        async with store.unit() as unit:
            await unit.advance({PLACE: 0}, {PLACE: 1})
        with pytest.raises(Conflict):
            async with store.unit() as unit:
                await unit.queue([message("a")])
                await unit.advance({PLACE: 0}, {PLACE: 1})
        assert (await store.positions(), await _due(store)) == ({PLACE: 1}, [])
