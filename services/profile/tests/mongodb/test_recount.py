"""What a unit counts is what the records say that it read, told by no server."""

import pytest
from c360_kernel.errors import Conflict
from c360_kernel.projection.witness import LatestEntries
from c360_kernel.record import RecordKey
from c360_profile.domain.quality.crossings import Bounds
from c360_profile.domain.quality.recount import Counting
from c360_profile.domain.record import SourceRecord
from c360_profile.store.mongodb import unit as units
from c360_profile.store.mongodb.generation import State
from c360_profile.store.mongodb.outbox import Outbox
from c360_profile.store.mongodb.sequence import SequenceClock
from c360_profile.store.quality import Recount
from c360_profile.testing.catalog import CATALOG

ANN = RecordKey("crm", "a")


@pytest.mark.parametrize("edition", [None, 4])
async def test_what_was_judged_as_an_edition_is_counted_as_no_later_one(monkeypatch, edition):
    held = {}

    async def read(_, keys):
        return {key: held[key] for key in keys if key in held}

    monkeypatch.setattr(units, "records_by_key", read)
    if edition is not None:
        held[ANN] = SourceRecord(ANN, edition)
    outbox = Outbox(SequenceClock())
    unit = units.MongoProfileUnit(None, State(0, None, {}), outbox, 1, LatestEntries())
    await unit.records([ANN])
    counting = Counting({str(ANN): None}, {})
    wanted = Recount(counting, Bounds(CATALOG), 0, lambda _: None)
    await unit.recount(wanted)
    held[ANN] = SourceRecord(ANN, 6)
    with pytest.raises(Conflict):
        await unit.recount(wanted)
