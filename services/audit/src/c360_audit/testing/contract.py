"""What every AuditLog must do. An adapter's tests subclass this and give `open_log`."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
import pytest_asyncio
from c360_kernel.errors import Conflict, Transient
from c360_kernel.log.entry import Entry
from c360_kernel.payload import CoordinateUse, OperationAudited
from c360_kernel.testing.origin import expect_claimed_once
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from c360_audit.domain.activity import HOUR_MS, Activity, Actor
from c360_audit.domain.operation import AuditQuery, Leaf
from c360_audit.domain.performed import Performed, Touching
from c360_audit.handlers.handler import AuditHandler
from c360_audit.store.port import AuditLog
from c360_audit.testing.entries import ALL, PLACE, entry, keep, names, operation
from c360_audit.testing.memory import MemoryAuditLog

OpenLog = Callable[[str], AuditLog]
_WRITERS = 16
_COORDINATES = ("Profile.phone", "Profile.name", "Query.customers(filter:)")
_SUBJECTS = ("aa", "bb", "cc")
_PRINCIPALS = ("ann", "王芳")
_KINDS = ("operation", "refusal")


_operations = st.builds(
    operation,
    at=st.integers(0, 5),
    principal=st.sampled_from(_PRINCIPALS),
    subjects=st.lists(st.sampled_from(_SUBJECTS), max_size=3),
    coordinates=st.lists(st.sampled_from(_COORDINATES), max_size=3, unique=True),
    tag=st.sampled_from(("", "name", "name,phone")),
    rule=st.sampled_from(("", "r1", "r1,r2")),
    roles=st.sampled_from(((), ("agent",), ("agent", "auditor"))),
    purpose=st.sampled_from(("service", "two\nlines")),
    kind=st.sampled_from(_KINDS),
    outcome=st.sampled_from(("answered", "refused")),
    times=st.integers(1, 3),
)
# An entry's name says what it is about, as a redelivered entry's does.
_entries = st.dictionaries(st.integers(0, 30), _operations, max_size=12)
_maybe_time = st.none() | st.integers(0, 6)
_queries = st.builds(
    AuditQuery,
    since=_maybe_time,
    until=_maybe_time,
    principal=st.none() | st.sampled_from((*_PRINCIPALS, "nobody")),
    subjects=st.frozensets(st.sampled_from(_SUBJECTS), max_size=2),
    coordinate=st.none() | st.sampled_from(_COORDINATES),
    tag=st.none() | st.sampled_from(("name", "phone")),
    rule=st.none() | st.sampled_from(("r1", "r2")),
    kind=st.none() | st.sampled_from(_KINDS),
)


class AuditLogContract:
    """The suite. Override the fixture `open_log`."""

    @pytest.fixture
    def open_log(self) -> OpenLog:
        """Open the log of a name; equal names are one log, a new name is an empty one."""
        raise NotImplementedError

    @pytest_asyncio.fixture
    async def log(self, open_log: OpenLog) -> AsyncIterator[AuditLog]:
        """An empty log."""
        log = open_log("one")
        yield log
        await log.close()

    async def test_the_oldest_go_some_at_a_time_and_numbers_go_on(self, log: AuditLog) -> None:
        operations = [
            operation(at=n, subjects=["aa"], coordinates=["Profile.name"]) for n in range(10)
        ]
        await keep(log, *(entry(f"e{n}", one) for n, one in enumerate(operations)))
        assert [await log.expire(5, 3) for _ in range(3)] == [3, 2, 0]
        left = [f"e{n}" for n in range(5, 10)]
        for query in (
            ALL,
            AuditQuery(subjects=frozenset({"aa"})),
            AuditQuery(coordinate="Profile.name"),
        ):
            assert await names(log, query) == left
        assert await log.expire(100, 100) == 4
        assert await names(log) == ["e9"]
        await keep(log, entry("later", operation(at=0)))
        assert [leaf.number for leaf in await log.page(ALL, -1, 10)] == [9, 10]
        assert await log.counts() == {"operations": 11}

    async def test_it_belongs_to_what_it_was_fed_from_first(self, log: AuditLog) -> None:
        await expect_claimed_once(log)

    async def test_leaves_are_numbered_in_order_and_hold_the_very_bytes(
        self, log: AuditLog
    ) -> None:
        entries = [entry(f"e{n}", operation(at=9 - n, subjects=["aa"])) for n in range(5)]
        await keep(log, *entries[:2])
        await keep(log, *entries[2:])
        found = await log.page(ALL, -1, 10)
        assert [leaf.number for leaf in found] == [0, 1, 2, 3, 4]
        assert [leaf.audited.data for leaf in found] == [one.data for one in entries]
        assert found[3].audited.operation == operation(at=6, subjects=["aa"])
        assert await log.counts() == {"operations": 5}

    async def test_what_is_kept_is_left_alone(self, log: AuditLog) -> None:
        first, second, third = (entry(f"e{n}", operation(at=n)) for n in range(3))
        await keep(log, first, first, second)
        await keep(log, second, third, first)
        await keep(log)
        assert await names(log) == ["e0", "e1", "e2"]
        assert [leaf.number for leaf in await log.page(ALL, -1, 10)] == [0, 1, 2]

    async def test_what_a_batch_holds_twice_is_kept_where_it_came_first(
        self, log: AuditLog
    ) -> None:
        first, second, third = (entry(name, operation()) for name in ("e8", "e6", "e7"))
        await keep(log, first, second, third, second)
        assert await names(log) == ["e8", "e6", "e7"]

    async def test_an_exception_keeps_nothing(self, log: AuditLog) -> None:
        with pytest.raises(RuntimeError):
            async with log.unit() as unit:
                await AuditHandler().handle(unit, [entry("e", operation())])
                raise RuntimeError
        assert await names(log) == []
        assert await log.positions() == {}

    async def test_pages_follow_each_other(self, log: AuditLog) -> None:
        await keep(log, *(entry(f"e{n}", operation(principal="ann")) for n in range(5)))
        about = AuditQuery(principal="ann")
        first = await log.page(about, -1, 2)
        second = await log.page(about, first[-1].number, 2)
        last = await log.page(about, second[-1].number, 2)
        found = [leaf.audited.entry_id for page in (first, second, last) for leaf in page]
        assert found == ["e0", "e1", "e2", "e3", "e4"]
        assert await log.page(about, last[-1].number, 2) == []

    async def test_the_latest_come_first(self, log: AuditLog) -> None:
        principals = ("ann", "王芳", "ann", "ann", "王芳")
        listed = [operation(principal=one, subjects=["aa"]) for one in principals]
        await keep(log, *(entry(f"e{n}", one) for n, one in enumerate(listed)))
        assert [leaf.number for leaf in await log.latest(ALL, None, 2)] == [4, 3]
        assert [leaf.number for leaf in await log.latest(ALL, 3, 2)] == [2, 1]
        assert [leaf.number for leaf in await log.latest(ALL, 1, 2)] == [0]
        assert await log.latest(ALL, 0, 2) == []
        about = AuditQuery(principal="ann", subjects=frozenset({"aa"}))
        assert [leaf.number for leaf in await log.latest(about, None, 10)] == [3, 2, 0]
        assert [leaf.number for leaf in await log.latest(about, 3, 1)] == [2]

    async def test_it_is_found_by_time_principal_subject_and_coordinate(
        self, log: AuditLog
    ) -> None:
        await keep(
            log,
            entry("phone", operation(10, "ann", ["aa", "bb"], ["Profile.phone", "Profile.name"])),
            entry("name", operation(20, "王芳", ["bb"], ["Profile.name"])),
            entry("none", operation(30, "ann")),
        )
        assert await names(log, AuditQuery(since=10, until=20)) == ["phone"]
        assert await names(log, AuditQuery(since=20)) == ["name", "none"]
        assert await names(log, AuditQuery(principal="王芳")) == ["name"]
        assert await names(log, AuditQuery(subjects=frozenset({"bb"}))) == ["phone", "name"]
        assert await names(log, AuditQuery(coordinate="Profile.name")) == ["phone", "name"]
        both = AuditQuery(
            subjects=frozenset({"bb"}), coordinate="Profile.phone", principal="ann", until=11
        )
        assert await names(log, both) == ["phone"]
        assert await names(log, AuditQuery(subjects=frozenset({"bb"})), after=0) == ["name"]
        assert await names(log, AuditQuery(subjects=frozenset({"zz"}))) == []

    async def test_it_is_found_by_the_tags_the_rules_and_the_kind(self, log: AuditLog) -> None:
        phone = operation(coordinates=["Profile.phone"], tag="phone", rule="r1,r2", subjects=["aa"])
        name = operation(coordinates=["Profile.name"], rule="r3", subjects=["bb"])
        forged = operation(kind="login_failed", outcome="refused", code="TOKEN_INVALID")
        await keep(log, entry("phone", phone), entry("name", name), entry("forged", forged))
        assert await names(log, AuditQuery(tag="phone")) == ["phone"]
        assert await names(log, AuditQuery(rule="r2")) == ["phone"]
        assert await names(log, AuditQuery(rule="r3", tag="name")) == ["name"]
        assert await names(log, AuditQuery(rule="r3", tag="phone")) == []
        assert await names(log, AuditQuery(kind="login_failed")) == ["forged"]
        assert await names(log, AuditQuery(kind="operation", rule="r1")) == ["phone"]

    async def test_a_customer_of_several_names_is_found_by_any_of_them_once(
        self, log: AuditLog
    ) -> None:
        parts = (["aa"], ["bb"], ["aa", "bb"], ["cc"])
        await keep(log, *(entry(f"e{n}", operation(subjects=one)) for n, one in enumerate(parts)))
        of_two = AuditQuery(subjects=frozenset({"aa", "bb"}))
        assert await names(log, of_two) == ["e0", "e1", "e2"]
        assert [leaf.number for leaf in await log.latest(of_two, None, 2)] == [2, 1]

    async def test_it_tells_when_rules_decided_and_who_acted_last(self, log: AuditLog) -> None:
        shown = ["Profile.phone"]
        await keep(log, entry("e0", operation(10, "ann", (), shown, rule="r1,r2")))
        await keep(
            log,
            entry("e1", operation(30, "ann", (), shown, rule="r2")),
            entry("e2", operation(20, "ann", (), shown, rule="r2", roles=("b", "a", "a"))),
            entry("e3", operation(25, "bob", roles=())),
        )
        assert await log.rules_used() == {"r1": 10, "r2": 30}
        agent, both, bob = Actor("ann", ("agent",)), Actor("ann", ("a", "b")), Actor("bob", ())
        assert await log.actors() == {agent: 30, both: 20, bob: 25}
        assert await log.expire(21, 10) == 2
        assert await log.rules_used() == {"r2": 30}
        assert await log.actors() == {agent: 30, bob: 25}

    async def test_it_counts_what_was_done_by_the_hour(self, log: AuditLog) -> None:
        looked_up = (CoordinateUse("Query.customerByIdentifier(value:)", "lookup", "allow"),)
        listed = [
            operation(10, "ann", ["aa", "bb"]),
            operation(20, "ann", ["bb"], uses=looked_up),
            operation(30, "ann", uses=looked_up),
            operation(HOUR_MS, "ann", ["aa"]),
            operation(40, "bob", kind="refusal", outcome="refused", times=3),
            operation(2 * HOUR_MS, "bob", ["aa"]),
        ]
        await keep(log, *(entry(f"e{n}", one) for n, one in enumerate(listed)))
        ann, bob = Actor("ann", ("agent",)), Actor("bob", ("agent",))
        assert await log.activity(0, 2 * HOUR_MS) == [
            Activity(ann, 0, operations=3, lookups=2, missed=1, customers=2),
            Activity(ann, 1, operations=1, customers=1),
            Activity(bob, 0, operations=3, refused=3),
        ]
        assert await log.activity(15, 31) == [
            Activity(ann, 0, operations=2, lookups=2, missed=1, customers=1)
        ]

    async def test_operations_that_are_alike_are_counted_together(self, log: AuditLog) -> None:
        seen: dict[str, Any] = {"coordinates": ["Profile.phone"], "roles": ("b", "a")}
        listed = [
            operation(10, subjects=["s1", "s2"], **seen),
            operation(20, subjects=["s2", "s3"], times=2, **seen),
            operation(30, subjects=["s4"], **(seen | {"purpose": "other"})),
            operation(40, "bob", ["s1"], **seen),
            operation(50, kind="refusal", **seen),
            operation(60, subjects=["s9"], **seen),
        ]
        await keep(log, *(entry(f"e{n}", one) for n, one in enumerate(listed)))
        found = {(one.actor.principal, one.purpose): one for one in await log.performed(10, 60)}
        assert {key: (one.operations, one.last_at) for key, one in found.items()} == {
            ("ann", "service"): (3, 20),
            ("ann", "other"): (1, 30),
            ("bob", "service"): (1, 40),
        }
        one = found["ann", "service"]
        assert (one.actor.roles, one.operation_kind) == (("a", "b"), "query")
        assert one.uses == (CoordinateUse("Profile.phone", "select", "allow", "r1", "name"),)
        assert await log.touched([one.key], 10, 60) == 3
        assert await log.touched([one.key for one in found.values()], 10, 60) == 4
        assert await log.touched([], 10, 60) == 0
        keys = [one.key for one in found.values()]
        requests = [
            ([one.key], ["s1", "s2"], Touching(2, frozenset({"s1", "s2"}))),
            (keys, ["s1", "s9"], Touching(2, frozenset({"s1"}))),
            (keys, ["s4", "none"], Touching(1, frozenset({"s4"}))),
            ([one.key], ["s4"], Touching(0, frozenset())),
            ([], ["s1"], Touching(0, frozenset())),
            (keys, [], Touching(0, frozenset())),
        ]
        for wanted, customers, expected in requests:
            assert await log.touching(wanted, customers, 10, 60) == expected

    async def test_a_position_moves_once(self, log: AuditLog) -> None:
        for before, after in ((0, 1), (1, 2)):
            async with log.unit() as unit:
                await unit.advance({PLACE: before}, {PLACE: after})
        assert await log.positions() == {PLACE: 2}
        for stale in (0, 1, 3):
            with pytest.raises(Conflict):
                async with log.unit() as unit:
                    await unit.advance({PLACE: stale}, {PLACE: stale + 1})
        assert await log.positions() == {PLACE: 2}

    async def test_handled_again_after_a_conflict_it_is_kept_once(self, log: AuditLog) -> None:
        async with log.unit() as unit:
            await unit.advance({PLACE: 0}, {PLACE: 5})
        for _ in range(2):
            with pytest.raises(Conflict):
                async with log.unit() as unit:
                    await AuditHandler().handle(unit, [entry("e", operation())])
                    await unit.advance({PLACE: 4}, {PLACE: 6})
        await keep(log, entry("e", operation()))
        assert await names(log) == ["e"]
        assert await log.positions() == {PLACE: 5}

    async def test_writers_at_once_leave_no_gap_and_lose_nothing(self, open_log: OpenLog) -> None:
        logs = [open_log("many") for _ in range(_WRITERS)]
        batches = [
            [entry(f"{writer}-{n}", operation(at=n)) for n in range(3)]
            + [entry("shared", operation())]
            for writer in range(_WRITERS)
        ]
        await asyncio.gather(
            *(_persist(log, batch) for log, batch in zip(logs, batches, strict=True))
        )
        found = await logs[0].page(ALL, -1, 1_000)
        assert [leaf.number for leaf in found] == list(range(3 * _WRITERS + 1))
        expected = {one.id for batch in batches for one in batch}
        assert {leaf.audited.entry_id for leaf in found} == expected
        for writer in range(_WRITERS):
            own = [name for name in await names(logs[0]) if name.startswith(f"{writer}-")]
            assert own == [f"{writer}-{n}" for n in range(3)]
        for log in logs:
            await log.close()

    async def test_dead_letters_wait_until_they_are_relayed(self, log: AuditLog) -> None:
        for offset in (0, 1):
            async with log.unit() as unit:
                await unit.dead_letter(entry(f"e{offset}", operation(), offset), "audit", "BAD")
        first, second = await log.outgoing(10)
        assert [one.entry.id for one in (first, second)] == [
            f"dead-letters:audit:audit:0:{offset}" for offset in (0, 1)
        ]
        await log.relayed([first.sequence])
        assert list(await log.outgoing(10)) == [second]

    async def test_what_was_begun_and_not_ended_is_counted(self, log: AuditLog) -> None:
        batch = [entry(f"e{n}", operation(), n) for n in (3, 4)]
        await log.begin(batch)
        await log.begin(batch)
        (attempt,) = await log.attempts()
        assert (attempt.partition, attempt.first, attempt.last, attempt.times) == (PLACE, 3, 4, 2)
        await log.end(batch)
        assert list(await log.attempts()) == []

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
            HealthCheck.too_slow,
        ],
    )
    @given(
        entries=_entries,
        order=st.lists(st.lists(st.integers(0, 30), max_size=5), max_size=6),
        queries=st.lists(_queries, min_size=1, max_size=4),
        after=st.integers(-1, 5),
    )
    async def test_it_agrees_with_the_model(
        self,
        open_log: OpenLog,
        entries: dict[int, OperationAudited],
        order: list[list[int]],
        queries: list[AuditQuery],
        after: int,
    ) -> None:
        made = {number: entry(f"e{number}", operation) for number, operation in entries.items()}
        model, log = MemoryAuditLog(), open_log(uuid.uuid4().hex)
        for batch in order:
            known = [made[number] for number in batch if number in made]
            await keep(model, *known)
            await keep(log, *known)
        for query in queries:
            assert await _page(log, query, after) == await _page(model, query, after)
            for before in (None, after):
                expected = list(await model.latest(query, before, 3))
                assert list(await log.latest(query, before, 3)) == expected
        assert await log.rules_used() == await model.rules_used()
        assert await log.actors() == await model.actors()
        assert await log.activity(1, 5) == await model.activity(1, 5)
        mine, of_model = await log.performed(1, 5), await model.performed(1, 5)
        assert sorted(map(_shape, mine)) == sorted(map(_shape, of_model))
        for some in (mine[:1], mine[1:]):
            found = {_shape(one) for one in some}
            alike = [one.key for one in of_model if _shape(one) in found]
            touched = await log.touched([one.key for one in some], 1, 5)
            assert touched == await model.touched(alike, 1, 5)
            customers = [name for one in list(entries.values())[::2] for name in one.subjects]
            met = await log.touching([one.key for one in some], customers, 1, 5)
            assert met == await model.touching(alike, customers, 1, 5)
        await log.close()


def _shape(one: Performed) -> tuple[object, ...]:
    """What it says, in whatever order its uses are told."""
    uses = tuple(sorted(one.uses))
    return one.actor, one.purpose, one.operation_kind, uses, one.operations, one.last_at


async def _page(log: AuditLog, query: AuditQuery, after: int) -> list[Leaf]:
    return list(await log.page(query, after, 3))


async def _persist(log: AuditLog, batch: Sequence[Entry]) -> None:
    """Keep a batch as a worker does: again after a conflict, and while the store cannot answer."""
    while True:
        try:
            await keep(log, *batch)
        except (Conflict, Transient):
            await asyncio.sleep(0.01)
        else:
            return
