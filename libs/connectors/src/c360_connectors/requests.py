"""Requests as a connector describes them, and as they are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import orjson

from c360_connectors.templates import Template, Values

Tree = Template | bool | int | float | None | Sequence["Tree"] | Mapping[str, "Tree"]
"""JSON with templates for texts."""
BodyKind = Literal["none", "json", "form"]

_quoted = partial(quote, safe="")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it is sent. Its address and headers may hold secrets: neither is logged."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""

    def to(self, url: str) -> Request:
        """The same, to another address, by which a source leads to its next page."""
        return Request(self.method, url, self.headers, self.body)


@dataclass(frozen=True, slots=True)
class RequestForm:
    """One request with places for values. `body` is of a form or of JSON, or there is none."""

    method: str
    url: Template
    query: Mapping[str, Template]
    headers: Mapping[str, Template]
    body_kind: BodyKind = "none"
    body: Tree = None

    @property
    def names(self) -> frozenset[str]:
        """Of all its places."""
        found = set(self.url.names) | _names(self.body)
        for one in (*self.query.values(), *self.headers.values()):
            found |= one.names
        return frozenset(found)

    def made(self, values: Values) -> Request:
        """With values. What is asked for by a place alone that has none is left out."""
        headers = {name: one.text(values) for name, one in self.headers.items()}
        kind, body = self._body(values)
        return Request(self.method, self._url(values), {**kind, **headers}, body)

    def _url(self, values: Values) -> str:
        url = self.url.text(values, _quoted)
        said = [(name, one) for name, one in self.query.items() if one.value(values) is not None]
        query = urlencode([(name, one.text(values)) for name, one in said])
        parts = urlsplit(url)
        joined = "&".join(filter(None, (parts.query, query)))
        return urlunsplit(parts._replace(query=joined))

    def _body(self, values: Values) -> tuple[Mapping[str, str], bytes]:
        if self.body_kind == "none":
            return {}, b""
        content = made(self.body, values)
        if self.body_kind == "json":
            return {"content-type": "application/json"}, orjson.dumps(content)
        assert isinstance(content, dict)
        form = urlencode([(name, str(value)) for name, value in content.items()])
        return {"content-type": "application/x-www-form-urlencoded"}, form.encode()


def made(tree: Tree, values: Values) -> object:
    """JSON with values; what a place alone has none for is left out of an object."""
    if isinstance(tree, Template):
        return tree.value(values)
    if isinstance(tree, Mapping):
        found = {name: made(inner, values) for name, inner in tree.items()}
        return {name: one for name, one in found.items() if one is not None or tree[name] is None}
    if isinstance(tree, Sequence) and not isinstance(tree, str):
        return [made(inner, values) for inner in tree]
    return tree


def _names(tree: Tree) -> set[str]:
    if isinstance(tree, Template):
        return set(tree.names)
    if isinstance(tree, Mapping):
        return set[str]().union(*(_names(inner) for inner in tree.values()))
    if isinstance(tree, Sequence) and not isinstance(tree, str):
        return set[str]().union(*(_names(inner) for inner in tree))
    return set()
