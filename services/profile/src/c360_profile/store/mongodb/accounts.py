"""Links to accounts, the records of accounts, and what filters see of each, as documents.

Several units may run at once, also over records of one account. Each reads the document of an
account before it reads the records, writes the records first, and then saves every account that it
made, changed or not, as the next edition: as customers are saved, and for the same reason. So the
document of an account that is gone stays, and says nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import orjson
from c360_kernel.accounts.links import LinkSaid, link_of
from c360_kernel.accounts.texts import read_account_said, read_link_said, text_of
from c360_kernel.conditions.tree import Values
from c360_kernel.mongodb import Collection as Documents
from c360_kernel.mongodb import Document
from c360_kernel.mongodb_deadline import store_errors
from c360_kernel.record import RecordKey
from c360_kernel.version import Version

from c360_profile.domain.acting import AccountRecord, AccountRecords, Links
from c360_profile.store.accounts import Kept
from c360_profile.store.mongodb.generation import Generation
from c360_profile.store.mongodb.reads import by_id
from c360_profile.store.mongodb.values import plain, read_values
from c360_profile.store.mongodb.writes import save_next_editions

_THERE: Document = {"gone": False}


class _Held:
    """Documents as a unit read them, and as it writes them."""

    def __init__(self, documents: Documents) -> None:
        self.documents = documents
        self.written: dict[str, Document] = {}
        self._read: dict[str, Document | None] = {}

    async def get(self, ids: Iterable[str]) -> dict[str, Document]:
        """Those of these documents that are there, by id."""
        wanted = set(ids)
        unread = wanted - self._read.keys()
        found = {one["_id"]: one for one in await by_id(self.documents, unread)}
        self._read |= {id_: found.get(id_) for id_ in unread}
        held = {id_: self.written.get(id_, self._read[id_]) for id_ in wanted}
        return {id_: one for id_, one in held.items() if one is not None}

    async def put(self, documents: Mapping[str, Document]) -> None:
        """Have these written in the place of what is there."""
        await self.get(documents)
        self.written |= {id_: {"_id": id_, **one} for id_, one in documents.items()}

    async def write(self) -> None:
        """Write them; `Conflict` if one was saved since it was read."""
        editions = {id_: self._edition(id_) + 1 for id_ in self.written}
        saved = {id_: {**one, "edition": editions[id_]} for id_, one in self.written.items()}
        await save_next_editions(self.documents, saved)

    def _edition(self, id_: str) -> int:
        held = self._read[id_]
        return 0 if held is None else int(held["edition"])


class HeldAccounts:
    """What a unit of work does with accounts, until it writes it."""

    def __init__(self, generation: Generation) -> None:
        self._links = _Held(generation.links)
        self._records = _Held(generation.account_records)
        self._accounts = _Held(generation.accounts)

    @property
    def says_anything(self) -> bool:
        """Whether there is anything to write."""
        return any(one.written for one in (self._links, self._records, self._accounts))

    async def links(self, keys: Collection[RecordKey]) -> Links:
        """What may hold of these links."""
        return _links((await self._links.get(map(str, keys))).values())

    async def keep_links(self, links: Links) -> None:
        """Put what was said of links in the place of what is there."""
        await self._links.put({str(key): _link_document(said) for key, said in links.items()})

    async def account_records(self, keys: Collection[RecordKey]) -> AccountRecords:
        """What is known of these records of accounts."""
        return _records((await self._records.get(map(str, keys))).values())

    async def keep_account_records(self, records: AccountRecords) -> None:
        """Put what is known of records in the place of what is there."""
        await self._records.put({str(key): _record_document(one) for key, one in records.items()})

    async def records_of_accounts(self, accounts: Collection[str]) -> Mapping[str, AccountRecords]:
        """The records that these accounts have now; the accounts themselves are read before."""
        await self._accounts.get(accounts)
        with store_errors():
            chosen = self._records.documents.find({"account": {"$in": list(accounts)}})
            known = {one["_id"]: one for one in await chosen.to_list()}
        found: dict[str, dict[RecordKey, AccountRecord]] = {}
        for key, one in _records({**known, **self._records.written}.values()).items():
            if one.account and one.account in accounts:
                found.setdefault(one.account, {})[key] = one
        return found

    async def keep_accounts(self, values: Mapping[str, Values | None]) -> None:
        """Let filters see this of accounts."""
        await self._accounts.put({id_: _account_document(one) for id_, one in values.items()})

    async def write(self) -> None:
        """Write it, what accounts are made of before them."""
        for held in (self._links, self._records, self._accounts):
            await held.write()


async def account_ids(generation: Generation, after: str, limit: int) -> Sequence[str]:
    """The first ids of accounts after one."""
    with store_errors():
        found = generation.accounts.find({**_THERE, "_id": {"$gt": after}}, {"_id": 1})
        return [one["_id"] for one in await found.sort([("_id", 1)]).limit(limit).to_list()]


async def accounts_kept(generation: Generation) -> Kept:
    """All that is kept of accounts."""
    with store_errors():
        links = await generation.links.find({}).to_list()
        records = await generation.account_records.find({}).to_list()
        accounts = await generation.accounts.find(_THERE).to_list()
    return Kept(_links(links), _records(records), {one["_id"]: values_in(one) for one in accounts})


def values_in(document: Document) -> Values:
    """What the document of an account says of it."""
    return read_values(document["traits"]) | read_values(document["lists"])


def _account_document(values: Values | None) -> Document:
    known = values or {}
    return {
        "gone": values is None,
        "traits": {name: v for name, v in known.items() if not isinstance(v, tuple)},
        "lists": plain({name: v for name, v in known.items() if isinstance(v, tuple)}),
    }


def _link_document(said: tuple[LinkSaid, ...]) -> Document:
    link = link_of(said)
    if link is None:
        return {"said": text_of(said)}
    return {
        "person": str(link.person),
        "account": str(link.account),
        "kind": link.kind,
        "role": link.role,
        "since": link.since,
        "until": link.until,
        "said": text_of(said),
    }


def _links(documents: Iterable[Document]) -> Links:
    return {RecordKey.parse(one["_id"]): read_link_said(one["said"]) for one in documents}


def _record_document(one: AccountRecord) -> Document:
    body = [one.before, *one.version, one.comes_to]
    return {
        "account": one.account,
        "body": orjson.dumps(body).decode(),
        "said": text_of(one.said),
    }


def _records(documents: Iterable[Document]) -> AccountRecords:
    return {RecordKey.parse(one["_id"]): _record(one) for one in documents}


def _record(document: Document) -> AccountRecord:
    before, epoch, counter, comes_to = orjson.loads(document["body"])
    told = {name: tuple(v) if isinstance(v, list) else v for name, v in comes_to.items()}
    said = read_account_said(document["said"])
    return AccountRecord(document["account"], before, Version(epoch, counter), told, said)
