"""A batch asks the embedded store a few statements, however many records it brings."""

from collections.abc import Sequence

import pytest
from c360_kernel.log.entry import Entry
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.store.sqlite import SqliteSegmentStore
from c360_segment.testing.entries import assigned_entry, event_entry, profile_entry

BATCH = 200
# Of all kinds together, and each record is read, written and evaluated.
MOST_STATEMENTS = 90


def told(counter: int) -> Sequence[Entry]:
    """Of each record an event, its customer and that one's profile."""
    events = (event_entry(f"crm/{n}", f"{n}", "bought", counter) for n in range(BATCH))
    assigned = (assigned_entry(f"crm/{n}", f"c{n}", counter) for n in range(BATCH))
    profiles = (profile_entry(f"c{n}", counter, {"points": counter}) for n in range(BATCH))
    return [*events, *assigned, *profiles]


@pytest.fixture
async def store(tmp_path):
    opened = SqliteSegmentStore(tmp_path / "segment.db")
    yield opened
    await opened.close()


async def test_a_batch_is_folded_in_few_statements(store, segments):
    asked: list[str] = []
    store.connection.set_trace_callback(asked.append)
    for counter in (1, 20):
        async with store.unit() as unit:
            await SegmentHandler(segments).handle(unit, told(counter))
        assert len(asked) < MOST_STATEMENTS
        asked.clear()
    assert len(await store.members("buyers")) == BATCH
    assert len(await store.members("mixed")) == BATCH
