"""What the door of connectors takes and answers, as OpenAPI 3.1 has it.

What a delivery is, and how it is known to be of its source, each connector says for itself: here is
what holds of all.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
_REFUSALS = {
    "401": "It is not of the source, or too old: nothing was taken",
    "404": "Nothing is received under this name",
    "405": "Deliveries are sent by POST, challenges by GET",
    "413": "More than {most} bytes",
    "429": "Too much: come again after `Retry-After` seconds",
    "500": "A fault here",
    "503": "It cannot be taken now: come again after `Retry-After` seconds",
}


def connect_path(path: str, most_bytes: int) -> Json:
    """Deliveries of sources, and the challenges of some; `path` holds a `{name}`."""
    name: Json = {
        "name": "name",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "minLength": 1},
        "description": "A connector that receives",
    }
    body: Json = {
        "application/json": {"schema": {}},
        "application/xml": {"schema": {"type": "string"}},
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
    }
    answers = _answers(most_bytes)
    deliver: Json = {
        "operationId": "deliver",
        "security": [],
        "parameters": [name],
        "requestBody": {"required": True, "content": body},
        "responses": answers,
    }
    challenge: Json = {
        "operationId": "challenge",
        "security": [],
        "parameters": [name],
        "responses": answers,
    }
    return {path: {"post": deliver, "get": challenge}}


def _answers(most_bytes: int) -> Json:
    refusal: Json = {"schema": {"$ref": "#/components/schemas/Refusal"}}
    taken: Json = {
        "description": "On the log, durably, in the words that the source wants to hear",
        "content": {"application/json": {"schema": {}}, "text/plain": {"schema": {}}},
    }
    refused = {
        status: {
            "description": text.format(most=most_bytes),
            "content": {"application/json": refusal},
        }
        for status, text in _REFUSALS.items()
    }
    return {"200": taken, **refused}
