"""`receive:`: how a source sends by itself, and how it is known."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from c360_kernel.errors import SettingsError
from c360_kernel.outgoing.addresses import Network, networks_of
from c360_mapping import nodes
from c360_mapping.refusals import MappingInvalid
from yaml.nodes import Node

from c360_connectors.reading.pull import rows_of
from c360_connectors.reading.requests import tree_of
from c360_connectors.reading.scalars import length_ms, only_one, path_in_answer, required
from c360_connectors.reading.signing import Signing, is_weak, where_of
from c360_connectors.receiving.bodies import Reading, Seal
from c360_connectors.receiving.receive import OK, Receive, Reply
from c360_connectors.receiving.signature import Where, Window
from c360_connectors.requests import made

_KEYS = (
    "signature", "timestamp", "id", "challenge", "networks", "format", "encrypted", "inner",
    "rows", "answer",
)  # fmt: skip
_UNITS = {"seconds": 1_000, "milliseconds": 1}
_TOLERANCE_MS = 300_000


def receive_of(node: Node, what: str = "receive") -> Receive:
    """The whole section. Raises `MappingInvalid`."""
    parts = nodes.entries(node, what, _KEYS)
    window = _window(parts.get("timestamp"), f"{what}.timestamp")
    identifier = _identifier(parts.get("id"), f"{what}.id")
    reading = _reading(parts, what)
    challenge = nodes.text(parts["challenge"], f"{what}.challenge") if "challenge" in parts else ""
    networks = _networks(parts.get("networks"), f"{what}.networks")
    signed = required(parts, "signature", node, what)
    signature, secrets = Signing(reading, challenge, window, identifier).of(
        signed, f"{what}.signature"
    )
    if is_weak(signature) and not networks:
        message = f"{what}.signature is weak by itself: name {what}.networks that it comes from"
        raise MappingInvalid(nodes.line_of(signed), message)
    sealing = {reading.seal.key} if reading.seal else set[str]()
    return Receive(
        signature,
        frozenset(secrets | sealing),
        reading,
        rows_of(required(parts, "rows", node, what), f"{what}.rows"),
        _answer(parts.get("answer"), f"{what}.answer"),
        window,
        identifier,
        challenge,
        networks,
    )


def _window(node: Node | None, what: str) -> Window | None:
    if node is None:
        return None
    parts = nodes.entries(node, what, ("header", "query", "part", "unit", "tolerance"))
    unit = nodes.choice(parts.pop("unit"), f"{what}.unit", _UNITS) if "unit" in parts else "seconds"
    tolerance = parts.pop("tolerance", None)
    tolerance_ms = _TOLERANCE_MS if tolerance is None else length_ms(tolerance, f"{what}.tolerance")
    return Window(where_of(parts, what), _UNITS[unit], tolerance_ms)


def _identifier(node: Node | None, what: str) -> Where | None:
    if node is None:
        return None
    return where_of(nodes.entries(node, what, ("header", "query", "part")), what)


def _reading(parts: Mapping[str, Node], what: str) -> Reading:
    form = "json"
    if "format" in parts:
        form = nodes.choice(parts["format"], f"{what}.format", ("json", "xml"))
    inner = path_in_answer(parts["inner"], f"{what}.inner") if "inner" in parts else None
    seal = _seal(parts["encrypted"], f"{what}.encrypted") if "encrypted" in parts else None
    return Reading("xml" if form == "xml" else "json", seal, inner)


def _seal(node: Node, what: str) -> Seal:
    parts = nodes.entries(node, what, ("key", "receiver"))
    key = nodes.text(required(parts, "key", node, what), f"{what}.key")
    return Seal(key, nodes.text(required(parts, "receiver", node, what), f"{what}.receiver"))


def _networks(node: Node | None, what: str) -> tuple[Network, ...]:
    if node is None:
        return ()
    try:
        return networks_of(",".join(nodes.texts(node, what)))
    except SettingsError as error:
        raise MappingInvalid(nodes.line_of(node), f"{what}: {error.message}") from error


def _answer(node: Node | None, what: str) -> Reply:
    if node is None:
        return OK
    kind, said = only_one(nodes.entries(node, what, ("json", "text")), what)
    if kind == "text":
        return Reply("text/plain; charset=utf-8", nodes.text(said, f"{what}.text").encode())
    return Reply("application/json", orjson.dumps(made(tree_of(said, f"{what}.json", ()), {})))
