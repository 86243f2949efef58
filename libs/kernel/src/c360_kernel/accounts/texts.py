"""What is said of links and of accounts' records as JSON text, which no store looks into."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from c360_kernel.accounts.links import Link, LinkSaid
from c360_kernel.accounts.said import AccountSaid
from c360_kernel.record import RecordKey


def text_of(said: Iterable[LinkSaid | AccountSaid]) -> str:
    """All of it, in its order."""
    return orjson.dumps(list(said), default=tuple).decode()


def read_link_said(text: str) -> tuple[LinkSaid, ...]:
    """What was said of a link, of the text of it."""
    return tuple(
        LinkSaid(own, number, stamp, content, _read_link(link))
        for own, number, stamp, content, link in orjson.loads(text)
    )


def _read_link(cells: Sequence[Any] | None) -> Link | None:
    if cells is None:
        return None
    person, account, *others = cells
    return Link(RecordKey(*person), RecordKey(*account), *others)


def read_account_said(text: str) -> tuple[AccountSaid, ...]:
    """What was said of a record of an account, of the text of it."""
    return tuple(map(_read_account, orjson.loads(text)))


def _read_account(cells: Sequence[Any]) -> AccountSaid:
    own, number, stamp, content, named, observed_at, deleted, traits = cells
    parts = None if named is None else tuple(named)
    values = {n: tuple(v) if isinstance(v, list) else v for n, v in traits.items()}
    return AccountSaid(own, number, stamp, content, parts, observed_at, deleted, values)
