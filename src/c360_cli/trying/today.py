"""The customers of an instance as they are today, read in its stores whether or not it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

from c360_audit.store.port import AuditLog
from c360_gateway.assembly.keys import derived
from c360_kernel.conditions.tree import EVERYBODY, ValueCondition
from c360_kernel.subject_names import FILE, SubjectNames
from c360_policy.trying.people import SomeCustomer
from c360_policy.trying.today import CustomersToday, TouchedCustomers, Touching
from c360_profile.store.granted import granted_purposes
from c360_profile.store.port import ProfileStore
from typing_extensions import override

from c360_cli.assembly import Instance
from c360_cli.catalogs import instance_as_it_is
from c360_cli.directory import DataDirectory
from c360_cli.recording import by_operator, put_on_record

_EVER = 2**62


class StoredToday(CustomersToday):
    """Asks the store of profile."""

    def __init__(self, store: ProfileStore) -> None:
        self._store = store

    @override
    async def count(self, condition: ValueCondition) -> int:
        return await self._store.count(condition)

    @override
    async def matching(self, condition: ValueCondition) -> frozenset[str]:
        return frozenset(await self._store.matching(condition))

    @override
    async def consenting(self, purpose: str) -> frozenset[str]:
        granted = await granted_purposes(self._store, await self.matching(EVERYBODY))
        return frozenset(one for one, purposes in granted.items() if purpose in purposes)

    async def customers(self, ids: Collection[str]) -> Mapping[str, SomeCustomer]:
        """Those of these ids that are customers now, as rules see them."""
        found = await self._store.customers(ids)
        present = {id_: one for id_, one in found.items() if not one.ended}
        granted = await granted_purposes(self._store, present.keys())
        return {id_: SomeCustomer(one.traits, granted[id_]) for id_, one in present.items()}


@asynccontextmanager
async def todays_customers(instance: Instance) -> AsyncGenerator[StoredToday]:
    """The customers that profile keeps, for a block."""
    store = cast("ProfileStore", instance.service("profile").open_store())
    try:
        yield StoredToday(store)
    finally:
        await store.close()


class StoredTouched(TouchedCustomers):
    """Asks the store of audit, of operations since a time (ms UTC)."""

    def __init__(
        self, log: AuditLog, names_of: Callable[[str], frozenset[str]], since: int
    ) -> None:
        self._log = log
        self._names_of = names_of
        self._since = since
        self._known: dict[str, frozenset[str]] = {}

    @override
    async def touching(self, keys: Collection[str], customers: Collection[str]) -> Touching:
        by_name = {name: one for one in customers for name in self._names(one)}
        if not keys or not by_name:
            return Touching(0, frozenset())
        found = await self._log.touching(sorted(keys), by_name.keys(), self._since, _EVER)
        return Touching(found.operations, frozenset(by_name[one] for one in found.names))

    def _names(self, customer: str) -> frozenset[str]:
        if customer not in self._known:
            self._known[customer] = self._names_of(customer)
        return self._known[customer]


def audit_names(instance: Instance) -> Callable[[str], frozenset[str]]:
    """What gives the names that an id has in the audit; none of one that is forgotten."""
    earlier = derived(instance.directory.key("instance"), "subjects")
    return SubjectNames(instance.directory.root / "keys" / FILE, earlier).all_of


def customers_of(data: Path, question: str, ids: Collection[str]) -> Mapping[str, SomeCustomer]:
    """Those of these ids that are customers of an instance now; the question is on record.

    Raises `SettingsError` where there is no instance, and what `put_on_record` does.
    """
    DataDirectory(data).require()
    instance = instance_as_it_is(data)
    names = audit_names(instance)
    subjects = sorted(name for one in ids for name in names(one))
    act = by_operator("audit_question", question, customers=str(len(ids)))
    put_on_record(data, replace(act, subjects=tuple(subjects)))

    async def found() -> Mapping[str, SomeCustomer]:
        async with todays_customers(instance) as today:
            return await today.customers(ids)

    return asyncio.run(found())
