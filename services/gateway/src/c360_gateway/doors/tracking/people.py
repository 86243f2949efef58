"""Whom a call is about: the record, and the identifiers by which it is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from c360_kernel.catalog.model import Catalog

from c360_gateway.collect.items import RawItem
from c360_gateway.doors.tracking.checking import id_of

ANONYMOUS = "anonymous:"
"""A record of somebody who has not said who it is begins so; the anonymous id follows."""
_USER, _BROWSER, _DEVICE = ("account",), ("anonymous_id", "cookie"), ("device",)
Pair = dict[str, object]


class People:
    """Names people by the identifier types that a catalog has.

    `userId` is an `account`, `anonymousId` an `anonymous_id` or else a `cookie`, the device's id a
    `device`; ids of `context.externalIds` go by the type of that name. What the catalog has no type
    for is evidence of nothing.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._known = catalog.written_identifiers
        self._user, self._browser = self._first(_USER), self._first(_BROWSER)
        self._device = self._first(_DEVICE)

    @staticmethod
    def key_of(call: RawItem) -> str:
        """The key of the record that a call is about."""
        return id_of(call.get("userId")) or ANONYMOUS + id_of(call.get("anonymousId"))

    def accounts(self, call: RawItem) -> list[Pair]:
        """What tells one user from another."""
        return self._pair(self._user, id_of(call.get("userId")))

    def seen(self, call: RawItem, context: Mapping[str, Any]) -> list[Pair]:
        """All that this call shows of whom it is about."""
        return [
            *self.accounts(call),
            *self._pair(self._browser, id_of(call.get("anonymousId"))),
            *self.others(context),
        ]

    def others(self, context: Mapping[str, Any]) -> list[Pair]:
        """What the context knows besides."""
        device = context.get("device")
        id_ = cast("RawItem", device).get("id") if isinstance(device, dict) else None
        external = context.get("externalIds")
        listed = cast("list[object]", external) if isinstance(external, list) else ()
        return [
            *self._pair(self._device, id_of(id_)),
            *(pair for one in listed if isinstance(one, dict) for pair in self._external(one)),
        ]

    def former(self, call: RawItem) -> list[Pair]:
        """The id that somebody had before: a browser's, and unless it is this one's a user's."""
        previous = id_of(call.get("previousId"))
        browser = self._pair(self._browser, previous)
        if previous == id_of(call.get("anonymousId")):
            return browser
        return [*self._pair(self._user, previous), *browser]

    def _external(self, one: dict[str, object]) -> list[Pair]:
        type_, is_user = id_of(one.get("type")), one.get("collection") in (None, "users")
        return self._pair(type_, id_of(one.get("id"))) if is_user and type_ in self._known else []

    def _first(self, types: tuple[str, ...]) -> str:
        return next((one for one in types if one in self._known), "")

    @staticmethod
    def _pair(type_: str, value: str) -> list[Pair]:
        return [{"type": type_, "value": value}] if type_ and value else []
