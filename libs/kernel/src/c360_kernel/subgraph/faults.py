"""GraphQL errors as a caller may see them: a stable code, a path, and no value.

graphql-core's own messages quote what they could not read, and an unexpected
exception may say anything, so neither is passed on.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from typing import Any

from c360_subgraph.lists import LONGEST_LIST, ListCut
from graphql import (
    GraphQLError,
    GraphQLSyntaxError,
    ValueNode,
    VariableDefinitionNode,
    print_ast,
)

from c360_kernel.errors import C360Error

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
VARIABLE_INVALID = "VARIABLE_INVALID"
LIST_CUT = "LIST_CUT"
INTERNAL = "INTERNAL"

_log = logging.getLogger(__name__)


def request_fault(error: GraphQLError) -> dict[str, Any]:
    """An error that kept the operation from starting."""
    if isinstance(error, GraphQLSyntaxError):
        return fault(PARSE_FAILED, "the query is not GraphQL", error)
    nodes = error.nodes or ()
    for node in nodes:
        if isinstance(node, VariableDefinitionNode):
            name, type_ = node.variable.name.value, print_ast(node.type)
            return fault(VARIABLE_INVALID, f"variable ${name} is not a valid {type_}", error)
    if any(isinstance(node, ValueNode) for node in nodes):
        return fault(VALIDATION_FAILED, "a literal is not of the type expected there", error)
    return fault(VALIDATION_FAILED, error.message, error)


def field_fault(error: GraphQLError, trace_id: str) -> dict[str, Any]:
    """An error of a running operation: ours keep their code, any other is masked and logged."""
    cause = error.original_error
    if isinstance(cause, ListCut):
        return fault(LIST_CUT, str(cause), error, {"given": LONGEST_LIST})
    if isinstance(cause, C360Error):
        return fault(cause.code, cause.message, error, {"retryable": cause.retryable})
    log_unexpected(cause or error, trace_id)
    return fault(INTERNAL, "internal error", error, {"traceId": trace_id})


def fault(
    code: str,
    message: str,
    error: GraphQLError | None = None,
    extensions: Mapping[str, str | int] | None = None,
) -> dict[str, Any]:
    """One fault of `errors`, JSON-ready."""
    details = {"code": code, "retryable": False, **(extensions or {})}
    made: dict[str, Any] = {"message": message, "extensions": details}
    if error and error.locations:
        made["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error and error.path:
        made["path"] = list(error.path)
    return made


def log_unexpected(error: BaseException, trace_id: str) -> None:
    """Log what failed and where; the message of an exception may quote data, so it is left out."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in frames[::-1])
    _log.error("internal error: %s at %s, trace %s", type(error).__name__, where, trace_id)
