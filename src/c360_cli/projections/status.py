"""What is in the log and in each projection, and what is still to be handled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import DEAD_LETTERS, QUARANTINE, TOPICS
from c360_kernel.projection.origin import refuse_foreign
from c360_kernel.projection.service import Service

from c360_cli.assembly import Instance
from c360_cli.catalogs import CatalogStatus, catalog_status


@dataclass(frozen=True, slots=True)
class Status:
    """Counts only. `lag` is 0 when every entry is handled and everything caused is relayed."""

    log: Mapping[str, int]
    projections: Mapping[str, Mapping[str, int]]
    quarantine: int
    dead_letters: int
    lag: int
    catalog: CatalogStatus

    def as_json(self) -> dict[str, object]:
        """The form that `c360 status --json` prints."""
        return {
            "log": dict(self.log),
            "projections": {name: dict(counts) for name, counts in self.projections.items()},
            "quarantine": self.quarantine,
            "deadLetters": self.dead_letters,
            "lag": self.lag,
            "catalog": self.catalog.as_json(),
        }


async def read_status(instance: Instance, log: EventLog) -> Status:
    """The status of an instance, running or not."""
    topics = await _topic_sizes(log)
    projections: dict[str, dict[str, int]] = {}
    for service in instance.services:
        lag = await _lag(service, log)
        projections[service.name] = {**await _counts(service, log), "lag": lag}
    return Status(
        log=topics,
        projections=projections,
        quarantine=topics[QUARANTINE],
        dead_letters=topics[DEAD_LETTERS],
        lag=sum(counts["lag"] for counts in projections.values()),
        catalog=catalog_status(instance),
    )


async def _topic_sizes(log: EventLog) -> dict[str, int]:
    sizes: dict[str, int] = dict.fromkeys(TOPICS, 0)
    for partition, end in (await log.ends(TOPICS)).items():
        sizes[partition.topic] += end
    return sizes


async def _counts(service: Service, log: EventLog) -> Mapping[str, int]:
    store = service.open_store()
    try:
        await refuse_foreign(service.name, log, store)
        return {**await store.counts(), "outbox": len(await store.outgoing(1_000_000))}
    finally:
        await store.close()


async def _lag(service: Service, log: EventLog) -> int:
    """Progress is told after the relay, so an entry handled but not relayed still counts."""
    committed = await log.committed(service.consumer_group)
    ends = await log.ends(service.topics)
    return sum(end - committed.get(partition, 0) for partition, end in ends.items())
