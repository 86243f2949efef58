"""`request:`: an address, and what is said beside it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import SplitResult, urlsplit

from c360_mapping import nodes
from c360_mapping.refusals import MappingInvalid
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from c360_connectors.reading.scalars import required, text_with_places
from c360_connectors.requests import BodyKind, RequestForm, Tree
from c360_connectors.templates import Place, Template

_KEYS = ("url", "method", "query", "headers", "json", "form")
_METHODS = ("GET", "POST", "PUT")
_NULL = "tag:yaml.org,2002:null"
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")


def request_of(node: Node, what: str, known: Collection[str]) -> RequestForm:
    """A request whose places are among the known ones. Raises `MappingInvalid`."""
    parts = nodes.entries(node, what, _KEYS)
    kind, body = _body(parts, what, known)
    implied = "GET" if kind == "none" else "POST"
    method = nodes.choice(parts["method"], f"{what}.method", _METHODS) if "method" in parts else ""
    return RequestForm(
        method or implied,
        _url(required(parts, "url", node, what), f"{what}.url", known),
        _templates(parts, "query", what, known),
        _headers(parts, what, known),
        kind,
        body,
    )


def _url(node: Node, what: str, known: Collection[str]) -> Template:
    found = text_with_places(node, what, known)
    parts = _address(found.parts[0] if found.parts else "")
    if parts is None or parts.scheme not in ("https", "http") or not parts.hostname:
        message = f"{what} begins with https:// and a host that is written out"
        raise MappingInvalid(nodes.line_of(node), message)
    if parts.username is not None or parts.password is not None:
        raise MappingInvalid(nodes.line_of(node), f"{what} names nobody before its host")
    if len(found.parts) > 1 and not parts.path:
        # `https://{secret.host}` or `https://example.com{next}` would name another host.
        raise MappingInvalid(nodes.line_of(node), f"{what} has no place before its first /")
    return found


def _address(head: str | Place) -> SplitResult | None:
    """What a text says before its first place; None for what is no address."""
    if not isinstance(head, str) or not head.isprintable():
        return None
    try:
        parts = urlsplit(head)
        return parts if parts.port != 0 and parts.netloc.isascii() else None
    except ValueError:
        return None


def _headers(parts: Mapping[str, Node], what: str, known: Collection[str]) -> dict[str, Template]:
    found = _templates(parts, "headers", what, known)
    for name, one in found.items():
        said = "".join(part for part in one.parts if isinstance(part, str))
        if not _HEADER.fullmatch(name) or not said.isprintable():
            message = f"{what}.headers has a name or a value that no header takes"
            raise MappingInvalid(nodes.line_of(parts["headers"]), message)
    return found


def _templates(
    parts: Mapping[str, Node], key: str, what: str, known: Collection[str]
) -> dict[str, Template]:
    if key not in parts:
        return {}
    place = f"{what}.{key}"
    return {
        name: text_with_places(one, f"{place}.{name}", known)
        for name, one in nodes.entries(parts[key], place).items()
    }


def _body(parts: Mapping[str, Node], what: str, known: Collection[str]) -> tuple[BodyKind, Tree]:
    if "json" in parts and "form" in parts:
        message = f"{what} has a body of json or of form, not both"
        raise MappingInvalid(nodes.line_of(parts["form"]), message)
    if "json" in parts:
        return "json", tree_of(parts["json"], f"{what}.json", known)
    if "form" in parts:
        return "form", _templates(parts, "form", what, known)
    return "none", None


def tree_of(node: Node, what: str, known: Collection[str]) -> Tree:
    """JSON whose texts are templates. Raises `MappingInvalid`."""
    if isinstance(node, MappingNode):
        entries = nodes.entries(node, what)
        return {name: tree_of(one, f"{what}.{name}", known) for name, one in entries.items()}
    if isinstance(node, SequenceNode):
        return [tree_of(one, f"{what}[{n}]", known) for n, one in enumerate(node.value)]
    assert isinstance(node, ScalarNode)
    if node.tag == _NULL:
        return None
    found = nodes.scalar(node, what)
    return text_with_places(node, what, known) if isinstance(found, str) else found
