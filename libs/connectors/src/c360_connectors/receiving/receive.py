"""How a source sends by itself, as its connector says it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from c360_kernel.outgoing.addresses import Network

from c360_connectors.pulling.rows import Rows
from c360_connectors.receiving.bodies import Reading
from c360_connectors.receiving.delivery import Delivery, DeliveryRefused
from c360_connectors.receiving.signature import Secrets, Signature, Where, Window, is_from

_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Reply:
    """What a source wants to hear: `kind` is the type of its content."""

    kind: str
    body: bytes


OK = Reply("application/json", b"{}")


@dataclass(frozen=True, slots=True)
class Receive:
    """`challenge` is the parameter by which a source asks whether the door is there.

    `rows` are in what `reading` makes of a body; `answer` tells that it is durable. `is_hint`: what
    counts is how things are when they are asked for, not what is said of them.
    """

    signature: Signature
    secrets: frozenset[str]
    reading: Reading
    rows: Rows
    answer: Reply = OK
    window: Window | None = None
    identifier: Where | None = None
    challenge: str = ""
    networks: Sequence[Network] = ()
    is_hint: bool = False

    @property
    def says_the_same(self) -> bool:
        """Whether what has a name of before says nothing new: equal hints are of two changes."""
        return self.identifier is not None or not self.is_hint

    def admit(self, delivery: Delivery, secrets: Secrets, now_ms: int) -> None:
        """Raises `DeliveryRefused` unless it is of the source, and of now."""
        if not is_from(delivery, self.networks):
            raise DeliveryRefused("deliveries come from other addresses")
        if self.window is not None:
            self.window.admit(delivery, now_ms)
        self.signature.admit(delivery, secrets)

    def challenged(self, delivery: Delivery, secrets: Secrets) -> bytes | None:
        """What an admitted delivery wants to hear in return; None where it asks for nothing."""
        asked = delivery.query.get(self.challenge) if self.challenge else None
        if asked is None:
            return None
        seal = self.reading.seal
        return asked.encode() if seal is None else seal.open(asked, secrets)

    def name_of(self, delivery: Delivery) -> str:
        """By what it is known again: the id that the source gives it, or all that it says."""
        given = self.identifier.of(delivery).encode() if self.identifier else delivery.body
        return hashlib.blake2b(given, digest_size=_DIGEST_BYTES).hexdigest()
