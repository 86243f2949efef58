"""The nearest name to a mistyped one: told among what its writer may write, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.tag_values import UNKNOWN_TAG
from c360_kernel.catalog.values import (
    UNKNOWN_IDENTIFIER,
    UNKNOWN_PROPERTY,
    UNKNOWN_SOURCE,
    UNKNOWN_TRAIT,
)
from c360_kernel.nearest import did_you_mean
from c360_policy.schema.catalog_tags import property_coordinate

from c360_gateway.auth.principal import Principal
from c360_gateway.collect.items import Refusal
from c360_gateway.collect.rights import ValueCoordinates, WriteRights

_HINT = re.compile(r", did you mean '[^']*'\?$")
_MISTYPED = re.compile(r"unknown (?:property of (?P<event>\S+)|[a-z ]+) '(?P<name>.*)'", re.DOTALL)


class Hints:
    """Gives refusals the names that fit who reads them."""

    def __init__(self, catalog: Catalog, coordinates: ValueCoordinates) -> None:
        self._catalog = catalog
        self._coordinates = coordinates

    def fitting(self, refusal: Refusal, principal: Principal, rights: WriteRights) -> Refusal:
        """The refusal with the nearest name that this writer may write, if one comes close."""
        message = _HINT.sub("", refusal.message)
        mistyped = _MISTYPED.fullmatch(message)
        if message == refusal.message or mistyped is None:
            return refusal
        known = (
            [name for name in self._catalog.sources if principal.may_write(name)]
            if refusal.code == UNKNOWN_SOURCE
            else self._open(refusal.code, mistyped["event"], rights)
        )
        if known is None:
            return refusal
        return replace(refusal, message=message + did_you_mean(mistyped["name"], known))

    def _open(self, code: str, event: str | None, rights: WriteRights) -> Iterable[str] | None:
        """The names of a kind that no rule keeps from being written; None where any may be told."""
        if code == UNKNOWN_TRAIT:
            shown_by = self._coordinates.traits
        elif code == UNKNOWN_IDENTIFIER:
            shown_by = self._coordinates.identifiers
        elif code == UNKNOWN_TAG:
            shown_by = self._coordinates.tags
        elif code == UNKNOWN_PROPERTY and event is not None:
            # An object's property is shown by the same form of coordinate, and names are of one.
            of = self._catalog.events.get(event) or self._catalog.objects[event]
            shown_by = {name: (property_coordinate(event, name),) for name in of.properties}
        else:
            return None
        return [
            name
            for name, places in shown_by.items()
            if not any(rights.forbids_writing(one) for one in places)
        ]
