"""What the tracking door takes and answers, as OpenAPI 3.1 has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from c360_gateway.doors.tracking.bodies import MOST_BYTES
from c360_gateway.doors.tracking.checking import CALLS, NEEDED
from c360_gateway.doors.tracking.cloud_events import BATCHED, STRUCTURED

Json = dict[str, Any]
_ID: Json = {"type": ["string", "integer", "null"]}
_OBJECT: Json = {"type": ["object", "null"]}
_TIME: Json = {"type": ["string", "integer", "null"], "description": "ISO 8601, or milliseconds"}
_COMMON: Json = {
    "messageId": {"type": ["string", "null"], "maxLength": 100},
    "userId": _ID,
    "anonymousId": _ID,
    "timestamp": _TIME,
    "originalTimestamp": _TIME,
    "sentAt": _TIME,
    "context": _OBJECT,
    "integrations": _OBJECT,
    "traits": _OBJECT,
    "properties": _OBJECT,
    "event": _ID,
    "groupId": _ID,
    "previousId": _ID,
    "name": {"type": ["string", "null"]},
    "category": {"type": ["string", "null"]},
}
_REFUSAL: Json = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {
        "success": {"const": False},
        "code": {"type": "string"},
        "path": {"type": "string"},
        "message": {"type": "string"},
    },
}
_TAKEN: Json = {
    "type": "object",
    "required": ["success"],
    "properties": {
        "success": {"const": True},
        "refused": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["index", "code", "path", "message"],
                "properties": {
                    "index": {"type": "integer"},
                    "code": {"type": "string"},
                    "path": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
        "leftOut": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["index", "properties"],
                "properties": {
                    "index": {"type": "integer"},
                    "properties": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}
_REFUSALS = {
    "400": "No JSON, or no call: nothing was taken",
    "401": "No write key that is accepted",
    "403": "The key may not write this",
    "405": "Calls are sent by POST, settings are read by GET",
    "413": f"More than {MOST_BYTES} bytes",
    "429": "Too much: come again after `Retry-After` seconds",
    "500": "A fault here",
    "503": "The log cannot take it now: send it again",
}


def tracking_paths(most_calls: int, every: Mapping[str, str]) -> Json:
    """The paths of the seven calls; a batch has at most `most_calls`.

    `every` has the call of each path, those included by which other clients know it.
    """
    bodies = {name: _call(name) for name in CALLS} | {"batch": _batch(most_calls)}
    paths: Json = {}
    for name, body in bodies.items():
        path, operation = f"/v1/{name}", _operation(name, body)
        others = [one for one, call in every.items() if call == name and one != path]
        paths[path] = {"post": operation | {"description": f"Also at {', '.join(others)}"}}
    return paths


def _batch(most_calls: int) -> Json:
    return {
        "type": "object",
        "required": ["batch"],
        "properties": {
            "batch": {
                "type": "array",
                "maxItems": most_calls,
                "items": {"$ref": "#/components/schemas/Call"},
            },
            "context": _OBJECT,
            "integrations": _OBJECT,
            "sentAt": _TIME,
            "writeKey": {"type": "string"},
        },
    }


def cloud_events_path(path: str, most_events: int) -> Json:
    """Events structured, in a batch, or with their attributes in headers."""
    text: Json = {"type": "string", "minLength": 1}
    event: Json = {
        "type": "object",
        "required": ["specversion", "id", "source", "type"],
        "properties": {
            "specversion": {"const": "1.0"},
            **dict.fromkeys(("id", "source", "type", "subject"), text),
            "time": {"type": "string"},
            "data": {"type": "object"},
            "data_base64": {"type": "string"},
        },
    }
    operation = _operation("cloudEvents", {"type": "object"})
    operation["requestBody"]["content"] = {
        STRUCTURED: {"schema": event},
        BATCHED: {"schema": {"type": "array", "maxItems": most_events, "items": event}},
        "application/json": {"schema": {"type": "object"}},
    }
    return {path: {"post": operation}}


def settings_path(path: str) -> Json:
    """What the client of browsers asks before it sends anything; `path` holds a `{key}`."""
    statuses = ("401", "405", "429", "500", "503")
    refusals = {status: _answer(_REFUSALS[status], "Refusal") for status in statuses}
    taken = {"description": "Where to send", "content": {"application/json": {"schema": _OBJECT}}}
    key: Json = {"name": "key", "in": "path", "required": True, "schema": {"type": "string"}}
    get: Json = {
        "operationId": "settings",
        "security": [],
        "parameters": [key],
        "responses": {"200": taken, **refusals},
    }
    return {path: {"get": get}}


def openapi(paths: Json) -> Json:
    """The document of these paths."""
    typed = {"type": {"enum": list(CALLS)}, **_COMMON}
    call: Json = {"type": "object", "required": ["type"], "properties": typed}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Customer 360: doors over HTTP", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": {"Call": call, "Taken": _TAKEN, "Refusal": _REFUSAL},
            "securitySchemes": {
                "writeKey": {"type": "http", "scheme": "basic"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
        "security": [{"writeKey": []}, {"bearer": []}],
    }


def _call(name: str) -> Json:
    required = list(NEEDED.get(name, ()))
    return {"type": "object", "required": required, "properties": _COMMON}


def _operation(name: str, body: Json) -> Json:
    refusals = {status: _answer(text, "Refusal") for status, text in _REFUSALS.items()}
    return {
        "operationId": name,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"200": _answer("On the log, durably", "Taken"), **refusals},
    }


def _answer(text: str, schema: str) -> Json:
    referred = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": text, "content": {"application/json": {"schema": referred}}}
