"""Reads by key, in one generation."""

from __future__ import annotations

from collections.abc import Collection as AnyOf
from collections.abc import Iterable, Iterator, Mapping, Sequence

from c360_kernel.mongodb import Collection, Document
from c360_kernel.record import Identifier

from c360_account.store.mongodb.documents import identifier_name

_NAMES_AT_ONCE = 100
# As many documents as come with a find's first answer; a server sends less if they are large.
_AT_ONCE = 10_000


async def by_id(
    collection: Collection, ids: Iterable[str], fields: Sequence[str] = ()
) -> Sequence[Document]:
    """The documents of these ids, or these fields of them."""
    return await among(collection, "_id", ids, fields)


async def among(
    collection: Collection, field: str, values: Iterable[str], fields: Sequence[str] = ()
) -> Sequence[Document]:
    """The documents with one of these values in a field."""
    wanted = list(values)
    if not wanted:
        return ()
    found = collection.find({field: {"$in": wanted}}, list(fields) or None)
    return await found.batch_size(_AT_ONCE).to_list()


class Carriers:
    """Looks for records by what they carry, save for some; gives these fields of them."""

    def __init__(
        self, records: Collection, fields: Sequence[str] = (), save_for: Iterable[str] = ()
    ) -> None:
        self._records = records
        self._fields = ["active", *fields]
        self._others: Document = {"$nin": list(save_for)}

    async def of(
        self, identifiers: AnyOf[Identifier], most: int
    ) -> Mapping[Identifier, Sequence[Document]]:
        """The first so many that carry each of these now; what nobody carries is absent."""
        by_name = {identifier_name(one): one for one in identifiers}
        found: dict[Identifier, list[Document]] = {}
        for names in _some(list(by_name)):
            for document in await self._carrying(names, most):
                for name in by_name.keys() & document["active"]:
                    held = found.setdefault(by_name[name], [])
                    if len(held) < most:
                        held.append(document)
        return found

    async def _carrying(self, names: Sequence[str], most: int) -> Sequence[Document]:
        """The records that carry one of these; of what very many carry not all."""
        wanted: Document = {"active": {"$in": list(names)}, "_id": self._others}
        limit = most * len(names)
        chosen = self._records.find(wanted, self._fields).limit(limit).batch_size(_AT_ONCE)
        found = await chosen.to_list()
        if len(found) < limit or len(names) == 1:
            return found
        # One of them has more than its share, and would leave others without theirs.
        each = [await self._carrying([name], most) for name in names]
        return list({one["_id"]: one for some in each for one in some}.values())


def _some(names: Sequence[str]) -> Iterator[Sequence[str]]:
    places = range(0, len(names), _NAMES_AT_ONCE)
    return (names[start : start + _NAMES_AT_ONCE] for start in places)
