"""HTTP in, GraphQL request out."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

import orjson

from c360_federation.http.messages import (
    Delivery,
    GraphQLRequest,
    HttpProblem,
    out_of_memory,
)
from c360_federation.values import Json

_BAD = "BAD_REQUEST"
_NO_MEMORY = "memory"


def from_body(body: bytes) -> GraphQLRequest:
    """Read a POST body."""
    payload = _json(body, "The body is not valid JSON")
    if isinstance(payload, list):
        raise HttpProblem(400, "BATCHING_NOT_SUPPORTED", "Send one operation per request")
    if not isinstance(payload, dict):
        raise HttpProblem(400, _BAD, "The body must be a JSON object")
    return _request(payload, "POST", len(body))


def from_query_string(query_string: bytes) -> GraphQLRequest:
    """Read a GET query string."""
    try:
        given = parse_qs(query_string.decode("ascii"), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError):
        raise HttpProblem(400, _BAD, "The query string is not valid") from None
    payload: dict[str, Json] = {}
    for name in ("query", "operationName", "documentId"):
        if name in given:
            payload[name] = given[name][0] or None
    for name in ("variables", "extensions"):
        if given.get(name, [""])[0]:
            payload[name] = _json_parameter(name, given[name][0])
    return _request(payload, "GET")


def _json_parameter(name: str, text: str) -> Json:
    return _json(text, f"Parameter {name!r} is not valid JSON")


def _json(text: bytes | str, otherwise: str) -> Json:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        # The parser tells of a buffer that it does not get by the same exception.
        if _NO_MEMORY in error.msg.lower():
            raise out_of_memory() from None
        raise HttpProblem(400, _BAD, otherwise) from None


def read_request(payload: Mapping[str, Json], delivery: Delivery) -> GraphQLRequest:
    """Read the members of a request that came in another envelope."""
    return _request(payload, "POST")._replace(delivery=delivery)


def _request(payload: Mapping[str, Json], method: str, size: int = 0) -> GraphQLRequest:
    query = _text(payload, "query")
    name = _text(payload, "operationName")
    document_id = _text(payload, "documentId")
    extensions = _object(payload, "extensions") or {}
    if not query and document_id is None and "persistedQuery" not in extensions:
        raise HttpProblem(400, _BAD, "'query' is missing")
    variables = _object(payload, "variables")
    return GraphQLRequest(query or "", name, variables, extensions, method, document_id, size=size)


def _text(payload: Mapping[str, Json], name: str) -> str | None:
    value = payload.get(name)
    if value is not None and not isinstance(value, str):
        raise HttpProblem(400, _BAD, f"{name!r} must be a string")
    return value


def _object(payload: Mapping[str, Json], name: str) -> dict[str, Json] | None:
    value = payload.get(name)
    if value is not None and not isinstance(value, dict):
        raise HttpProblem(400, _BAD, f"{name!r} must be an object")
    return value
