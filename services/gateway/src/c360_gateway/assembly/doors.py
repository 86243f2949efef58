"""The doors beside GraphQL, by their paths."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp

from c360_gateway.assembly.base import Base
from c360_gateway.assembly.domain import Domain
from c360_gateway.budget.door import Door
from c360_gateway.doors.tracking.door import TrackingDoor
from c360_gateway.doors.tracking.writing import Writing
from c360_gateway.http.origins import read_origins, told_apart
from c360_gateway.http.tracking import PATHS, TrackingRoute, described
from c360_gateway.policy.tables import PolicyTables
from c360_gateway.query.backpressure import Backpressure
from c360_gateway.query.pipeline import Pipeline

_MOST_WAITING = 20_000
"""Items of one principal that wait for the log at a time."""


def other_doors(
    base: Base, domain: Domain, pipeline: Pipeline, door: Door
) -> Mapping[str, ASGIApp]:
    """Those that the domain has a use for."""
    if domain.tracked is None:
        return {}

    def tables() -> PolicyTables | None:
        return pipeline.graph and pipeline.graph.tables

    pressure = Backpressure(base.log, base.settings.lag_limit)
    writing = Writing(base.names)
    tracking = TrackingDoor(domain.tracked, tables, pressure, writing, _MOST_WAITING)
    origins = read_origins(base.settings.cors_origins)
    route = told_apart(TrackingRoute(tracking, door), origins)
    return {**dict.fromkeys(PATHS, route), "/openapi.json": described}
