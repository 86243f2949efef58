"""The digest of a store's content, written once so that every adapter names equal states alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from c360_kernel.record import RecordKey, TraitValue

from c360_account.domain.counting import CountedEvent
from c360_account.domain.model import AccountRecord, Carries, HeldLink, PersonRecord


@dataclass(frozen=True, slots=True)
class Content:
    """The logical content of a store. Of whatever there are many, they come in any order."""

    records: Iterable[AccountRecord]
    carries: Mapping[RecordKey, Carries]
    links: Iterable[HeldLink]
    persons: Mapping[RecordKey, PersonRecord]
    events: Iterable[CountedEvent]
    traits: Mapping[str, Mapping[str, TraitValue]]


def digest_of(content: Content) -> str:
    """SHA-256 of the content; accounts and customers are named by their smallest (source, key)."""
    digest = hashlib.sha256()
    for line in _lines(content):
        digest.update(json.dumps(line, sort_keys=True, ensure_ascii=False).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _lines(content: Content) -> Iterator[object]:
    records = sorted(content.records, key=lambda one: one.key)
    names: dict[RecordKey | None, str] = {}
    for one in records:
        if one.live:
            names.setdefault(one.seed, str(one.key))
    for one in records:
        said = one.said.payload
        carried = content.carries.get(one.key, {})
        active = sorted(identifier for identifier, held in carried.items() if held.active)
        account = names.get(one.seed, "") if one.live else ""
        parent = str(said.parent) if said.parent else ""
        yield "record", str(one.key), one.live, account, active, dict(said.traits), parent
        if one.comes_to:
            yield "comes to", account, dict(one.comes_to)
    yield from sorted(map(_link, content.links))
    customers: dict[str, str] = {}
    for key, person in sorted(content.persons.items()):
        if person.customer:
            yield "person", str(key), customers.setdefault(person.customer, str(key))
    yield from sorted(map(_event, content.events))
    known = [(customers[id_], one) for id_, one in content.traits.items() if id_ in customers]
    yield from (("traits", name, dict(one)) for name, one in sorted(known, key=_name) if one)


def _link(link: HeldLink) -> tuple[object, ...]:
    one = link.said
    ends = str(one.link), str(one.person), str(one.account), str(one.reports_to or "")
    said = one.kind, one.role, one.title, one.influence, one.attitude
    return ("link", *ends, *said, one.primary, one.valid_from, one.valid_to)


def _event(one: CountedEvent) -> tuple[object, ...]:
    said = one.name, one.occurred_at, json.dumps(dict(one.properties), sort_keys=True)
    return ("event", str(one.record), one.message_id, *said, [*(one.account or ())])


def _name(named: tuple[str, object]) -> str:
    return named[0]
