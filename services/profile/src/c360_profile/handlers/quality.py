"""Has the quality of data counted: what the records that a unit saved count as from now on.

The present is the latest tick. A key of what is scheduled, `quality:`, stands for the next day,
where a bound is of a measure that changes by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from logging import getLogger

from c360_kernel.log.entry import NewEntry
from c360_kernel.metrics import QUALITY_BREACHES
from c360_kernel.payload import QualityChanged
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.stamp import stamp_at

from c360_profile.domain.customer import belonging
from c360_profile.domain.fold import Fold
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.quality.counted import MOST_COMPARED, day_of
from c360_profile.domain.quality.crossings import Bounds, Breach, Crossing
from c360_profile.domain.quality.recount import Counting
from c360_profile.domain.quality.rules import QualityRules
from c360_profile.domain.record import SourceRecord
from c360_profile.emission import Cause, quality_changed, uncaused
from c360_profile.store.port import ProfileStore, ProfileUnit
from c360_profile.store.quality import Recount, Tell

_log = getLogger(__name__)
_KEY = "quality:"
_DAY_MS = 86_400_000
_NOBODY = Counting({}, {})


def is_counting(one: Scheduled) -> bool:
    """Whether it is a day that is due; no id of a customer or name of a source has a colon."""
    return one.key == _KEY


class QualityCounts:
    """Counts by a catalog."""

    def __init__(self, rules: GoldenRules) -> None:
        self.bounds = Bounds(rules.catalog)
        self._rules = QualityRules(rules)

    async def recount(
        self,
        unit: ProfileUnit,
        records: Collection[SourceRecord],
        linked: Mapping[str, Sequence[SourceRecord]],
        cause: Cause,
    ) -> None:
        """Count these records, which are saved, and what is compared of those of these customers.

        `linked` are all that belong or ever belonged to them, none where they are too many.
        """
        judged = {str(one.key): self._rules.record(one) for one in records}
        own = {name: belonging(name, some) for name, some in linked.items()}
        customers = {name: self._rules.customer(some, judged) for name, some in own.items()}
        await self._recount(unit, Counting(judged, customers), cause)

    async def look(
        self, unit: ProfileUnit, cause: Cause, told: Collection[Breach] | None = None
    ) -> None:
        """Look at the bounds of all sources, and again when a day has gone by.

        `told` is what is beyond its bound by what the topic says last, else what the store does.
        """
        if self.bounds.are_timed:
            unit.schedule((await unit.present() // _DAY_MS + 1) * _DAY_MS, _KEY)
        await self._recount(unit, _NOBODY, cause, is_of_all=True, told=told)

    async def restate(
        self, store: ProfileStore, published: Mapping[tuple[str, str], QualityChanged]
    ) -> None:
        """Tell what is otherwise by this store than `published`, by the topic, says last."""
        told = {
            Breach(one.source, one.trait, one.measure) for one in published.values() if one.beyond
        }
        async with store.unit() as unit:
            await self.look(unit, uncaused(), told)

    async def wake(self, unit: ProfileUnit, due: Iterable[Scheduled]) -> None:
        """Look at them if a day is due."""
        moments = [moment for moment, key in due if key == _KEY]
        if moments:
            last = max(moments)
            await self.look(unit, Cause(stamp_at(last), last))

    async def _recount(
        self,
        unit: ProfileUnit,
        counting: Counting,
        cause: Cause,
        *,
        is_of_all: bool = False,
        told: Collection[Breach] | None = None,
    ) -> None:
        today = day_of(await unit.present())
        tell = _telling(unit.epoch, cause)
        await unit.recount(Recount(counting, self.bounds, today, tell, is_of_all, told))


async def compared_with(
    unit: ProfileUnit,
    customers: Collection[str],
    linked: Mapping[str, Sequence[SourceRecord]],
    folds: Mapping[str, Fold],
) -> Mapping[str, Sequence[SourceRecord]]:
    """Of these customers, some of them folded, the records that are compared with each other."""
    few = {name for name, fold in folds.items() if len(fold) <= MOST_COMPARED}
    unread = few.intersection(customers)
    read = await unit.linked(unread) if unread else {}
    return {name: read.get(name, linked.get(name, ())) for name in customers}


def _telling(epoch: int, cause: Cause) -> Tell:
    def tell(crossing: Crossing) -> NewEntry:
        source, trait, measure = crossing.breach
        if crossing.is_beyond:
            QUALITY_BREACHES.add(measure)
            _log.warning("DATA_QUALITY %s of %s.%s is beyond its bound", measure, source, trait)
        else:
            _log.info("DATA_QUALITY %s of %s.%s keeps its bound again", measure, source, trait)
        return quality_changed(crossing, epoch, cause)

    return tell
