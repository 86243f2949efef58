"""What a batch says that what accounts come to may be another by: scheduled, to be worked out.

It is noted what changed, and not for which accounts: these are looked for once all of it is
written, so that of two units that run side by side the later one finds what both have said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import orjson
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.record import RecordKey

from c360_account.domain.counting import AccountName, CountedEvent
from c360_account.store.port import AccountUnit

_AT_ONCE = 0
"""A moment that is over whatever the present, in ms UTC."""
_PERSON, _CUSTOMER, _RECORD, _ACCOUNT = "person", "customer", "record", "account"
_NAMED, _OWNED, _RUN_OUT = "named", "owned", "due"


class Marked(NamedTuple):
    """What changed: records of persons, customers, records of accounts, accounts themselves, how
    events name accounts, whose records of persons are; and accounts of which something runs out."""

    persons: frozenset[RecordKey]
    customers: frozenset[str]
    records: frozenset[RecordKey]
    accounts: frozenset[str]
    names: frozenset[AccountName]
    owned: frozenset[RecordKey]
    run_out: frozenset[str]


class Marks:
    """What one batch changes, noted under the stamp of its last entry: no other batch has it."""

    def __init__(self) -> None:
        self._parts: set[tuple[str, ...]] = set()

    def persons(self, keys: Iterable[RecordKey]) -> None:
        """Something of these records of persons is other: what happened on them, for whom they
        act."""
        self._parts.update((_PERSON, *key) for key in keys)

    def owned(self, keys: Iterable[RecordKey]) -> None:
        """These records of persons are another's, or nobody's: then nothing on them counts."""
        for key in keys:
            self._parts.add((_OWNED, *key))

    def customers(self, ids: Iterable[str]) -> None:
        """Something of these customers is other: their records, or what is read of them."""
        self._parts.update((_CUSTOMER, id_) for id_ in ids if id_)

    def records(self, keys: Iterable[RecordKey]) -> None:
        """Something of these records of accounts is other."""
        self._parts.update((_RECORD, *key) for key in keys)

    def accounts(self, ids: Iterable[str]) -> None:
        """These accounts had other records."""
        self._parts.update((_ACCOUNT, id_) for id_ in ids if id_)

    def events(self, events: Iterable[CountedEvent]) -> None:
        """These events came, or are no longer what counts under their name."""
        for one in events:
            self.persons([one.record])
            if one.account is not None:
                self._parts.add((_NAMED, *one.account))

    def schedule(self, unit: AccountUnit, stamp: str) -> None:
        """Have all of it looked at."""
        for part in sorted(self._parts):
            unit.schedule(_AT_ONCE, _key(part, stamp))


def schedule_change(unit: AccountUnit, account: str, at: int) -> None:
    """Have what an account comes to looked at when something of it runs out (ms UTC)."""
    unit.schedule(at, _key((_RUN_OUT, account), ""))


def marked(due: Iterable[Scheduled]) -> Marked:
    """What is noted by what is due."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for kind, *part in _parts(due):
        found.setdefault(kind, set()).add(tuple(part))
    return Marked(
        frozenset(RecordKey(*one) for one in found.get(_PERSON, ())),
        frozenset(id_ for (id_,) in found.get(_CUSTOMER, ())),
        frozenset(RecordKey(*one) for one in found.get(_RECORD, ())),
        frozenset(id_ for (id_,) in found.get(_ACCOUNT, ())),
        frozenset(AccountName(*one) for one in found.get(_NAMED, ())),
        frozenset(RecordKey(*one) for one in found.get(_OWNED, ())),
        frozenset(id_ for (id_,) in found.get(_RUN_OUT, ())),
    )


def _key(part: tuple[str, ...], stamp: str) -> str:
    return orjson.dumps([stamp, *part]).decode()


def _parts(due: Iterable[Scheduled]) -> Iterator[list[str]]:
    return (orjson.loads(one.key)[1:] for one in due)
