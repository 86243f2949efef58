"""The law of the whole pipeline: no result depends on the order in which entries are consumed.

The same stamped entries are appended to two logs in different orders and cut
into different batches; customers, ids, golden profiles, timelines and members
must come out equal. Replaying and redelivering are special cases of it.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from c360_kernel.codec import decode, encode
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import IDENTITIES, topic_of
from c360_kernel.payload import (
    ConsentRecorded,
    DecisionMade,
    EventTracked,
    Payload,
    RecordUpserted,
)
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.record_parts import identifiers_part, trait_part
from c360_kernel.stamp import stamp_ms
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from c360_cli.assembly import assemble, copy_setup
from c360_cli.directory import DataDirectory
from c360_cli.projections.draining import drain

_PHONES = ["13900000001", "13900000002", "13900000003"]
_DEVICES = ["tablet-1", "tablet-2"]

keys = st.builds(RecordKey, st.sampled_from(["crm", "web", "store"]), st.sampled_from("abc"))
identifiers = st.lists(
    st.one_of(
        st.builds(Identifier, st.just("phone"), st.sampled_from(_PHONES)),
        st.builds(Identifier, st.just("device"), st.sampled_from(_DEVICES)),
        st.builds(Identifier, st.just("email"), st.sampled_from(["a@b.cn", "c@d.cn"])),
    ),
    max_size=2,
    unique=True,
).map(tuple)
records = st.builds(
    RecordUpserted,
    keys,
    st.integers(1, 3),
    st.integers(1_000, 1_003),
    st.sampled_from([False, False, False, True]),
    identifiers,
    st.fixed_dictionaries({"name": st.sampled_from(["王小明", "Ann", "Bob"])}),
    own=st.booleans(),
)
_traits = st.dictionaries(
    st.sampled_from(["name", "city", "phone"]), st.sampled_from(_PHONES), max_size=2
)


def _patch(
    key: RecordKey,
    revision: int,
    own: bool,
    carried: tuple[Identifier, ...],
    traits: dict[str, str],
    removed: set[str],
) -> RecordUpserted:
    trait_values = {trait_part(name) for name in traits} | {
        identifiers_part(i.type) for i in carried
    }
    of_traits = [Identifier("phone", value) for name, value in traits.items() if name == "phone"]
    stated = tuple(dict.fromkeys((*carried, *of_traits)))
    named = tuple(sorted(trait_values | removed))
    return RecordUpserted(key, revision, 1_000, False, stated, traits, own, named)


patches = st.builds(
    _patch,
    keys,
    st.integers(1, 3),
    st.booleans(),
    identifiers,
    _traits,
    st.sets(st.sampled_from(["traits.name", "traits.phone", "identifiers.phone"]), max_size=2),
)
events = st.builds(
    EventTracked,
    keys,
    st.sampled_from(["m1", "m2", "m3", "m4"]),
    st.sampled_from(["order_completed", "product_viewed"]),
    st.integers(2_000, 2_004),
    identifiers,
    st.just({}),
)
consents = st.builds(
    ConsentRecorded,
    keys,
    st.just("marketing"),
    st.sampled_from(["granted", "denied", "withdrawn"]),
    st.integers(1, 3),
    claimed_at=st.sampled_from([0, 90, 91]),
)
decisions = st.builds(
    DecisionMade,
    st.sampled_from(["d1", "d2", "d3"]),
    st.sampled_from(["same", "not_same", "undo"]),
    keys,
    keys,
    st.sampled_from(["d1", "d2", "d3"]),
).filter(lambda d: d.a != d.b)


def _entry(number: int, payload: Payload) -> NewEntry:
    stamp = f"{1_700_000_000_000 + number:012x}0000{'0' * 12}"
    about = min(payload.a, payload.b) if isinstance(payload, DecisionMade) else payload.record
    return NewEntry(
        topic=topic_of(payload).name,
        key=str(about),
        id=f"e{number}",
        type="c360.test.v1",
        source="c360/test",
        subject=str(about),
        time=stamp_ms(stamp),
        stamp=stamp,
        data=encode(payload),
    )


async def _derive(
    data: Path, batches: Sequence[Sequence[NewEntry]]
) -> tuple[dict[str, str], dict[str, str]]:
    """Digests of every projection, and each record's customer id."""
    instance, log = assemble(data), MemoryLog()
    for batch in batches:
        await log.append(batch)
        await drain(instance.services, log)
    digests: dict[str, str] = {}
    for service in instance.deriving:
        store = service.open_store()
        digests[service.name] = await store.digest()
        await store.close()
    return digests, await _customers(log)


async def _customers(log: MemoryLog) -> dict[str, str]:
    latest: dict[str, tuple[tuple[int, int], str]] = {}
    for partition in await log.ends([IDENTITIES]):
        for entry in await log.read(partition, 0, 10_000):
            payload = decode(IDENTITIES, entry.data)
            latest[str(payload.record)] = max(
                latest.get(str(payload.record), ((-1, -1), "")), (payload.version, payload.customer)
            )
    return {record: customer for record, (_, customer) in latest.items() if customer}


def _cut(entries: Sequence[NewEntry], cuts: Sequence[int]) -> list[list[NewEntry]]:
    bounds = sorted({0, len(entries), *(cut % (len(entries) + 1) for cut in cuts)})
    return [list(entries[a:b]) for a, b in pairwise(bounds)]


@pytest.mark.parametrize("examples", [15, pytest.param(60, marks=pytest.mark.slow)])
def test_any_order_and_any_batching_give_the_same_world(examples: int) -> None:
    untimed = settings(
        max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    untimed(given(data=st.data())(_come_out_the_same))()


def _come_out_the_same(data: st.DataObject) -> None:
    output = data.draw(
        st.lists(st.one_of(records, patches, events, consents, decisions), min_size=1, max_size=14)
    )
    entries = [_entry(number, payload) for number, payload in enumerate(output)]
    shuffled = data.draw(st.permutations(entries))
    again = data.draw(st.lists(st.sampled_from(entries), max_size=3))
    cuts = data.draw(st.lists(st.integers(0, 20), max_size=3))
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        # Asking for the services makes the key that customer ids are made with.
        assert assemble(root / "a").services
        copy_setup(DataDirectory(root / "a"), DataDirectory(root / "b"))
        in_order = asyncio.run(_derive(root / "a", [entries]))
        otherwise = asyncio.run(_derive(root / "b", _cut([*shuffled, *again], cuts)))
    assert in_order == otherwise
