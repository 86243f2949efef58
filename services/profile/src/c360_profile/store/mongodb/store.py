"""The ProfileStore in one MongoDB database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from c360_kernel.payload import ProfileChanged
from typing_extensions import override

from c360_profile.store.accounts import Kept
from c360_profile.store.digest import digest_of
from c360_profile.store.mongodb.accounts import account_ids, accounts_kept
from c360_profile.store.mongodb.current import Aside, Current, aside_of, current_of
from c360_profile.store.mongodb.feeding import MongoFeeding
from c360_profile.store.mongodb.reading import MongoReading
from c360_profile.store.port import ProfileStore


class MongoProfileStore(MongoFeeding, MongoReading, ProfileStore):
    """A `ProfileStore` that several processes may feed and read at once.

    Made by `open_store` or `open_aside`.
    """

    def __init__(self, current: Current) -> None:
        MongoFeeding.__init__(self, current)
        MongoReading.__init__(self, current)
        self._connected = current

    @override
    async def emissions(self) -> AsyncIterator[ProfileChanged]:
        async for customer in self.every_customer():
            yield customer.published(self.epoch)

    @override
    async def account_ids(self, after: str, limit: int) -> Sequence[str]:
        return await account_ids(await self._connected.get(), after, limit)

    @override
    async def accounts_kept(self) -> Kept:
        return await accounts_kept(await self._connected.get())

    @override
    async def digest(self) -> str:
        return await digest_of(self)

    @override
    async def close(self) -> None:
        await self._connected.close()


class MongoProfileStoreAside(MongoProfileStore):
    """A store in the making, to be put in the place of the live one."""

    def __init__(self, aside: Aside) -> None:
        super().__init__(aside)
        self._aside = aside

    async def install(self) -> None:
        """Put it in the place of the live store, and remove that."""
        await self._aside.install()


def open_store(url: str) -> MongoProfileStore:
    """The live store of a database `mongodb://HOST/DATABASE`. Connects at its first use.

    Raises `SettingsError` for a URL that is none or names no database.
    """
    return MongoProfileStore(current_of(url))


def open_aside(url: str) -> MongoProfileStoreAside:
    """An empty store in the same database."""
    return MongoProfileStoreAside(aside_of(url))
