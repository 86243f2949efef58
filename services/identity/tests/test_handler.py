"""The handler over the embedded store: what it says, remembers and resolves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from c360_identity.graph.directory import CustomerLookup
from c360_identity.store.sqlite import SqliteIdentityStore
from c360_identity.testing.entries import (
    IDS,
    TEST_CATALOG,
    decided,
    feed,
    handler_of,
    record_key,
    rules_of,
    stamp,
    tracked,
    upserted,
)
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.codec import decode
from c360_kernel.errors import Invalid
from c360_kernel.log.entry import Entry
from c360_kernel.log.topics import IDENTITIES, RECORDS
from c360_kernel.payload import RecordAssigned
from c360_kernel.record import Identifier

HANDLER = handler_of(TEST_CATALOG, rules_of(TEST_CATALOG, crowd=4))


def customer(name: str) -> str:
    return IDS(record_key(name))


class Instance:
    """A store with the handler in front of it."""

    def __init__(self, path: Path) -> None:
        self.store = SqliteIdentityStore(path, IDS)
        self.directory = CustomerLookup(self.store, TEST_CATALOG, Normalizers(TEST_CATALOG), IDS)

    async def takes(self, *entries: Entry) -> Sequence[RecordAssigned]:
        """Handle the entries as one batch and relay what it says."""
        await feed(self.store, HANDLER, [entries])
        outgoing = await self.store.outgoing(1000)
        await self.store.relayed([out.sequence for out in outgoing])
        return [decode(IDENTITIES, out.entry.data) for out in outgoing]

    async def customer_of(self, name: str) -> str | None:
        found = await self.directory.by_record([record_key(name)])
        return IDS(found[record_key(name)]) if found else None

    async def outcomes(self, *entries: Entry) -> list[str]:
        noted = await self.directory.outcomes([entry.id for entry in entries])
        return [noted[entry.id] for entry in entries]


@pytest_asyncio.fixture
async def identity(tmp_path: Path) -> AsyncIterator[Instance]:
    instance = Instance(tmp_path / "identity.db")
    yield instance
    await instance.store.close()


async def test_a_record_is_assigned_once_and_says_why(identity: Instance) -> None:
    (first,) = await identity.takes(upserted(1, "crm/a", "phone:1"))
    assert (first.customer, first.left, first.cause) == (customer("crm/a"), "", "new")
    (second,) = await identity.takes(upserted(2, "web/b", "phone:1 device:1"))
    assert (second.customer, second.cause) == (customer("crm/a"), "phone")
    assert await identity.takes(upserted(3, "web/b", "phone:1 device:2")) == []


async def test_the_causing_entry_lends_its_stamp_and_the_id_is_deterministic(
    identity: Instance,
) -> None:
    await feed(identity.store, HANDLER, [[upserted(7, "crm/a", "phone:1")]])
    (out,) = await identity.store.outgoing(10)
    assert (out.entry.key, out.entry.stamp) == ("crm/a", stamp(7))
    assert out.entry.id == "identities:crm/a:0.1"


async def test_a_merge_moves_the_younger_and_an_unmerge_gives_the_old_id_back(
    identity: Instance,
) -> None:
    await identity.takes(upserted(1, "crm/a", "phone:1"), upserted(2, "web/b", "email:2"))
    (merged,) = await identity.takes(upserted(3, "web/b", "email:2 phone:1"))
    assert (merged.customer, merged.left) == (customer("crm/a"), customer("web/b"))
    assert await identity.directory.by_id([customer("web/b")]) == {
        customer("web/b"): record_key("crm/a")
    }
    (split,) = await identity.takes(upserted(4, "web/b", "email:2"))
    assert (split.customer, split.left, split.cause) == (
        customer("web/b"),
        customer("crm/a"),
        "retracted",
    )
    assert merged.version < split.version


async def test_retract_and_restore_give_back_the_same_state(identity: Instance) -> None:
    people = [upserted(n, f"crm/{n}", f"national_id:{n} phone:1 device:k") for n in range(1, 4)]
    await identity.takes(*people, upserted(4, "web/x", "phone:1 email:x"))
    before = await identity.store.digest()
    await identity.takes(upserted(5, "web/x", "email:x"))
    retracted = await identity.store.digest()
    await identity.takes(upserted(6, "web/x", "phone:1 email:x"))
    assert retracted != before == await identity.store.digest()


async def test_an_older_record_consumed_late_becomes_the_seed(identity: Instance) -> None:
    await identity.takes(upserted(5, "web/b", "phone:1"))
    said = await identity.takes(upserted(2, "crm/a", "phone:1"))
    assert {(str(s.record), s.customer) for s in said} == {
        ("crm/a", customer("crm/a")),
        ("web/b", customer("crm/a")),
    }


async def test_a_record_that_turns_out_to_be_older_becomes_the_seed(identity: Instance) -> None:
    await identity.takes(upserted(5, "crm/a", "phone:1"), upserted(3, "web/b", "phone:1"))
    said = await identity.takes(tracked(1, "crm/a", "m1"))
    assert {(s.customer, s.left, s.cause) for s in said} == {
        (customer("crm/a"), customer("web/b"), "older evidence")
    }


async def test_a_deleted_record_leaves_and_its_id_resolves_through_what_it_carried(
    identity: Instance,
) -> None:
    await identity.takes(upserted(1, "crm/a", "phone:1 email:a"), upserted(2, "web/b", "email:a"))
    said = await identity.takes(upserted(3, "crm/a", deleted=True))
    assert {(str(s.record), s.customer, s.cause) for s in said} == {
        ("crm/a", "", "deleted"),
        ("web/b", customer("web/b"), "deleted"),
    }
    assert await identity.customer_of("crm/a") == customer("web/b")
    await identity.takes(upserted(4, "web/b", deleted=True))
    assert await identity.customer_of("crm/a") is None
    assert await identity.directory.by_id([customer("crm/a"), "cnever"]) == {}
    (back,) = await identity.takes(upserted(5, "crm/a", "email:a"))
    assert back.customer == customer("crm/a")


async def test_not_same_splits_and_undo_joins_again(identity: Instance) -> None:
    await identity.takes(upserted(1, "crm/a", "phone:1"), upserted(2, "web/b", "phone:1"))
    (apart,) = await identity.takes(decided(3, "not_same", "web/b", "crm/a", name="d1"))
    assert (apart.customer, apart.cause) == (customer("web/b"), "not_same")
    (joined,) = await identity.takes(decided(4, "undo", "crm/a", "web/b", name="d2", undoes="d1"))
    assert (joined.customer, joined.cause) == (customer("crm/a"), "undo")


async def test_a_decision_waits_for_its_records(identity: Instance) -> None:
    assert await identity.takes(decided(1, "same", "crm/a", "web/b", name="d1")) == []
    said = await identity.takes(upserted(2, "crm/a"), upserted(3, "web/b"))
    assert {s.customer for s in said} == {customer("crm/a")}


async def test_an_event_about_an_unknown_record_makes_it(identity: Instance) -> None:
    (said,) = await identity.takes(tracked(1, "web/s", "m1", "device:1"))
    assert said.customer == customer("web/s")


async def test_an_earlier_stamped_twin_of_an_event_takes_its_place(identity: Instance) -> None:
    await identity.takes(upserted(1, "crm/a", "phone:1"), tracked(9, "web/b", "m1", "phone:1"))
    assert await identity.customer_of("web/b") == customer("crm/a")
    await identity.takes(tracked(5, "web/c", "m1", "phone:2"))
    assert await identity.customer_of("web/b") == customer("web/b")
    assert await identity.customer_of("web/c") == customer("web/c")


async def test_blocked_and_malformed_values_link_nobody(identity: Instance) -> None:
    said = await identity.takes(
        upserted(1, "crm/a", "phone:blocked unheard_of:1"),
        upserted(2, "web/b", "phone:blocked unheard_of:1"),
    )
    assert len({s.customer for s in said}) == 2


async def test_duplicates_are_told_apart_and_change_nothing(identity: Instance) -> None:
    first = upserted(1, "crm/a", "phone:1", revision=5)
    event = tracked(2, "crm/a", "m1")
    await identity.takes(first, event)
    before = await identity.store.digest()
    same_content = upserted(4, "crm/a", "phone:1", revision=6)
    older = upserted(5, "crm/a", "phone:3", revision=2)
    again = tracked(6, "crm/a", "m1")
    await identity.takes(same_content, older, again)
    late = upserted(7, "crm/a", "phone:4", revision=2)
    older_again = upserted(8, "crm/a", "phone:3", revision=2)
    await identity.takes(first, late, older_again)
    assert await identity.outcomes(first, event) == ["APPLIED", "APPLIED"]
    assert await identity.outcomes(same_content, older, again, late, older_again) == [
        *("DUPLICATE", "OUTDATED", "DUPLICATE", "OUTDATED", "DUPLICATE"),
    ]
    assert await identity.store.digest() == before


async def test_of_one_revision_the_content_first_seen_last_holds(identity: Instance) -> None:
    old = upserted(1, "crm/a", "phone:1", revision=5)
    new = upserted(2, "crm/a", "phone:2", revision=5)
    await identity.takes(old)
    await identity.takes(new)
    again = upserted(3, "crm/a", "phone:1", revision=5)
    await identity.takes(again)
    assert await identity.outcomes(old, new, again) == ["APPLIED", "APPLIED", "DUPLICATE"]
    observed = await identity.store.observations_of([record_key("crm/a")])
    assert {o.identifier.value for o in observed if o.active} == {"2"}


async def test_a_counter_and_a_time_are_not_compared(identity: Instance) -> None:
    said = [
        upserted(1, "crm/a", "phone:1", revision=1_700_000_000_000, own=False),
        upserted(2, "crm/a", "phone:2", revision=7),
        upserted(3, "crm/a", "phone:3", revision=5),
        upserted(4, "crm/a", "phone:4", revision=1_700_000_000_001, own=False),
    ]
    for entry in said:
        await identity.takes(entry)
    assert await identity.outcomes(*said) == ["APPLIED", "APPLIED", "OUTDATED", "APPLIED"]


async def test_a_crowd_stops_linking_and_links_again_when_it_disperses(
    identity: Instance,
) -> None:
    visits = [upserted(n, f"web/{n}", "device:hall") for n in range(1, 5)]
    await identity.takes(*visits)
    assert await identity.customer_of("web/4") == customer("web/1")
    await identity.takes(upserted(5, "web/5", "device:hall"))
    assert await identity.customer_of("web/4") == customer("web/4")
    with pytest.raises(Invalid) as refused:
        await identity.directory.by_identifier(Identifier("device", "hall"))
    assert refused.value.code == "IDENTIFIER_GENERIC"
    await identity.takes(upserted(6, "web/5", "device:own"))
    assert await identity.customer_of("web/4") == customer("web/1")


async def test_what_is_no_payload_is_invalid_and_leaves_nothing(identity: Instance) -> None:
    broken = Entry(RECORDS, 0, 0, "k", "e", "t", "s", "k", 1, stamp(1), b"\xff\xff")
    with pytest.raises(Invalid):
        await feed(identity.store, HANDLER, [[upserted(2, "crm/a", "phone:1"), broken]])
    assert await identity.customer_of("crm/a") is None


async def test_a_decision_about_one_record_is_invalid(identity: Instance) -> None:
    with pytest.raises(Invalid) as refused:
        await identity.takes(decided(1, "same", "crm/a", "crm/a", name="d1"))
    assert refused.value.code == "DECISION_PAIR_INVALID"
