"""`fetch:`: what deliveries hint at, and how it is asked for."""

from __future__ import annotations

from c360_mapping import nodes
from c360_mapping.refusals import MappingInvalid
from yaml.nodes import Node

from c360_connectors.pulling.failures import OF_FETCHES
from c360_connectors.reading.errors import conditions_of, errors_of
from c360_connectors.reading.pull import limits_of, login_of, rows_of
from c360_connectors.reading.requests import request_of
from c360_connectors.reading.scalars import path_in_answer, positive, required
from c360_connectors.receiving.fetch import Fetch

_KEYS = ("hint", "when", "batch", "request", "rows", "login", "errors", "limits")


def fetch_of(node: Node, what: str = "fetch") -> Fetch:
    """The whole section. Raises `MappingInvalid`."""
    parts = nodes.entries(node, what, _KEYS)
    login = login_of(parts.get("login"), f"{what}.login")
    batch = positive(parts["batch"], f"{what}.batch") if "batch" in parts else 1
    place = "id" if batch == 1 else "ids"
    asked = required(parts, "request", node, what)
    request = request_of(asked, f"{what}.request", {place, *(("token",) if login else ())})
    if place not in request.names:
        raise MappingInvalid(nodes.line_of(asked), f"{what}.request says {{{place}}} nowhere")
    return Fetch(
        path_in_answer(required(parts, "hint", node, what), f"{what}.hint"),
        request,
        rows_of(required(parts, "rows", node, what), f"{what}.rows"),
        conditions_of(parts.get("when"), f"{what}.when"),
        batch,
        login,
        errors_of(parts.get("errors"), f"{what}.errors", OF_FETCHES),
        limits_of(parts.get("limits"), f"{what}.limits"),
    )
