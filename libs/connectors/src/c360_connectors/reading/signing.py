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
    Where,
    Window,
)
from c360_connectors.templates import SECRET

_KINDS = ("digest", "sorted")
_DIGEST_KEYS = ("algorithm", "header", "query", "secret", "encoding", "prefix", "signed")
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
            nodes.text(parts["prefix"], f"{what}.prefix") if "prefix" in parts else "",
            self._window.where if self._window else None,
            self._identifier,
        )
        return digest, secrets

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
    return where_of({name: parts[name] for name in ("header", "query") if name in parts}, what)


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
    """The one header or parameter that is named. Raises `MappingInvalid`."""
    place, node = only_one(parts, what)
    name = nodes.text(node, f"{what}.{place}")
    return Where("header", name.lower()) if place == "header" else Where("query", name)
