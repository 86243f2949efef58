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
from c360_connectors.reading.scalars import (
    length_ms,
    only_one,
    path_in_answer,
    required,
    text_with_places,
)
from c360_connectors.receiving.bodies import Reading, Seal
from c360_connectors.receiving.delivery import Delivery
from c360_connectors.receiving.receive import OK, Receive, Reply
from c360_connectors.receiving.signature import (
    ALGORITHMS,
    PLACES,
    WEAK,
    Digest,
    Encoding,
    Signature,
    Sorted,
    Where,
    Window,
)
from c360_connectors.requests import made
from c360_connectors.templates import SECRET

_KEYS = (
    "signature", "timestamp", "id", "challenge", "networks", "format", "encrypted", "inner",
    "rows", "answer",
)  # fmt: skip
_KINDS = ("digest", "sorted")
_DIGEST_KEYS = ("algorithm", "header", "query", "secret", "encoding", "prefix", "signed")
_SORTED_KEYS = ("header", "query", "secret", "with")
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
    signature, secrets = _Signing(reading, challenge, window, identifier).of(
        signed, f"{what}.signature"
    )
    if _is_weak(signature) and not networks:
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
    parts = nodes.entries(node, what, ("header", "query", "unit", "tolerance"))
    unit = nodes.choice(parts.pop("unit"), f"{what}.unit", _UNITS) if "unit" in parts else "seconds"
    tolerance = parts.pop("tolerance", None)
    tolerance_ms = _TOLERANCE_MS if tolerance is None else length_ms(tolerance, f"{what}.tolerance")
    return Window(_where(parts, what), _UNITS[unit], tolerance_ms)


def _identifier(node: Node | None, what: str) -> Where | None:
    return None if node is None else _where(nodes.entries(node, what, ("header", "query")), what)


def _where(parts: dict[str, Node], what: str) -> Where:
    place, node = only_one(parts, what)
    name = nodes.text(node, f"{what}.{place}")
    return Where("header", name.lower()) if place == "header" else Where("query", name)


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


class _Signing:
    """Reads a signature, beside what it refers to."""

    def __init__(
        self, reading: Reading, challenge: str, window: Window | None, identifier: Where | None
    ) -> None:
        self._reading = reading
        self._challenge = challenge
        self._window = window
        self._identifier = identifier

    def of(self, node: Node, what: str) -> tuple[Signature, set[str]]:
        """The signature, and the secrets that it needs."""
        kind, one = only_one(nodes.entries(node, what, _KINDS), what)
        place = f"{what}.{kind}"
        return self._digest(one, place) if kind == "digest" else self._sorted(one, place)

    def _digest(self, node: Node, what: str) -> tuple[Digest, set[str]]:
        parts = nodes.entries(node, what, _DIGEST_KEYS)
        named = required(parts, "algorithm", node, what)
        algorithm = nodes.choice(named, f"{what}.algorithm", ALGORITHMS)
        is_keyed = algorithm.startswith("hmac")
        secret = ""
        if is_keyed:
            secret = nodes.text(required(parts, "secret", node, what), f"{what}.secret")
        elif "secret" in parts:
            message = f"{what}.secret belongs to an hmac: name secrets in 'signed'"
            raise MappingInvalid(nodes.line_of(parts["secret"]), message)
        signed = text_with_places(
            required(parts, "signed", node, what), f"{what}.signed", self._places()
        )
        in_text = {one.removeprefix(SECRET) for one in signed.names if one.startswith(SECRET)}
        _refuse_open(node, what, signed.names, is_keyed or bool(in_text))
        self._refuse_unsigned(node, what, "timestamp" in signed.names)
        digest = Digest(
            algorithm,
            _where({name: parts[name] for name in ("header", "query") if name in parts}, what),
            signed,
            secret,
            _encoding(parts.get("encoding"), f"{what}.encoding"),
            nodes.text(parts["prefix"], f"{what}.prefix") if "prefix" in parts else "",
            self._window.where if self._window else None,
            self._identifier,
        )
        return digest, in_text | ({secret} if secret else set())

    def _places(self) -> set[str]:
        lacking = {
            "timestamp": self._window is None,
            "id": self._identifier is None,
        }
        return {one for one in PLACES if not lacking.get(one, False)}

    def _refuse_unsigned(self, node: Node, what: str, is_signed: bool) -> None:
        """A time that is not signed can be written anew by whoever sends a delivery again."""
        if self._window is not None and not is_signed:
            message = f"{what} does not sign the timestamp that a delivery is admitted by"
            raise MappingInvalid(nodes.line_of(node), message)

    def _sorted(self, node: Node, what: str) -> tuple[Sorted, set[str]]:
        parts = nodes.entries(node, what, _SORTED_KEYS)
        secret = nodes.text(required(parts, "secret", node, what), f"{what}.secret")
        others = nodes.texts(required(parts, "with", node, what), f"{what}.with")
        where = _where({name: parts[name] for name in ("header", "query") if name in parts}, what)
        signed = [Where("query", one) for one in others]
        is_signed = self._window is not None and self._window.where in signed
        self._refuse_unsigned(node, what, is_signed)
        sealed = self._sealed if self._reading.seal else None
        return Sorted(where, secret, signed, sealed), {secret}

    def _sealed(self, delivery: Delivery) -> str:
        asked = delivery.query.get(self._challenge) if self._challenge else None
        return self._reading.sealed_of(delivery) if asked is None else asked


def _refuse_open(node: Node, what: str, names: frozenset[str], is_secret: bool) -> None:
    if "body" not in names or not is_secret:
        message = f"{what}.signed has {{body}} in it, and a secret is part of it or of an hmac"
        raise MappingInvalid(nodes.line_of(node), message)


def _encoding(node: Node | None, what: str) -> Encoding:
    if node is None:
        return "hex"
    return "hex" if nodes.choice(node, what, ("hex", "base64")) == "hex" else "base64"


def _is_weak(signature: Signature) -> bool:
    """Whether somebody who listens, or who has time, can make one of another body."""
    if isinstance(signature, Sorted):
        return signature.sealed is None
    return isinstance(signature, Digest) and signature.algorithm in WEAK - {"hmac-sha1"}
