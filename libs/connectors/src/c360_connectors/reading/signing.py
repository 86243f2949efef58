"""`receive.signature`: how a delivery shows who it is of."""

from __future__ import annotations

from collections.abc import Mapping

from c360_mapping import nodes
from c360_mapping.refusals import MappingInvalid
from yaml.nodes import Node

from c360_connectors.reading.scalars import only_one, required, text_with_places
from c360_connectors.receiving.bodies import Reading
from c360_connectors.receiving.delivery import Delivery
from c360_connectors.receiving.signature import (
    ALGORITHMS,
    PLACES,
    WEAK,
    Digest,
    Encoding,
    Signature,
    Sorted,
    Token,
    Where,
    Window,
    Written,
)
from c360_connectors.templates import SECRET

_KINDS = ("digest", "sorted", "token")
_SHOWN_IN = ("header", "query", "part")
_DIGEST_KEYS = (*_SHOWN_IN, "algorithm", "secret", "secret_as", "encoding", "prefix", "signed")
_TOKEN_KEYS = (*_SHOWN_IN, "secret", "encoding", "prefix")
_WRITTEN: Mapping[str, Written] = {"text": "text", "hex": "hex", "base64": "base64"}
_SORTED_KEYS = ("header", "query", "secret", "with")


class Signing:
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
        if kind == "token":
            return self._token(one, place)
        return self._digest(one, place) if kind == "digest" else self._sorted(one, place)

    def _digest(self, node: Node, what: str) -> tuple[Digest, set[str]]:
        parts = nodes.entries(node, what, _DIGEST_KEYS)
        algorithm, secret = _algorithm(parts, node, what)
        signed = text_with_places(
            required(parts, "signed", node, what), f"{what}.signed", self._places()
        )
        in_text = {one.removeprefix(SECRET) for one in signed.names if one.startswith(SECRET)}
        secrets = in_text | ({secret} if secret else set())
        _refuse_open(node, what, signed.names, bool(secrets))
        self._refuse_unsigned(node, what, "timestamp" in signed.names)
        digest = Digest(
            algorithm,
            _shown_in(parts, what),
            signed,
            secret,
            _encoding(parts.get("encoding"), f"{what}.encoding"),
            _prefix(parts, what),
            self._window.where if self._window else None,
            self._identifier,
            _secret_as(parts, algorithm, what),
        )
        return digest, secrets

    def _token(self, node: Node, what: str) -> tuple[Token, set[str]]:
        parts = nodes.entries(node, what, _TOKEN_KEYS)
        secret = nodes.text(required(parts, "secret", node, what), f"{what}.secret")
        self._refuse_unsigned(node, what, is_signed=False)
        how = "text"
        if "encoding" in parts:
            how = nodes.choice(parts["encoding"], f"{what}.encoding", ("text", "base64"))
        where, prefix = _shown_in(parts, what), _prefix(parts, what)
        return Token(where, secret, prefix, is_packed=how == "base64"), {secret}

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
        where = _shown_in(parts, what)
        signed = [Where("query", one) for one in others]
        is_signed = self._window is not None and self._window.where in signed
        self._refuse_unsigned(node, what, is_signed)
        sealed = self._sealed if self._reading.seal else None
        return Sorted(where, secret, signed, sealed), {secret}

    def _sealed(self, delivery: Delivery) -> str:
        asked = delivery.query.get(self._challenge) if self._challenge else None
        return self._reading.sealed_of(delivery) if asked is None else asked


def _algorithm(parts: dict[str, Node], node: Node, what: str) -> tuple[str, str]:
    """It, and the name of the secret that its key is; empty where it has no key."""
    named = required(parts, "algorithm", node, what)
    algorithm = nodes.choice(named, f"{what}.algorithm", ALGORITHMS)
    if algorithm.startswith("hmac"):
        return algorithm, nodes.text(required(parts, "secret", node, what), f"{what}.secret")
    if "secret" in parts:
        message = f"{what}.secret belongs to an hmac: name secrets in 'signed'"
        raise MappingInvalid(nodes.line_of(parts["secret"]), message)
    return algorithm, ""


def _shown_in(parts: Mapping[str, Node], what: str) -> Where:
    """Where the signature itself stands."""
    return where_of({name: parts[name] for name in _SHOWN_IN if name in parts}, what)


def _prefix(parts: Mapping[str, Node], what: str) -> str:
    return nodes.text(parts["prefix"], f"{what}.prefix") if "prefix" in parts else ""


def _secret_as(parts: Mapping[str, Node], algorithm: str, what: str) -> Written:
    if "secret_as" not in parts:
        return "text"
    if not algorithm.startswith("hmac"):
        message = f"{what}.secret_as belongs to an hmac"
        raise MappingInvalid(nodes.line_of(parts["secret_as"]), message)
    return _WRITTEN[nodes.choice(parts["secret_as"], f"{what}.secret_as", _WRITTEN)]


def _refuse_open(node: Node, what: str, names: frozenset[str], is_secret: bool) -> None:
    if "body" not in names or not is_secret:
        message = f"{what}.signed has {{body}} in it, and a secret is part of it or of an hmac"
        raise MappingInvalid(nodes.line_of(node), message)


def _encoding(node: Node | None, what: str) -> Encoding:
    if node is None:
        return "hex"
    return "hex" if nodes.choice(node, what, ("hex", "base64")) == "hex" else "base64"


def is_weak(signature: Signature) -> bool:
    """Whether somebody who listens, or who has time, can make one of another body."""
    if isinstance(signature, Sorted):
        return signature.sealed is None
    return isinstance(signature, Digest) and signature.algorithm in WEAK - {"hmac-sha1"}


def where_of(parts: dict[str, Node], what: str) -> Where:
    """The one header or parameter that is named, or a part of it. Raises `MappingInvalid`."""
    part = nodes.text(parts.pop("part"), f"{what}.part") if "part" in parts else ""
    place, node = only_one(parts, what)
    name = nodes.text(node, f"{what}.{place}")
    if place == "header":
        return Where("header", name.lower(), part)
    return Where("query", name, part)
