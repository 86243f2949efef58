"""Whether a delivery is of its source: a digest over the raw bytes, under a secret of both.

What is looked for and is not there refuses: a proxy that drops a header opens no door.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from c360_kernel.errors import SettingsError
from c360_kernel.outgoing.addresses import Network, address_of
from typing_extensions import override

from c360_connectors.receiving.delivery import Delivery, DeliveryRefused
from c360_connectors.templates import SECRET, Place, Template

Encoding = Literal["hex", "base64"]
Written = Literal["text", "hex", "base64"]
"""How something secret is written down."""
Secrets = Mapping[str, Sequence[str]]
"""Secrets by the names of their places; while one is replaced there are two."""
PLACES = frozenset({"body", "timestamp", "id", "method", "url"})
_DIGESTS = {
    "sha512": hashlib.sha512,
    "sha256": hashlib.sha256,
    "sha1": hashlib.sha1,
    "md5": hashlib.md5,
}
ALGORITHMS = (
    "hmac-sha512", "hmac-sha256", "hmac-sha1", "sha512", "sha256", "sha1", "md5",
)  # fmt: skip
_OF_STANDARD_WEBHOOKS = "whsec_"
_WHOLE = re.compile(r"[0-9]{1,18}")
WEAK = frozenset({"hmac-sha1", "sha1", "md5"})


@dataclass(frozen=True, slots=True)
class Where:
    """A header or a parameter of the query; of one like `t=17,v1=5f,v1=a0` its `part`s `v1`."""

    place: Literal["header", "query"]
    name: str
    part: str = ""

    def of(self, delivery: Delivery) -> str:
        """What stands there, the first of several parts. Raises `DeliveryRefused`."""
        return self._parts(delivery)[0] if self.part else self._whole(delivery)

    def each_of(self, delivery: Delivery) -> Sequence[str]:
        """All that stand there side by side. Raises `DeliveryRefused`."""
        return self._parts(delivery) if self.part else self._whole(delivery).split(" ")

    def _whole(self, delivery: Delivery) -> str:
        found = (delivery.headers if self.place == "header" else delivery.query).get(self.name)
        if not found:
            raise DeliveryRefused(f"the {self.place} {self.name} is missing")
        return found

    def _parts(self, delivery: Delivery) -> Sequence[str]:
        pairs = (one.strip().partition("=") for one in self._whole(delivery).split(","))
        found = [value for name, _, value in pairs if name == self.part and value]
        if not found:
            raise DeliveryRefused(f"the {self.place} {self.name} has no part {self.part}")
        return found


@dataclass(frozen=True, slots=True)
class Window:
    """How old a delivery may be, by the time that it says; `unit` is its length in ms."""

    where: Where
    unit: int
    tolerance_ms: int

    def admit(self, delivery: Delivery, now_ms: int) -> None:
        """Raises `DeliveryRefused` for one that is too old, or of a time to come."""
        written = self.where.of(delivery)
        if not _WHOLE.fullmatch(written):
            raise DeliveryRefused("the time of the delivery is no number")
        if abs(now_ms - int(written) * self.unit) > self.tolerance_ms:
            raise DeliveryRefused("the delivery is too old, or of a time to come")


class Signature(Protocol):
    """One way to know a source."""

    def admit(self, delivery: Delivery, secrets: Secrets) -> None:
        """Raises `DeliveryRefused` unless it is of the source."""
        ...


@dataclass(frozen=True, slots=True)
class Digest(Signature):
    """A digest of a text with the body in it: of HMAC under `secret`, or of secrets in the text.

    `prefix` stands before it; of several in one header (`v1,… v1,…`) one has to be right. `key_as`
    is how the secret of HMAC is written down.
    """

    algorithm: str
    where: Where
    signed: Template
    secret: str = ""
    encoding: Encoding = "hex"
    prefix: str = ""
    timestamp: Where | None = None
    identifier: Where | None = None
    key_as: Written = "text"

    @override
    def admit(self, delivery: Delivery, secrets: Secrets) -> None:
        shown = [
            one.removeprefix(self.prefix).encode()
            for one in self.where.each_of(delivery)
            if one.startswith(self.prefix)
        ]
        right = [self._encoded(digest) for digest in self._digests(delivery, secrets)]
        # Each is compared, so that the time says nothing of which.
        found = [hmac.compare_digest(one, mine) for one in shown for mine in right]
        if not any(found):
            raise DeliveryRefused("the signature is not of this body and secret")

    def _digests(self, delivery: Delivery, secrets: Secrets) -> list[bytes]:
        kind, _, name = self.algorithm.rpartition("-")
        if kind == "hmac":
            text = self._text(delivery, secrets, 0)
            keys = secrets[f"{SECRET}{self.secret}"]
            return [hmac.digest(_key(key, self.key_as), text, _DIGESTS[name]) for key in keys]
        most = max((len(found) for found in secrets.values()), default=1)
        texts = [self._text(delivery, secrets, number) for number in range(most)]
        return [_DIGESTS[name](text).digest() for text in texts]

    def _text(self, delivery: Delivery, secrets: Secrets, number: int) -> bytes:
        """What is signed, as bytes; `number` says which of the secrets that hold."""
        return b"".join(
            self._part(part, delivery, secrets, number)
            if isinstance(part, Place)
            else part.encode()
            for part in self.signed.parts
        )

    def _part(self, place: Place, delivery: Delivery, secrets: Secrets, number: int) -> bytes:
        if place.name.startswith(SECRET):
            held = secrets[place.name]
            return held[min(number, len(held) - 1)].encode()
        if place.name == "body":
            return delivery.body
        if place.name in ("method", "url"):
            return (delivery.method if place.name == "method" else delivery.url).encode()
        where = self.timestamp if place.name == "timestamp" else self.identifier
        assert where is not None
        return where.of(delivery).encode()

    def _encoded(self, digest: bytes) -> bytes:
        return digest.hex().encode() if self.encoding == "hex" else base64.b64encode(digest)


def _key(written: str, how: Written) -> bytes:
    """The bytes of a secret; base64 may stand behind the mark of Standard Webhooks.

    Never none: whoever sends could sign with no key, too.
    """
    try:
        key = _unpacked(written, how)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        message = f"a secret of the connector is not written as {how}"
        raise SettingsError(message, code="WEBHOOK_SECRET_INVALID")
    return key


def _unpacked(written: str, how: Written) -> bytes:
    if how == "base64":
        return base64.b64decode(written.removeprefix(_OF_STANDARD_WEBHOOKS), validate=True)
    return bytes.fromhex(written) if how == "hex" else written.encode()


@dataclass(frozen=True, slots=True)
class Token(Signature):
    """A secret that is shown as it is, or in base64 as HTTP Basic does, behind a `prefix`.

    It says nothing of the body: whoever has seen one delivery can make another, so that it is for
    sources that come over TLS and know no better.
    """

    where: Where
    secret: str
    prefix: str = ""
    is_packed: bool = False

    @override
    def admit(self, delivery: Delivery, secrets: Secrets) -> None:
        shown = self.where.of(delivery).encode()
        right = [self._shown(one.encode()) for one in secrets[f"{SECRET}{self.secret}"]]
        found = [hmac.compare_digest(shown, one) for one in right]
        if not any(found):
            raise DeliveryRefused("the token is not of this source")

    def _shown(self, secret: bytes) -> bytes:
        return self.prefix.encode() + (base64.b64encode(secret) if self.is_packed else secret)


@dataclass(frozen=True, slots=True)
class Sorted(Signature):
    """SHA-1 over sorted texts: of a secret, of parameters, and of what is encrypted, if anything.

    As WeChat and WeCom have it. `sealed` finds the encrypted text of a delivery.
    """

    where: Where
    secret: str
    others: Sequence[Where]
    sealed: Callable[[Delivery], str] | None = None

    @override
    def admit(self, delivery: Delivery, secrets: Secrets) -> None:
        texts = [one.of(delivery) for one in self.others]
        texts += [] if self.sealed is None else [self.sealed(delivery)]
        shown = self.where.of(delivery).encode()
        right = [_sorted_sha1([key, *texts]) for key in secrets[f"{SECRET}{self.secret}"]]
        found = [hmac.compare_digest(shown, one) for one in right]
        if not any(found):
            raise DeliveryRefused("the signature is not of these parameters and secret")


def _sorted_sha1(texts: Sequence[str]) -> bytes:
    return hashlib.sha1("".join(sorted(texts)).encode()).hexdigest().encode()


def is_from(delivery: Delivery, networks: Sequence[Network]) -> bool:
    """Whether it comes from one of these networks; from anywhere where none is named."""
    if not networks:
        return True
    try:
        address = address_of(delivery.address)
    except ValueError:
        return False
    return any(address in network for network in networks)
