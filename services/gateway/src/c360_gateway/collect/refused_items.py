"""The items of the topic `quarantine`, which were refused."""

from __future__ import annotations

from dataclasses import dataclass

from c360_kernel.cursors import CursorSealer
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import QUARANTINE
from c360_kernel.payload import ItemQuarantined

from c360_gateway.collect.topic_pages import Listed, TopicPage, TopicPages

RefusedItem = Listed[ItemQuarantined]
RefusedPage = TopicPage[ItemQuarantined]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items are looked for; None stands for any."""

    source: str | None = None
    code: str | None = None

    def fits(self, item: ItemQuarantined) -> bool:
        """Whether this is one of them."""
        return self.source in (None, item.source) and self.code in (None, item.code)


class RefusedItems:
    """The items of the log that were refused, under names that nobody else can make."""

    def __init__(self, log: EventLog, sealer: CursorSealer) -> None:
        self._pages = TopicPages(log, sealer, QUARANTINE, ItemQuarantined)

    async def page(self, size: int, after: str | None, wanted: Wanted) -> RefusedPage:
        """At most `size` items after a cursor. Raises `CursorInvalid`."""
        return await self._pages.page(size, after, wanted.fits)

    async def item(self, name: str) -> ItemQuarantined | None:
        """The item of this id; None when it is kept no more. Raises `CursorInvalid`."""
        return await self._pages.item(name)
