"""Answers that come in parts (`@defer`): each part is on record before it leaves."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from c360_federation.errors import ErrorEntry
from c360_federation.values import JsonObject
from c360_kernel.metrics import REQUESTS

from c360_gateway.audit.trail import Recorder
from c360_gateway.query.prepared_operation import REFUSED, PreparedOperation
from c360_gateway.query.report import with_withheld


async def recorded_parts(
    operation: PreparedOperation, audit: Recorder
) -> AsyncGenerator[JsonObject, None]:
    """The payloads of an operation; raises `AuditUnavailable` instead of giving one unrecorded.

    Each entry names the customers touched so far, since a later part adds to earlier objects. What
    policy did to the whole operation is told in the first payload.
    """
    report = operation.decided.report
    context = operation.context(operation.policy)
    outcome = "OK"
    payloads = operation.graph.engine.execute_in_parts(operation.prepared, context)
    async with aclosing(payloads):
        async for payload in payloads:
            outcome = _worse(outcome, payload, len(operation.prepared.operation.denials))
            if "data" in payload or "incremental" in payload:
                await audit.record(operation.audited(context, _outcome(payload)))
            if "data" in payload:
                yield report.put_into(payload, operation.denials, context)
            else:
                yield with_withheld(payload, context)
    REQUESTS.add(outcome)


def _outcome(payload: JsonObject) -> str:
    if "data" in payload and payload["data"] is None:
        return "refused"
    return "partial" if any(_errors(payload)) else "answered"


def _worse(so_far: str, payload: JsonObject, denials: int) -> str:
    """What the request counts as by now; denials, all told in the first payload, do not count."""
    if "data" in payload:
        if payload["data"] is None:
            return REFUSED
        return "PARTIAL" if len(payload.get("errors", ())) > denials else "OK"
    return "PARTIAL" if any(_errors(payload)) else so_far


def _errors(payload: JsonObject) -> Iterator[ErrorEntry]:
    yield from payload.get("errors", ())
    for part in payload.get("incremental", ()):
        yield from part.get("errors", ())
