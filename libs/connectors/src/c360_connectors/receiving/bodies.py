"""What a delivery says: JSON, the flat XML of WeChat, or JSON written as a text in JSON."""

from __future__ import annotations

import re
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
_DECLARATION = re.compile(r"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_DEEPEST = 100
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
        text = body.decode()
    except UnicodeDecodeError as error:
        raise DeliveryRefused("the body is not UTF-8") from error
    return _xml(text) if form == "xml" else _json(text)


def _json(text: str) -> object:
    try:
        return json_numbers.loads(text)
    except ValueError as error:
        raise DeliveryRefused("the body is no JSON") from error


def _xml(text: str) -> object:
    """Anybody may have written it: what is encrypted is looked for before who sent it is known."""
    # A text, as in bytes of another encoding a declaration would look different.
    if _DECLARATION.search(text):
        raise DeliveryRefused("the body declares what XML is to mean")
    try:
        return _plain(ElementTree.fromstring(text), _DEEPEST)
    except (ElementTree.ParseError, ValueError) as error:
        raise DeliveryRefused("the body is no XML") from error


def _plain(element: ElementTree.Element, deepest: int) -> object:
    """An element by the names of its parts; of equal names a list, without any its text."""
    if not len(element):
        return element.text or ""
    if not deepest:
        raise DeliveryRefused("the body has too much within one another")
    found: dict[str, list[object]] = {}
    for one in element:
        found.setdefault(one.tag, []).append(_plain(one, deepest - 1))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}
