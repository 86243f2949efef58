"""`GET /metrics` for a Prometheus that scrapes this process.

It asks nobody who they are, so it is for the loopback or the cluster's own network: nothing that
faces callers may pass it on. What it tells are counts and durations under names of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from c360_kernel.metrics import INSTRUMENTS

_TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Measured(Protocol):
    """What is measured when it is asked for."""

    async def lines(self) -> Iterator[str]:
        """Samples in the text format."""
        ...


def metrics_route(lags: Measured | None = None) -> Route:
    """The route; without `lags`, a process that feeds no consumer group."""

    async def metrics(_: Request) -> Response:
        measured = iter(()) if lags is None else await lags.lines()
        counted = chain.from_iterable(one.lines() for one in INSTRUMENTS)
        return Response("\n".join(chain(counted, measured, ("",))), media_type=_TEXT)

    return Route("/metrics", metrics, methods=["GET"])
