"""Links of persons' records to accounts' records."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence

from c360_kernel.accounts.links import Link, LinkSaid, link_of
from c360_kernel.accounts.texts import read_link_said, text_of
from c360_kernel.record import RecordKey
from c360_kernel.sqlite_reading import from_rows
from c360_kernel.sqlite_rows import insert_rows
from pyroaring import FrozenBitMap

from c360_segment.store.accounts import Linked
from c360_segment.store.sqlite.numbers import Numbers
from c360_segment.store.sqlite.values import among, read_list

_SAID = (
    "SELECT l.source, l.key, l.said FROM json_each(?) q CROSS JOIN link l"
    " ON l.source=q.value ->> 0 AND l.key=q.value ->> 1"
)
_ACTING = (
    "SELECT c.id, l.said FROM json_each(?) q CROSS JOIN customer c ON c.id=q.value"
    " CROSS JOIN record r ON r.customer=c.number CROSS JOIN link l ON l.person=r.number"
    " CROSS JOIN account_record a ON a.source=l.account_source AND a.key=l.account_key"
    " WHERE a.account<>''"
)
_LINKED_TO = (
    "SELECT p.person, r.source, r.key FROM (SELECT DISTINCT person FROM link"
    " WHERE account_source=? AND account_key=? AND person>? ORDER BY person LIMIT ?) p"
    " CROSS JOIN record r ON r.number=p.person ORDER BY p.person"
)
_ALL_LINKED = (
    "SELECT json_group_array(DISTINCT r.customer) FROM link l"
    " CROSS JOIN account_record a ON a.source=l.account_source AND a.key=l.account_key"
    " CROSS JOIN record r ON r.number=l.person WHERE a.account<>'' AND r.customer IS NOT NULL"
)
_ALL = "SELECT source, key, said FROM link ORDER BY source, key"
_SAID_ANEW = (
    "ON CONFLICT DO UPDATE SET person=excluded.person, account_source=excluded.account_source,"
    " account_key=excluded.account_key, said=excluded.said"
)


def save_links(
    connection: sqlite3.Connection,
    numbers: Numbers,
    links: Mapping[RecordKey, tuple[LinkSaid, ...]],
) -> None:
    """Put what was said of links in the place of what is there."""
    held = {key: link_of(said) for key, said in links.items()}
    known = numbers.of_records([link.person for link in held.values() if link is not None])
    rows = [
        (*key, known[link.person], *link.account, text_of(links[key]))
        if link is not None
        else (*key, None, None, None, text_of(links[key]))
        for key, link in held.items()
    ]
    insert_rows(connection, "INSERT INTO link", rows, _SAID_ANEW)


def links_by_key(
    connection: sqlite3.Connection, keys: Collection[RecordKey]
) -> Mapping[RecordKey, tuple[LinkSaid, ...]]:
    """What is kept of those of these links that are there."""
    rows = connection.execute(_SAID, (among(keys),)).fetchall()
    return {RecordKey(source, key): _read(said) for source, key, said in rows}


def acting_for(
    connection: sqlite3.Connection, customers: Collection[str]
) -> Mapping[str, Sequence[Link]]:
    """The links of these customers to records that are accounts."""
    found: dict[str, list[Link]] = {}
    for customer, said in connection.execute(_ACTING, (among(customers),)).fetchall():
        link = link_of(_read(said))
        if link is not None:
            found.setdefault(customer, []).append(link)
    return found


def linked_to(connection: sqlite3.Connection, account: RecordKey, after: str, limit: int) -> Linked:
    """The next records of persons that have to do with this one of an account, by their numbers."""
    rows = connection.execute(_LINKED_TO, (*account, int(after or 0), limit)).fetchall()
    last = str(rows[-1][0]) if len(rows) == limit else ""
    return Linked([RecordKey(source, key) for _, source, key in rows], last)


def read_linked(connection: sqlite3.Connection) -> FrozenBitMap:
    """The numbers of customers, live or not, with links to records that are accounts."""
    ((found,),) = connection.execute(_ALL_LINKED)
    return FrozenBitMap(read_list(found))


def all_links(
    connection: sqlite3.Connection,
) -> Sequence[tuple[RecordKey, tuple[LinkSaid, ...]]]:
    """What is kept of links, in the order of their keys."""
    return [(RecordKey(s, k), _read(said)) for s, k, said in connection.execute(_ALL).fetchall()]


@from_rows
def _read(text: str) -> tuple[LinkSaid, ...]:
    return read_link_said(text)
