"""Traits and properties as a catalog names them; what it does not know is told apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, cast

from c360_kernel.catalog.model import Catalog

from c360_gateway.collect.items import RawItem
from c360_gateway.doors.tracking.names import Names, camel

_DAY = len("2026-01-31")
_MIDNIGHT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T00:00:00(\.0+)?(Z|\+00:00)", re.ASCII)
_TRAITS = {
    "birthday": "birthDate",
    "street": "address",
    "zip": "postalCode",
    "jobTitle": "title",
    "employeeCount": "employees",
}
_PROPERTIES = {
    "revenue": "amount",
    "total": "amount",
    "value": "amount",
    "name": "page",
    "productCategory": "category",
}
# Segment's own nested traits: what is in them, and under which name.
_ADDRESS, _COMPANY = "address", "company"


class Typed(Protocol):
    """A trait or a property."""

    @property
    def type(self) -> str:
        """Of what type its values are."""
        ...


class Fitted(NamedTuple):
    """Values by the catalog's names, and those that it has no name for, by the sender's."""

    known: dict[str, object]
    unmapped: dict[str, object]

    @property
    def all(self) -> dict[str, object]:
        """All values; whole, the catalog refuses them if one has no place."""
        return {**self.known, **self.unmapped}


class Values:
    """Finds a place for each value among these of a catalog."""

    def __init__(self, of: Mapping[str, Typed], aliases: Mapping[str, str]) -> None:
        self._of = of
        self._names = Names(of, camel, aliases)

    def fitted(self, given: Mapping[str, object]) -> Fitted:
        """Each value at its place; of two for one the exact name's, else the first, counts."""
        fitted = Fitted({}, {})
        for name, value in given.items():
            place = self._names.of(name)
            if place is None or (place in fitted.known and place != name):
                if value is not None:
                    fitted.unmapped[name] = value
            else:
                fitted.known[place] = self._as_typed(place, value)
        return fitted

    def _as_typed(self, place: str, value: object) -> object:
        """Ids come as numbers, days as their midnight: as text and as days they lose nothing."""
        wanted = self._of[place].type
        if wanted == "string" and isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if wanted == "date" and isinstance(value, str) and _MIDNIGHT.fullmatch(value):
            return value[:_DAY]
        return value


class CatalogValues:
    """The places of a whole catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self.traits = Values(catalog.traits, _TRAITS)
        self.of_accounts = Values(catalog.accounts.traits, _TRAITS)
        self.events = {
            name: Values(event.properties, _PROPERTIES) for name, event in catalog.events.items()
        }


def flat_traits(given: RawItem) -> dict[str, object]:
    """Segment's nested traits, `address` and `company`, beside the others."""
    flat = dict(given)
    address, company = given.get(_ADDRESS), given.get(_COMPANY)
    if isinstance(address, dict):
        del flat[_ADDRESS]
        flat = {**cast("dict[str, Any]", address), **flat}
    if isinstance(company, dict):
        flat[_COMPANY] = cast("dict[str, Any]", company).get("name")
    return flat
