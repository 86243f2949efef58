"""The digest of a store's content, written once so that every adapter names equal states alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from c360_kernel.accounts.links import LinkSaid
from c360_kernel.accounts.said import AccountSaid
from c360_kernel.objects.known import KnownObject
from c360_kernel.record import RecordKey, TraitValue

from c360_segment.domain.saved import SavedSegment
from c360_segment.domain.state import EventName, RecordState, SeenEvent


@dataclass(frozen=True, slots=True)
class Content:
    """The logical content of a store.

    `events` come in the order of their names, `records` in the order of their keys;
    `live` holds the traits of live customers; `members` the customers of each segment; `saved` the
    newest version of each segment that people made, by name; `links` what may hold of each, and
    `accounts` of which account each record is and what is told with it, by key. Accounts are named
    as their service does. `account_said` is what may hold of the traits of each record of an
    account, by key. `objects` all of them, by name.
    """

    events: Iterable[tuple[EventName, SeenEvent]]
    records: Iterable[tuple[RecordKey, RecordState]]
    live: Mapping[str, Mapping[str, TraitValue]]
    members: Mapping[str, Iterable[str]]
    saved: Sequence[SavedSegment] = ()
    objects: Iterable[KnownObject] = ()
    links: Sequence[tuple[RecordKey, tuple[LinkSaid, ...]]] = ()
    accounts: Sequence[tuple[RecordKey, str, Mapping[str, TraitValue]]] = ()
    account_said: Sequence[tuple[RecordKey, tuple[AccountSaid, ...]]] = ()


def digest_of(content: Content) -> str:
    """SHA-256 of the content; customers are named by their smallest (source, key)."""
    digest = hashlib.sha256()
    for line in _lines(content):
        digest.update(json.dumps(line, sort_keys=True, ensure_ascii=False).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _lines(content: Content) -> Iterator[object]:
    for name, event in content.events:
        yield "event", name, event.record, event.name, event.at, event.properties
    names: dict[str, str] = {}
    for record, state in content.records:
        if state.customer:
            names.setdefault(state.customer, str(record))
        if state.customer or state.counts:
            yield "record", record, names.get(state.customer, ""), state.counts
    yield from sorted(
        ("profile", names.get(customer, ""), json.dumps(traits, sort_keys=True))
        for customer, traits in content.live.items()
    )
    for one in content.saved:
        yield "saved", one.name, one.version, one.stamp, one.condition, one.archived
    for known in content.objects:
        said = known.source, known.observed_at, known.deleted, known.properties
        yield "object", *known.name, *said
    yield from (("link", *pair) for pair in content.links)
    for record, account, comes_to in content.accounts:
        yield "account", record, account
        if comes_to:
            yield "comes to", account, comes_to
    yield from (("said of account", *pair) for pair in content.account_said)
    for segment in sorted(content.members):
        for name in sorted(names.get(customer, "") for customer in content.members[segment]):
            yield "member", segment, name
