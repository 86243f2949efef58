"""Between domain objects and documents.

What sources say is in a document as the log has it, in base64: nobody asks a server for a part of
it, and some that speak the protocol cannot replace bytes. What documents are found by stands beside
that.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
from c360_kernel.codec import decode, encode
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.log.topics import ACCOUNTS, LINKS
from c360_kernel.mongodb import Document
from c360_kernel.payload import AccountLinked, AccountUpserted
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.version import Version

from c360_account.domain.counting import AccountName, CountedEvent, EventName, ToldTraits
from c360_account.domain.model import (
    AccountRecord,
    Carried,
    Carries,
    HeldLink,
    P,
    PersonRecord,
    Said,
)
from c360_account.domain.saying import holds
from c360_account.store.values import read_values, values_text

_NO_CARRIES: Carries = {}


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """All that is kept of an account record; `record` is None until it is known what holds."""

    said: Sequence[Said[AccountUpserted]] = ()
    carries: Carries = field(default_factory=lambda: _NO_CARRIES)
    record: AccountRecord | None = None

    @property
    def active(self) -> list[Identifier]:
        """What it carries now."""
        return sorted(one for one, held in self.carries.items() if held.active)


@dataclass(frozen=True, slots=True)
class HeldStates:
    """What may hold of a link, in which edition of its document (0: it is in none)."""

    edition: int = 0
    said: Sequence[Said[AccountLinked]] = ()


def record_document(key: RecordKey, held: HeldRecord, account_id: CustomerIds) -> Document:
    """The document of an account record.

    `head` is the account that it is the oldest record of, `account` the one that it belongs to.
    """
    found: Document = {
        "_id": str(key),
        "source": key.source,
        "key": key.key,
        "id": account_id(key),
        "said": list(map(_said_document, held.said)),
        "carried": [[*one, *carried] for one, carried in sorted(held.carries.items())],
        "active": list(map(identifier_name, held.active)),
    }
    one = held.record
    if one is None:
        return found
    account = None if one.seed is None else account_id(one.seed)
    parent = one.said.payload.parent if one.live else None
    return found | {
        "age": one.age,
        "live": one.live,
        "now": _said_document(one.said),
        "seed": None if one.seed is None else str(one.seed),
        "account": account,
        "head": account if account == found["id"] else None,
        "version": one.version,
        "comes_to": values_text(one.comes_to),
        "parent": None if parent is None else str(parent),
    }


def read_held_record(document: Document) -> HeldRecord:
    """All that a document keeps of an account record."""
    said = [read_said(ACCOUNTS, one) for one in document["said"]]
    record = read_record(document) if "now" in document else None
    return HeldRecord(said, read_carries(document), record)


def read_record(document: Document) -> AccountRecord:
    """What holds of the account record of a document."""
    seed = document["seed"]
    return AccountRecord(
        RecordKey.parse(document["_id"]),
        document["age"],
        read_said(ACCOUNTS, document["now"]),
        None if seed is None else RecordKey.parse(seed),
        int(document["version"]),
        read_values(document["comes_to"]),
    )


def read_carries(document: Document) -> Carries:
    """What the account record of a document carries, or once did."""
    return {
        Identifier(type_, value): Carried(first_seen, int(since), bool(active))
        for type_, value, first_seen, since, active in document["carried"]
    }


def identifier_name(identifier: Identifier) -> str:
    """What a record is found by that carries it; types hold no colon."""
    return f"{identifier.type}:{identifier.value}"


def link_document(link: RecordKey, held: HeldStates) -> Document:
    """The document of a link. Both ends are null of a deleted one, which nobody finds by them."""
    one = holds(held.said)
    said = one.payload
    person, account = (None, None) if said.deleted else (str(said.person), str(said.account))
    return {
        "_id": str(link),
        "edition": held.edition,
        "said": list(map(_said_document, held.said)),
        "stamp": one.stamp,
        "data": text_of(encode(said)),
        "person": person,
        "account": account,
    }


def read_states(document: Document) -> HeldStates:
    """What may hold of the link of a document."""
    said = [read_said(LINKS, one) for one in document["said"]]
    return HeldStates(int(document["edition"]), said)


def read_link(document: Document) -> HeldLink:
    """The link of a document."""
    return HeldLink(document["stamp"], cast("AccountLinked", _payload(LINKS, document)))


def person_document(key: RecordKey, one: PersonRecord) -> Document:
    """The document of whose the record of a person is."""
    return {"_id": str(key), "customer": one.customer, "version": _version_text(one.version)}


def read_person(document: Document) -> PersonRecord:
    """Whose the record of a person is, of a document."""
    return PersonRecord(document["customer"], _read_version(document["version"]))


def event_id(name: EventName) -> str:
    """Names an event; sources hold no slash."""
    return f"{name.source}/{name.message_id}"


def event_document(one: CountedEvent) -> Document:
    """The document of an event."""
    return {
        "_id": event_id(one.id),
        "record": str(one.record),
        "message_id": one.message_id,
        "name": one.name,
        "occurred_at": one.occurred_at,
        "stamp": one.stamp,
        "properties": values_text(one.properties),
        "account": None if one.account is None else account_name(one.account),
    }


def read_event(document: Document) -> CountedEvent:
    """The event of a document."""
    named = document["account"]
    return CountedEvent(
        RecordKey.parse(document["record"]),
        document["message_id"],
        document["name"],
        int(document["occurred_at"]),
        document["stamp"],
        read_values(document["properties"]),
        None if named is None else AccountName(*orjson.loads(named)),
    )


def account_name(name: AccountName) -> str:
    """What events are found by that name an account like this."""
    return orjson.dumps(list(name)).decode()


def told_document(customer: str, told: ToldTraits) -> Document:
    """The document of what was told of a customer."""
    version = _version_text(told.version)
    return {"_id": customer, "version": version, "traits": values_text(told.traits)}


def read_told(document: Document) -> ToldTraits:
    """What was told of the customer of a document."""
    return ToldTraits(read_values(document["traits"]), _read_version(document["version"]))


def read_said(topic: str, document: Document) -> Said[Any]:
    """What was said, of a part of a document."""
    said = int(document["number"]), document["stamp"], document["content"]
    return Said(bool(document["own"]), *said, _payload(topic, document))


def text_of(data: bytes) -> str:
    """What the log holds, as text."""
    return b64encode(data).decode()


def bytes_of(text: str) -> bytes:
    """What the log holds, of such a text."""
    return b64decode(text)


def _said_document(one: Said[P]) -> Document:
    return {
        "own": one.own,
        "number": one.number,
        "stamp": one.stamp,
        "content": one.content,
        "data": text_of(encode(one.payload)),
    }


def _payload(topic: str, document: Document) -> Any:  # noqa: ANN401 - by the topic
    return decode(topic, bytes_of(document["data"]))


def _version_text(version: Version) -> str:
    """As text whose order is that of versions."""
    return f"{version.epoch:010}.{version.counter:019}"


def _read_version(text: str) -> Version:
    epoch, _, counter = text.partition(".")
    return Version(int(epoch), int(counter))
