"""What calls say, as items of the collector: one to three of each call."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, NamedTuple, cast

import orjson
from c360_federation.caches import Lru
from c360_kernel.catalog.model import Catalog

from c360_gateway.collect.accounts import account_kind, link_kind
from c360_gateway.collect.collector import Given
from c360_gateway.collect.fields import FIELD_TYPE
from c360_gateway.collect.items import RawItem, Refusal
from c360_gateway.collect.kinds import consent_kind, event_kind, record_kind
from c360_gateway.doors.tracking.checking import id_of, problem_of
from c360_gateway.doors.tracking.names import Names, snake
from c360_gateway.doors.tracking.people import People
from c360_gateway.doors.tracking.times import happened_at
from c360_gateway.doors.tracking.values import CatalogValues, Fitted, flat_traits

IDENTIFIED = "identified"
"""The event of the catalog that keeps which ids were seen together, however many there are."""
_EVENTS = {
    "products_searched": "product_searched",
    "product_added_to_wishlist": "wishlist_added",
    "checkout_step_viewed": "checkout_started",
}
_PLACES = {"page": ("page_viewed",), "screen": ("screen_viewed", "page_viewed")}
_DIGEST_BYTES = 16
_VERSION = re.compile(r"\.v\d+$", re.ASCII)
_KEPT = 50_000


class CallName(NamedTuple):
    """What makes a call the same when it is sent again."""

    source: str
    type: str
    message_id: str
    key: str


class Received(NamedTuple):
    """How a call came: from which source, when (ms UTC), and what its batch says it was sent at."""

    source: str
    at: int
    sent_at: object = None


class CallItems(NamedTuple):
    """The items of one call, its `name` for ever (None for a call that cannot be taken), and what
    is known once they are taken: answers about consent, properties that have no place.

    `left_out` are the properties that its `event` has no place for, told of before or not. One that
    `is_known` was taken before and has no items.
    """

    given: Sequence[Given]
    name: CallName | None = None
    answers: frozenset[tuple[str, object]] = frozenset()
    unplaced: Sequence[tuple[str, str, str]] = ()
    event: str = ""
    left_out: Sequence[str] = ()
    is_known: bool = False


class _Said:
    """One call that can be taken, and what all of them have."""

    __slots__ = (
        "at", "call", "context", "event", "key", "left_out", "message_id", "source", "type",
        "unplaced",
    )  # fmt: skip

    def __init__(self, call: RawItem, received: Received) -> None:
        self.call = call
        self.type = cast("str", call["type"])
        self.context = _object(call, "context")
        self.key = People.key_of(call)
        self.source = received.source
        self.at = happened_at(call, received.sent_at, received.at)
        self.message_id = cast("str", call.get("messageId")) or _made_id(call)
        self.event = ""
        self.left_out: Sequence[str] = ()
        self.unplaced: Sequence[tuple[str, str, str]] = ()

    @property
    def name(self) -> CallName:
        """What makes it the same when it is sent again."""
        return CallName(self.source, self.type, self.message_id, self.key)


class Calls:
    """Makes items of calls under one catalog."""

    def __init__(self, catalog: Catalog, skew_ms: int) -> None:
        kinds = (
            record_kind(catalog, skew_ms),
            event_kind(catalog, skew_ms),
            consent_kind(catalog),
            account_kind(catalog, skew_ms),
            link_kind(catalog, skew_ms),
        )
        self._records, self._events, self._consents, self._accounts, self._links = kinds
        self.operations = tuple(kind.operation for kind in kinds)
        self._known = catalog.events
        self._names = Names(catalog.events, snake, _EVENTS)
        self._most_words = 1 + max(one.count("_") for one in (*catalog.events, *_EVENTS))
        self._places = {
            type_: next((one for one in names if one in catalog.events), names[0])
            for type_, names in _PLACES.items()
        }
        of_members = [name for name, one in catalog.accounts.kinds.items() if not one.ours]
        self._member = "member" if "member" in of_members else next(iter(of_members), "")
        self._purposes = Names(catalog.purposes, snake, {})
        self._values, self._people = CatalogValues(catalog), People(catalog)
        self._answers: Lru[tuple[str, str], frozenset[tuple[str, object]]] = Lru(_KEPT)
        self._makers = {
            "identify": self._identify,
            "track": self._track,
            "page": self._place,
            "screen": self._place,
            "group": self._group,
            "alias": self._alias,
        }
        self._told: Lru[tuple[str, str, str], bool] = Lru(_KEPT)

    def items(self, call: object, received: Received) -> CallItems:
        """What a call says. One that cannot be taken at all is an item that is refused as it is."""
        if not isinstance(call, dict):
            return self.refused(call, Refusal(FIELD_TYPE, "", "a call is an object"))
        raw = cast("dict[str, object]", call)
        problem = problem_of(raw)
        if problem is not None:
            return self.refused(raw, problem)
        said = _Said(raw, received)
        made = self._makers[said.type](said)
        answers = self._answers_in(said)
        given = [*made, *(self._answer(said, *one) for one in sorted(answers))]
        return CallItems(given, said.name, answers, said.unplaced, said.event, said.left_out)

    def event_named(self, type_: str) -> str:
        """The event that the type of a CloudEvent stands for: `com.example.order.completed.v1`
        ends as `order_completed` does. The type itself where there is none.
        """
        # Whoever sends says how many words a type has: more than a name has are not looked at.
        words = _VERSION.sub("", type_).rsplit(".", self._most_words)[-self._most_words :]
        ends = (".".join(words[begin:]) for begin in range(len(words)))
        return next((found for end in ends if (found := self._names.of(end))), type_)

    def refused(self, call: object, refusal: Refusal) -> CallItems:
        """A call that its door refuses, to be kept."""
        return CallItems([Given(self._events, call, refusal)])

    def took(self, items: CallItems) -> None:
        """Remember what is on the log now, so that it need not be said with every call."""
        if items.name is not None and items.answers:
            self._answers.put((items.name.source, items.name.key), items.answers)
        for place in items.unplaced:
            self._told.put(place, True)

    def _identify(self, said: _Said) -> list[Given]:
        traits = {**_object(said.context, "traits"), **_object(said.call, "traits")}
        fitted = self._values.traits.fitted(flat_traits(traits))
        together = self._people.seen(said.call, said.context)
        own = self._people.accounts(said.call) or together
        keeps = len(together) > len(own) and IDENTIFIED in self._known
        shown = own if keeps else together
        made = [self._record(said, shown, fitted.known)] if shown or fitted.known else []
        if keeps:
            made.append(self._event(said, IDENTIFIED, {}, together))
        if fitted.unmapped:
            # Refused, and so kept, by itself: it may be sent again once the catalog knows it.
            made.append(self._record(said, [], fitted.unmapped))
        return made

    def _track(self, said: _Said) -> list[Given]:
        name = id_of(said.call.get("event"))
        properties = _object(said.call, "properties")
        return self._happened(said, self._names.of(name) or name, properties)

    def _place(self, said: _Said) -> list[Given]:
        shown = {name: said.call.get(name) for name in ("name", "category")}
        named = {name: value for name, value in shown.items() if value not in (None, "")}
        page = _object(said.context, "page") if said.type == "page" else {}
        of_page = {name: page[name] for name in ("url", "referrer") if page.get(name)}
        properties = {**of_page, **_object(said.call, "properties"), **named}
        return self._happened(said, self._places[said.type], properties)

    def _happened(self, said: _Said, name: str, properties: RawItem) -> list[Given]:
        seen = self._people.seen(said.call, said.context)
        places = self._values.events.get(name)
        if places is None:
            return [self._event(said, name, properties, seen)]
        fitted = places.fitted(properties)
        event = self._event(said, name, fitted.known, seen)
        said.event, said.left_out = name, tuple(fitted.unmapped)
        said.unplaced = self._news(said, name, fitted)
        if not said.unplaced:
            return [event]
        # The whole of it, which the catalog refuses: what such events bring that has no place.
        return [event, self._event(said, name, fitted.all, seen)]

    def _group(self, said: _Said) -> list[Given]:
        group = id_of(said.call.get("groupId"))
        traits = flat_traits(_object(said.call, "traits"))
        fitted = self._values.of_accounts.fitted(traits)
        account = {"source": said.source, "key": group}
        # What has no place is refused, and so kept, by itself.
        patch = {**account, "mode": "PATCH", "observedAt": said.at}
        made = [
            Given(self._accounts, {**patch, "traits": one})
            for one in (fitted.known, fitted.unmapped)
            if one
        ]
        person = {"source": said.source, "key": said.key}
        link = {"source": said.source, "person": person, "account": account, "kind": self._member}
        return [*made, Given(self._links, {**link, "observedAt": said.at})]

    def _alias(self, said: _Said) -> list[Given]:
        together = self._people.seen(said.call, said.context) + self._people.former(said.call)
        return [self._event(said, IDENTIFIED, {}, together)]

    def _record(self, said: _Said, identifiers: Sequence[object], traits: RawItem) -> Given:
        item: dict[str, Any] = {
            "source": said.source,
            "key": said.key,
            "mode": "PATCH",
            "observedAt": said.at,
            "identifiers": identifiers,
            "traits": traits,
        }
        return Given(self._records, item)

    def _event(
        self, said: _Said, name: str, properties: RawItem, identifiers: Sequence[object]
    ) -> Given:
        item = {
            "source": said.source,
            "key": said.key,
            "messageId": said.message_id,
            "name": name,
            "occurredAt": said.at,
            "identifiers": identifiers,
            "properties": properties,
        }
        return Given(self._events, item)

    def _answers_in(self, said: _Said) -> frozenset[tuple[str, object]]:
        """Answers by category of consent, where they are others than those that came last."""
        given = _object(_object(said.context, "consent"), "categoryPreferences")
        answers = frozenset((name, one) for name, one in given.items() if isinstance(one, bool))
        known = self._answers.get((said.source, said.key)) if answers else None
        return frozenset() if answers == known else answers

    def _answer(self, said: _Said, category: str, granted: object) -> Given:
        item = {
            "source": said.source,
            "key": said.key,
            "purpose": self._purposes.of(category) or category,
            "status": "granted" if granted else "denied",
            "at": said.at,
        }
        return Given(self._consents, item)

    def _news(self, said: _Said, event: str, fitted: Fitted) -> list[tuple[str, str, str]]:
        """The properties without a place that were not told of yet, of this source and event."""
        places = ((said.source, event, name) for name in fitted.unmapped)
        return [place for place in places if self._told.get(place) is None]


def _object(of: RawItem, field: str) -> RawItem:
    found = of.get(field)
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}


def _made_id(call: RawItem) -> str:
    """Of a call that gives none: the same when it is sent again, if it says when it happened."""
    if call.get("timestamp") is None and call.get("originalTimestamp") is None:
        return uuid.uuid4().hex
    said = {name: value for name, value in call.items() if name != "sentAt"}
    text = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    return blake2b(text, digest_size=_DIGEST_BYTES).hexdigest()
