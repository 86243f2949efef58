"""`pull:`: how a source is asked."""

from __future__ import annotations

from collections.abc import Collection

from c360_mapping import nodes
from c360_mapping.refusals import MappingInvalid
from yaml.nodes import Node

from c360_connectors.pulling.login import Login
from c360_connectors.pulling.pull import USUAL, Limits, Pull
from c360_connectors.pulling.rows import Rows
from c360_connectors.reading.cursor import cursor_of
from c360_connectors.reading.errors import errors_of
from c360_connectors.reading.pages import pages_of
from c360_connectors.reading.requests import request_of
from c360_connectors.reading.scalars import length_ms, path_in_answer, required
from c360_connectors.requests import RequestForm

_KEYS = ("request", "login", "pages", "rows", "cursor", "errors", "limits", "every")
_LOGIN_KEYS = ("request", "token", "lives", "expires", "errors")
_LIMIT_KEYS = ("per_second", "timeout")
_EVERY_MS, _LIVES_MS, _LEAST_EVERY_MS = 300_000, 3_600_000, 1_000
_MOST_PER_SECOND = 100.0
_EMPTY = USUAL


def pull_of(node: Node, what: str = "pull") -> Pull:
    """The whole section. Raises `MappingInvalid`."""
    parts = nodes.entries(node, what, _KEYS)
    pages = pages_of(parts.get("pages"), f"{what}.pages")
    cursor = cursor_of(parts.get("cursor"), f"{what}.cursor")
    login = login_of(parts.get("login"), f"{what}.login")
    known = {
        *pages.places,
        *(("cursor", "until") if cursor else ()),
        *(("token",) if login else ()),
    }
    asked = required(parts, "request", node, what)
    request = request_of(asked, f"{what}.request", known)
    if cursor is not None and "cursor" not in request.names:
        raise MappingInvalid(nodes.line_of(asked), f"{what}.request says {{cursor}} nowhere")
    _refuse_standing_still(request, pages.places, asked, what)
    return Pull(
        request,
        pages,
        rows_of(required(parts, "rows", node, what), f"{what}.rows"),
        _every(parts.get("every"), f"{what}.every"),
        login,
        cursor,
        errors_of(parts.get("errors"), f"{what}.errors"),
        limits_of(parts.get("limits"), f"{what}.limits"),
    )


def login_of(node: Node | None, what: str) -> Login | None:
    """How one logs in, where one has to. Raises `MappingInvalid`."""
    if node is None:
        return None
    parts = nodes.entries(node, what, _LOGIN_KEYS)
    return Login(
        request_of(required(parts, "request", node, what), f"{what}.request", ()),
        path_in_answer(parts["token"], f"{what}.token") if "token" in parts else None,
        length_ms(parts["lives"], f"{what}.lives") if "lives" in parts else _LIVES_MS,
        path_in_answer(parts["expires"], f"{what}.expires") if "expires" in parts else None,
        errors_of(parts.get("errors"), f"{what}.errors"),
    )


def rows_of(node: Node, what: str) -> Rows:
    """Where rows are in an answer. Raises `MappingInvalid`."""
    parts = nodes.entries(node, what, ("path", "columns"))
    path = required(parts, "path", node, what)
    columns = nodes.texts(parts["columns"], f"{what}.columns") if "columns" in parts else ()
    is_each = "[]" in nodes.text(path, f"{what}.path")
    return Rows(path_in_answer(path, f"{what}.path"), is_each, columns)


def limits_of(node: Node | None, what: str) -> Limits:
    """How a source wants to be asked. Raises `MappingInvalid`."""
    if node is None:
        return _EMPTY
    parts = nodes.entries(node, what, _LIMIT_KEYS)
    per_second, timeout_s = _EMPTY.per_second, _EMPTY.timeout_s
    if "per_second" in parts:
        per_second = _rate(parts["per_second"], f"{what}.per_second")
    if "timeout" in parts:
        timeout_s = length_ms(parts["timeout"], f"{what}.timeout", 1_000) / 1_000
    return Limits(per_second, timeout_s)


def _rate(node: Node, what: str) -> float:
    found = nodes.scalar(node, what)
    if isinstance(found, str | bool) or not 0 < found <= _MOST_PER_SECOND:
        message = f"{what} is a number above 0 and up to {_MOST_PER_SECOND:g}"
        raise MappingInvalid(nodes.line_of(node), message)
    return float(found)


def _every(node: Node | None, what: str) -> int:
    return _EVERY_MS if node is None else length_ms(node, what, _LEAST_EVERY_MS)


def _refuse_standing_still(
    request: RequestForm, places: Collection[str], node: Node, what: str
) -> None:
    """A request that does not say which page it wants gets the first one for ever."""
    moving = set(places) - {"limit"}
    if moving and not moving & request.names:
        (place,) = moving
        raise MappingInvalid(nodes.line_of(node), f"{what}.request says {{{place}}} nowhere")
