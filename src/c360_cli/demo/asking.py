"""Asking one question over HTTP, errors of policy included."""

from __future__ import annotations

import urllib.request
from collections.abc import Mapping
from typing import Any

import orjson

_TIMEOUT_S = 30


def ask(url: str, token: str, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The whole answer, `data` and `errors`."""
    body = orjson.dumps({"query": query, "variables": variables})
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"{url}/graphql", body, headers)
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
        return orjson.loads(answer.read())
