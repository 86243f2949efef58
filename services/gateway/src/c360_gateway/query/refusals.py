"""What is answered when an operation gets no result: one form, a stable code, never a value."""

from __future__ import annotations

import math
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from logging import getLogger
from typing import cast

from c360_federation.errors import (
    PERSISTED_QUERY_NOT_FOUND,
    ErrorEntry,
    RequestRefused,
    entry,
)
from c360_federation.http import GraphQLReply
from c360_kernel.errors import C360Error, OutOfMemory, Transient
from c360_kernel.metrics import REQUESTS
from c360_kernel.telemetry import current_traceparent, trace_id

from c360_gateway.audit.trail import AuditUnavailable
from c360_gateway.auth.roles_apart import RolesApart
from c360_gateway.budget.rate_limited import RateLimited

_log = getLogger(__name__)
_CODE_BY_LIMIT: Mapping[str, str] = {
    "characters": "QUERY_TOO_LARGE",
    "tokens": "TOO_MANY_TOKENS",
    "depth": "QUERY_TOO_DEEP",
    "aliases": "TOO_MANY_ALIASES",
    "directives": "TOO_MANY_DIRECTIVES",
    "selections": "TOO_MANY_FIELDS",
    "repeats": "TOO_MANY_REPEATS",
    "conditions": "TOO_MANY_CONDITIONS",
    "list_items": "TOO_MANY_LIST_ITEMS",
    "input_nodes": "VARIABLES_TOO_LARGE",
    "input_characters": "VARIABLES_TOO_LARGE",
    "input_depth": "VARIABLES_TOO_DEEP",
}


def reply_to(error: Exception) -> GraphQLReply:
    """The answer to an operation that something stopped."""
    if isinstance(error, MemoryError):
        return reply_to(OutOfMemory("there is not enough memory now"))
    body = {"errors": refused(error)}
    if isinstance(error, RateLimited):
        later = {"retry-after": str(seconds_to_wait(error))}
        return GraphQLReply(body, False, HTTPStatus.TOO_MANY_REQUESTS, later)
    return GraphQLReply(body, executed=False, status=_status_of(error))


def _status_of(error: Exception) -> HTTPStatus | None:
    if isinstance(error, RolesApart):
        return HTTPStatus.FORBIDDEN
    return HTTPStatus.SERVICE_UNAVAILABLE if isinstance(error, Transient) else None


def refused(error: Exception) -> list[ErrorEntry]:
    """The error entries for whatever stopped an operation, which is counted by their code."""
    errors = errors_for(error)
    REQUESTS.add(code_of(errors))
    return errors


def errors_for(error: Exception) -> list[ErrorEntry]:
    """The error entries that a caller may see; what is unexpected is masked and logged."""
    if isinstance(error, RequestRefused):
        return [_named_by_limit(one) for one in error.errors]
    if isinstance(error, AuditUnavailable):
        return [entry(error.code, error.message, retryable=error.retryable, reason=error.reason)]
    if isinstance(error, RateLimited):
        again = seconds_to_wait(error)
        return [entry(error.code, error.message, retryable=error.retryable, retryAfter=again)]
    if isinstance(error, C360Error):
        return [entry(error.code, error.message, retryable=error.retryable)]
    trace = trace_id(current_traceparent())
    _log_unexpected(error, trace)
    return [entry("INTERNAL", "internal error", traceId=trace)]


def is_askers_fault(error: Exception) -> bool:
    """Whether an operation could not be asked as it was sent.

    A document that is named before it was ever sent is the first step of a protocol, not a fault.
    """
    return isinstance(error, RequestRefused) and code_of(error.errors) != PERSISTED_QUERY_NOT_FOUND


def seconds_to_wait(limited: RateLimited) -> int:
    """Whole seconds, as the header `Retry-After` has them; never none."""
    return max(1, math.ceil(limited.retry_after_s))


def code_in(reply: GraphQLReply) -> str:
    """The code of an answer of `reply_to`."""
    body = cast("dict[str, list[ErrorEntry]]", reply.payload)
    return code_of(body["errors"])


def code_of(errors: list[ErrorEntry]) -> str:
    """The code that a refused request is counted by."""
    return str(errors[0]["extensions"]["code"])


def _named_by_limit(error: ErrorEntry) -> ErrorEntry:
    """The engine has one code for all limits; ours tell callers which one by the code itself."""
    extensions = error["extensions"]
    code = _CODE_BY_LIMIT.get(extensions.get("limit", ""), extensions["code"])
    return {**error, "extensions": {**extensions, "code": code}}


def _log_unexpected(error: Exception, trace: str) -> None:
    # The text of an exception may quote a value: only its type and where it was raised are told.
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    _log.error("internal error: %s at %s, trace %s", type(error).__name__, where, trace)
