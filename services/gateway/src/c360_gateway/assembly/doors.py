"""The doors beside GraphQL, by their paths."""

from __future__ import annotations

from c360_kernel.stamp import wall_clock_ms
from starlette.routing import Route

from c360_gateway.app import Doors
from c360_gateway.assembly.base import Base
from c360_gateway.assembly.domain import Domain
from c360_gateway.budget.door import Door
from c360_gateway.doors.connect.door import ConnectDoor
from c360_gateway.doors.connect.pressure import InboxPressure
from c360_gateway.doors.connect.receivers import Receivers
from c360_gateway.doors.tracking.door import TrackingDoor
from c360_gateway.doors.tracking.writing import Writing
from c360_gateway.http.browser_settings import PATH as SETTINGS_PATH
from c360_gateway.http.browser_settings import BrowserSettings
from c360_gateway.http.connect import PATH as CONNECT_PATH
from c360_gateway.http.connect import ConnectRoute
from c360_gateway.http.origins import CrossOrigin, read_origins
from c360_gateway.http.pages import KeyOrigins, Pages
from c360_gateway.http.tracking import CLOUD_EVENTS, PATHS, TrackingRoute, described
from c360_gateway.policy.tables import PolicyTables
from c360_gateway.query.backpressure import Backpressure
from c360_gateway.query.pipeline import Pipeline

_MOST_WAITING = 20_000
"""Items of one principal that wait for the log at a time."""


def other_doors(
    base: Base, domain: Domain, pipeline: Pipeline, door: Door, keys: KeyOrigins
) -> Doors:
    """Those that the domain has a use for."""
    calls = _of_calls(base, domain, pipeline, door, keys)
    if domain.tracked is None:
        return calls
    connect = ConnectRoute(_connect(base), door.strangers)
    return Doors(calls.paths, [*calls.routes, Route(CONNECT_PATH, connect)])


def _connect(base: Base) -> ConnectDoor:
    receivers = Receivers(base.settings.connectors_folder, base.settings.secrets_of)
    pressure = InboxPressure(base.log, base.settings.connect_lag_limit)
    return ConnectDoor(receivers, base.log, base.clock, pressure, wall_clock_ms)


def _of_calls(
    base: Base, domain: Domain, pipeline: Pipeline, door: Door, keys: KeyOrigins
) -> Doors:
    if domain.tracked is None:
        return Doors()

    def tables() -> PolicyTables | None:
        return pipeline.graph and pipeline.graph.tables

    pressure = Backpressure(base.log, base.settings.lag_limit)
    writing = Writing(base.names)
    tracking = TrackingDoor(domain.tracked, tables, pressure, writing, _MOST_WAITING)
    pages = Pages(read_origins(base.settings.cors_origins), keys)
    route = CrossOrigin(TrackingRoute(tracking, door, pages), pages)
    settings = CrossOrigin(BrowserSettings(door), pages)
    paths = {**dict.fromkeys((*PATHS, CLOUD_EVENTS), route), "/openapi.json": described}
    return Doors(paths, [Route(SETTINGS_PATH, settings)])
