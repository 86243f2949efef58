"""What every gateway is made from, whatever its subgraphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from c360_kernel.audit_writer import AuditWriter
from c360_kernel.log.clock import LogClock
from c360_kernel.log.port import EventLog
from c360_kernel.projection.service import Projection
from c360_kernel.subject_names import FILE as SUBJECT_KEYS
from c360_kernel.subject_names import SubjectNames
from c360_kernel.telemetry import Tracer

from c360_gateway.assembly.keys import derived
from c360_gateway.audit.trail import SOURCE
from c360_gateway.query.lookups import LookupQuota
from c360_gateway.settings import GatewaySettings


@dataclass(frozen=True, slots=True)
class Base:
    """`fed` are the projections that this process feeds; their lag is told."""

    settings: GatewaySettings
    log: EventLog
    instance_key: bytes
    tracer: Tracer
    fed: Sequence[Projection]
    clock: LogClock
    writer: AuditWriter
    lookups: LookupQuota
    names: SubjectNames

    @classmethod
    def of(
        cls,
        settings: GatewaySettings,
        log: EventLog,
        instance_key: bytes,
        tracer: Tracer,
        fed: Sequence[Projection],
    ) -> Self:
        """With what all share: the clock, what puts acts on record, look-ups, customers' names."""
        clock = LogClock(log, settings.clock_behind_s)
        lookups = LookupQuota(settings.lookups_per_minute)
        writer = AuditWriter(log, clock, SOURCE)
        earlier = derived(instance_key, "subjects")
        names = SubjectNames(settings.data / "keys" / SUBJECT_KEYS, earlier)
        return cls(settings, log, instance_key, tracer, fed, clock, writer, lookups, names)
