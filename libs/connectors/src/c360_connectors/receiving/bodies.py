"""What a delivery says: JSON, the flat XML of WeChat, or JSON written as a text in JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote_plus
from xml.etree import ElementTree

from c360_mapping import json_numbers

from c360_connectors.answers import Find, first
from c360_connectors.receiving.delivery import Delivery, DeliveryRefused
from c360_connectors.receiving.sealed import opened
from c360_connectors.receiving.signature import Secrets
from c360_connectors.templates import SECRET

BodyFormat = Literal["json", "xml"]
_DECLARATION = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCRYPTED = "Encrypt"


@dataclass(frozen=True, slots=True)
class Seal:
    """`key` names the secret that messages are encrypted with, `receiver` whom they are for."""

    key: str
    receiver: str

    def open(self, text: str, secrets: Secrets) -> bytes:
        """The message. Raises `DeliveryRefused`."""
        for key in secrets[f"{SECRET}{self.key}"]:
            try:
                return opened(text, key, self.receiver)
            except DeliveryRefused:
                continue
        raise DeliveryRefused("what is encrypted cannot be opened")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a body is read: `seal` opens it, `inner` is where a text holds the JSON that counts."""

    form: BodyFormat = "json"
    seal: Seal | None = None
    inner: Find | None = None

    def content(self, body: bytes, secrets: Secrets) -> object:
        """What it says. Raises `DeliveryRefused`."""
        found = _parsed(body, self.form)
        if self.seal is not None:
            found = _parsed(self.seal.open(sealed_text(found), secrets), self.form)
        if self.inner is None:
            return found
        text = first(self.inner, found)
        if not isinstance(text, str):
            raise DeliveryRefused("the body has no text where its content should be")
        # Some write it as it stands, some as an address would have it.
        return _json(text if text.lstrip().startswith(("{", "[")) else unquote_plus(text))

    def sealed_of(self, delivery: Delivery) -> str:
        """The encrypted text of a delivery, of which its signature is."""
        return sealed_text(_parsed(delivery.body, self.form))


def sealed_text(content: object) -> str:
    """What is encrypted in a body. Raises `DeliveryRefused`."""
    found = content.get(_ENCRYPTED) if isinstance(content, dict) else None
    if not isinstance(found, str):
        raise DeliveryRefused("the body has nothing that is encrypted")
    return found


def _parsed(body: bytes, form: BodyFormat) -> object:
    try:
        return _xml(body) if form == "xml" else _json(body.decode())
    except UnicodeDecodeError as error:
        raise DeliveryRefused("the body is not UTF-8") from error


def _json(text: str) -> object:
    try:
        return json_numbers.loads(text)
    except ValueError as error:
        raise DeliveryRefused("the body is no JSON") from error


def _xml(body: bytes) -> object:
    if _DECLARATION.search(body):
        raise DeliveryRefused("the body declares what XML is to mean")
    try:
        return _plain(ElementTree.fromstring(body))
    except (ElementTree.ParseError, ValueError) as error:
        raise DeliveryRefused("the body is no XML") from error


def _plain(element: ElementTree.Element) -> object:
    """An element by the names of its parts; of equal names a list, without any its text."""
    inner = list(element)
    if not inner:
        return element.text or ""
    found: dict[str, object] = {}
    for name in dict.fromkeys(one.tag for one in inner):
        values: Sequence[object] = [_plain(one) for one in inner if one.tag == name]
        found[name] = values[0] if len(values) == 1 else values
    return found
