"""Error entries as they leave the engine: a message, a path and a stable code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from c360_federation.values import Json

ErrorEntry: TypeAlias = dict[str, Json]

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
OPERATION_NOT_FOUND = "OPERATION_NOT_FOUND"
OPERATION_NOT_SUPPORTED = "OPERATION_NOT_SUPPORTED"
OPERATION_TOO_LARGE = "OPERATION_TOO_LARGE"
BAD_VARIABLES = "BAD_VARIABLES"
INTROSPECTION_DISABLED = "INTROSPECTION_DISABLED"
SUBSCRIPTION_EXPIRED = "SUBSCRIPTION_EXPIRED"
SUBSCRIPTION_LIMIT = "SUBSCRIPTION_LIMIT"
PLAN_INFEASIBLE = "PLAN_INFEASIBLE"
SUBGRAPH_UNREACHABLE = "SUBGRAPH_UNREACHABLE"
SUBGRAPH_TIMEOUT = "SUBGRAPH_TIMEOUT"
SUBGRAPH_CIRCUIT_OPEN = "SUBGRAPH_CIRCUIT_OPEN"
SUBGRAPH_ERROR = "SUBGRAPH_ERROR"
SUBGRAPH_BAD_REPLY = "SUBGRAPH_BAD_REPLY"
ANSWER_TOO_LARGE = "ANSWER_TOO_LARGE"
DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
PERSISTED_QUERY_MISMATCH = "PERSISTED_QUERY_MISMATCH"
NULL_IN_NON_NULL = "NULL_IN_NON_NULL"
HIDDEN_ENUM_VALUE = "HIDDEN_ENUM_VALUE"
HIDDEN_FIELD = "HIDDEN_FIELD"
HIDDEN_TYPE = "HIDDEN_TYPE"
INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"
SUPERGRAPH_INVALID = "SUPERGRAPH_INVALID"
UNSUPPORTED_FEATURE = "UNSUPPORTED_FEATURE"
_RETRYABLE = frozenset(
    {SUBGRAPH_UNREACHABLE, SUBGRAPH_TIMEOUT, SUBGRAPH_CIRCUIT_OPEN, SUBSCRIPTION_LIMIT}
)
"""The codes of this engine whose request may succeed later as it is."""
_SUGGESTION = re.compile(r",? did you mean .*", re.IGNORECASE | re.DOTALL)


class FederationError(Exception):
    """Base of every error that this package raises on purpose."""


class SupergraphError(FederationError):
    """The supergraph SDL cannot be used; `code` says why in a stable word."""

    def __init__(self, message: str, code: str = SUPERGRAPH_INVALID) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class RequestRefused(FederationError):
    """Nothing was executed; `errors` is what to answer."""

    def __init__(self, errors: Sequence[ErrorEntry]) -> None:
        super().__init__(errors[0]["message"] if errors else "refused")
        self.errors: list[ErrorEntry] = list(errors)


class SubscriptionEnded(FederationError):
    """A subscriber may hear no more; `error` is what it is told."""

    def __init__(self, error: ErrorEntry) -> None:
        super().__init__(error["message"])
        self.error = error


def entry(
    code: str,
    message: str,
    path: Sequence[str | int] | None = None,
    **extensions: Json,
) -> ErrorEntry:
    """Build one error entry.

    `retryable` tells whether the same request may succeed later: by the code where it is one of
    this engine's, or as `extensions` say.
    """
    fields = {"code": code, "retryable": code in _RETRYABLE, **extensions}
    made: ErrorEntry = {"message": message, "extensions": fields}
    if path is not None:
        made["path"] = list(path)
    return made


def without_suggestion(message: str) -> str:
    """The message without the names that it says were perhaps meant."""
    return _SUGGESTION.sub("", message)
