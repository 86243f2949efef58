"""The digest of a profile store: equal content, equal digest, whatever the adapter or run."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

import orjson
from c360_kernel.accounts.links import link_of
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.record import RecordKey
from c360_kernel.stamp import stamp_ms

from c360_profile.domain.consent import most_restrictive
from c360_profile.domain.customer import Customer, belonging
from c360_profile.domain.event import Event
from c360_profile.domain.query import CustomerQuery, Place, Window
from c360_profile.domain.record import SourceRecord
from c360_profile.store.accounts import Kept
from c360_profile.store.port import ProfileReader, ProfileStore

_PAGE = 500


async def digest_of(store: ProfileStore) -> str:
    """SHA-256, in hex, over the live customers by the smallest (source, key) of each.

    Of each: golden traits, timeline, consents, tags. Then all objects, all links to accounts that
    hold, and all accounts. Left out are ids, stamps,
    versions, and times of events that were given on arrival.
    """
    lines: list[tuple[RecordKey, bytes]] = []
    async for customers in _pages(store):
        ids = [customer.id for customer in customers]
        linked = await store.linked(ids)
        events = await store.timeline(ids, Window())
        for customer in customers:
            own = belonging(customer.id, linked.get(customer.id, ()))
            lines.append(_line(customer, own, events.get(customer.id, ())))
    total = hashlib.sha256()
    for _, line in sorted(lines):
        total.update(line)
    async for objects in _object_pages(store):
        for one in objects:
            # When it was observed may have been given on arrival.
            said = [*one.name, one.deleted, dict(one.properties)]
            total.update(orjson.dumps(said, option=orjson.OPT_SORT_KEYS))
    for line in _lines_of_accounts(await store.accounts_kept()):
        total.update(line)
    return total.hexdigest()


def _lines_of_accounts(kept: Kept) -> Iterator[bytes]:
    """Links by their names, and accounts by their records; nothing where there are none."""
    links = ((str(key), link_of(said)) for key, said in kept.links.items())
    for key, link in sorted(one for one in links if one[1] is not None):
        yield orjson.dumps([key, link], default=tuple)
    parts: dict[str, list[str]] = {}
    for key, one in kept.records.items():
        parts.setdefault(one.account, []).append(str(key))
    # Records of none are what was deleted: each run may remember more of them than another.
    parts.pop("", None)
    for keys, id_ in sorted((sorted(keys), id_) for id_, keys in parts.items()):
        values = dict(kept.values.get(id_, {}))
        yield orjson.dumps([keys, values], option=orjson.OPT_SORT_KEYS)


async def _object_pages(store: ProfileReader) -> AsyncIterator[Sequence[KnownObject]]:
    after = ObjectName("", "")
    while objects := await store.object_page(after, _PAGE):
        yield objects
        after = objects[-1].name


async def _pages(store: ProfileReader) -> AsyncIterator[Sequence[Customer]]:
    after: Place | None = None
    while customers := await store.page(CustomerQuery(after=after), _PAGE):
        yield customers
        after = Place((), customers[-1].id)


def _line(
    customer: Customer, own: Iterable[SourceRecord], events: Iterable[Event]
) -> tuple[RecordKey, bytes]:
    by_key = {record.key: record.consents.values() for record in own}
    consents = [(c.consent.purpose, c.consent.status) for c in most_restrictive(by_key.items())]
    timeline = sorted(map(_happened, events), key=lambda happened: happened[:2])
    # Nothing is added for a customer without tags: most have none.
    tags = [dict(customer.tags)] if customer.tags else []
    content = orjson.dumps(
        [[str(key) for key in sorted(by_key)], dict(customer.traits), timeline, consents, *tags],
        option=orjson.OPT_SORT_KEYS,
    )
    return min(by_key), hashlib.sha256(content).digest()


def _happened(event: Event) -> tuple[str, str, str, int | None, object]:
    arrived = event.occurred_at == stamp_ms(event.stamp)
    occurred_at = None if arrived else event.occurred_at
    return (str(event.record), event.message_id, event.name, occurred_at, dict(event.properties))
