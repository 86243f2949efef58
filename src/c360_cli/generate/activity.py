"""What people do: visits, baskets, orders, questions; and what they allow."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from c360_cli.generate import calendar, numbers
from c360_cli.generate.sources import Values
from c360_cli.generate.vocabulary import CATEGORIES, PAGES, TICKET_TOPICS
from c360_cli.generate.world import Identifiers, WorldConsent, WorldEvent, WorldRecord

_MOST_VISITS = 4
_ONLINE = {"web": "web", "miniprogram": "wechat"}
_ASKED_AT = {"crm": "call-centre", "web": "web-form", "miniprogram": "miniprogram", "store": "till"}


class Activity:
    """Gives every event of the world its message id, unique in its source."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._sessions = 0

    def of(self, record: WorldRecord) -> Iterator[WorldEvent]:
        """What is seen of a person at one of the sources."""
        if record.source in _ONLINE:
            for _ in range(self._chance.randrange(_MOST_VISITS)):
                yield from self._visit(record)
        elif record.source == "store":
            yield from self._store_visits(record)
        elif record.source == "erp":
            for _ in range(self._chance.randrange(3)):
                yield self._event(record, "order_completed", self._order())
        elif self._chance.random() < 0.15:
            ticket: Values = {
                "ticketId": f"T{self._sessions:07d}",
                "topic": self._chance.choice(TICKET_TOPICS),
                "channel": "phone",
            }
            yield self._event(record, "support_ticket_opened", ticket)

    def anonymous(self, key: str, cookie: str) -> Iterator[WorldEvent]:
        """Page views before anybody logged in: the subject is known by its cookie alone."""
        nobody = WorldRecord("web", key, 1, "", {"cookie": [cookie]}, {})
        for _ in range(self._chance.randrange(1, 4)):
            yield self._event(nobody, "page_viewed", self._page("web"), {"cookie": [cookie]})

    def _visit(self, record: WorldRecord) -> Iterator[WorldEvent]:
        """A walk through the funnel that may stop at any step."""
        platform = _ONLINE[record.source]
        session = numbers.token("session", self._sessions, 16)
        place: Values = {"sessionId": session, "platform": platform}
        product: Values = {
            "productId": f"P{self._chance.randrange(500):04d}",
            "price": float(self._chance.randrange(5, 300)),
        }
        yield self._event(record, "page_viewed", self._page(platform) | place)
        if self._chance.random() < 0.7:
            seen: Values = {"category": self._chance.choice(CATEGORIES)}
            yield self._event(record, "product_viewed", product | seen | place)
            if self._chance.random() < 0.5:
                yield self._event(record, "product_added", product | {"quantity": 1} | place)
                if self._chance.random() < 0.6:
                    yield self._event(record, "order_completed", self._order() | place)

    def _store_visits(self, record: WorldRecord) -> Iterator[WorldEvent]:
        shown = {"device": record.identifiers["device"]} if "device" in record.identifiers else {}
        for _ in range(self._chance.randrange(1, 3)):
            visited: Values = {"storeId": record.key.partition("-")[0]}
            if "city" in record.traits:
                visited["city"] = record.traits["city"]
            yield self._event(record, "store_visited", visited, shown)
            if self._chance.random() < 0.5:
                yield self._event(record, "order_completed", self._order())

    def _page(self, platform: str) -> Values:
        return {"page": self._chance.choice(PAGES), "platform": platform}

    def _order(self) -> Values:
        return {
            "orderId": f"O{self._sessions:08d}",
            "amount": round(self._chance.lognormvariate(4, 0.8), 2),
            "quantity": self._chance.randrange(1, 5),
            "currency": "CNY",
        }

    def _event(
        self,
        record: WorldRecord,
        name: str,
        properties: Values,
        identifiers: Identifiers | None = None,
    ) -> WorldEvent:
        self._sessions += 1
        return WorldEvent(
            source=record.source,
            key=record.key,
            message_id=f"{record.source}-{self._sessions:08d}",
            name=name,
            occurred_at=calendar.moment(self._chance),
            identifiers=identifiers or {},
            properties=properties,
        )


def consents_of(
    chance: Random, record: WorldRecord, purposes: tuple[str, ...]
) -> Iterator[WorldConsent]:
    """What the person said at a source that asks; some change their mind."""
    channel = _ASKED_AT.get(record.source)
    if channel is None or chance.random() < 0.3:
        return
    for purpose in purposes:
        status = chance.choices(("granted", "denied"), weights=(8, 2))[0]
        at = calendar.moment(chance)
        yield WorldConsent(record.source, record.key, purpose, status, at, channel)
        if status == "granted" and chance.random() < 0.1:
            at = calendar.later(chance, at)
            yield WorldConsent(record.source, record.key, purpose, "withdrawn", at, channel)
