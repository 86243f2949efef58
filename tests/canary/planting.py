"""Canaries: a value of its own for every tagged trait, property, identifier and key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from c360_kernel.catalog.model import Catalog, PropertyType, TraitType
from c360_kernel.catalog.names import PUBLIC, camel, pascal

CUSTOMERS = 4
OWNERS = ("ann", "bob")
_LETTERS = "bcdfghjkmnpqrstvwxz"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SCOPED = {"openid": "wxapp:", "passport": "DE:", "driving_licence": "GB:"}
_KEYS = ("SourceRecord.key", "TraitProvenance.key", "TraitCandidate.key", "Consent.key")


@dataclass(frozen=True)
class Canary:
    """A planted value, what of it no mask may show, the coordinates that hold it, and whose it is.

    `owner` looks after the customer.
    """

    value: Any
    trace: str
    coordinates: tuple[str, ...]
    owner: str = ""


class Planter:
    """Makes the items of a small world, and remembers what it planted."""

    def __init__(self, catalog: Catalog, seed: int) -> None:
        self.canaries: list[Canary] = []
        self._catalog = catalog
        self._chance = Random(f"canaries/{seed}")
        self._number = 0
        self._owner = ""
        self._owners: dict[str, str] = {}

    def records(self) -> Iterator[dict[str, Any]]:
        """Two records of each customer: what the CRM says, and a shop login with the same phone."""
        for number in range(CUSTOMERS):
            self._owner = OWNERS[number % len(OWNERS)]
            traits = {name: self._trait(trait) for name, trait in self._catalog.traits.items()}
            traits["owner"] = self._owner
            identifiers = [
                {"type": name, "value": self._identifier(name)}
                for name in self._catalog.written_identifiers
                if name not in {"phone", "email", "national_id"}
            ]
            yield self._record("crm", identifiers, traits)
            yield self._record("web", [{"type": "phone", "value": traits["phone"]}], {})

    def events(self, record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """One of every kind, on a record."""
        self._owner = self._owners[record["key"]]
        for number, event in enumerate(self._catalog.events.values()):
            kind = pascal(event.name)
            properties = {
                name: self._property(f"{kind}.{name}", found)
                for name, found in event.properties.items()
            }
            yield {
                "source": record["source"],
                "key": record["key"],
                "messageId": self._word(f"{kind}.messageId", "Event.messageId"),
                "name": event.name,
                "occurredAt": f"2026-01-02T00:00:{number:02}Z",
                "properties": properties,
            }

    def _record(
        self, source: str, identifiers: list[Any], traits: dict[str, Any]
    ) -> dict[str, Any]:
        kinds = (f"{pascal(name)}.key" for name in self._catalog.events)
        key = self._word(*_KEYS, "Event.key", *kinds)
        self._owners[key] = self._owner
        return {
            "source": source,
            "key": key,
            "revision": 1,
            "identifiers": identifiers,
            "traits": traits,
        }

    def _trait(self, trait: TraitType) -> Any:
        held = [f"Profile.{trait.name}", f"RecordTraits.{trait.name}"]
        if trait.identifier is not None:
            held.append(f"Identifiers.{camel(trait.identifier)}")
        if trait.name == "phone":
            digits = f"139{self._chance.randrange(10**7, 10**8)}"
            return self._planted(digits, digits[:8], *held)
        if trait.name == "email":
            core = self._core()
            held.append("Identifiers.mailbox")
            return self._planted(f"zy{core}+shop@gmail.com", core, *held)
        if trait.name == "nationalId":
            stem = f"1101051987{self._next() % 12 + 1:02}{self._chance.randrange(10, 29)}"
            return self._planted(_checked(f"{stem}{self._next():03}"[:17]), stem, *held)
        return self._value(trait, *held)

    def _property(self, coordinate: str, given: PropertyType) -> Any:
        return self._value(given, coordinate)

    def _value(self, given: TraitType | PropertyType, *held: str) -> Any:
        if isinstance(given, TraitType) and given.choices:
            return given.choices[0]
        number = self._next()
        by_type: dict[str, tuple[Any, str]] = {
            "boolean": (True, ""),
            "int": (70_000_000 + number * 1_013, str(70_000_000 + number * 1_013)),
            "float": (7_000_000.25 + number * 1_013, str(7_000_000.25 + number * 1_013)),
            "date": (f"19{50 + number % 40}-10-{number % 19 + 10}", ""),
            "datetime": (f"2019-{number % 9 + 1:02}-{number % 18 + 10}T06:05:04Z", ""),
        }
        if given.type in by_type:
            value, trace = by_type[given.type]
            trace = trace or (str(value)[:10] if given.type != "boolean" else "")
        else:
            core = self._core()
            value, trace = f"cn{core}ry", core
            value = [value] if given.type == "strings" else value
        if given.tag == PUBLIC or not trace:
            return value
        return self._planted(value, trace, *held)

    def _identifier(self, name: str) -> str:
        core = self._core()
        held = f"Identifiers.{camel(name)}"
        return self._planted(f"{_SCOPED.get(name, '')}cn{core}8{self._next()}", core, held)

    def _word(self, *held: str) -> str:
        core = self._core()
        return self._planted(f"cn{core}ry", core, *held)

    def _planted(self, value: Any, trace: str, *held: str) -> Any:
        self.canaries.append(Canary(value, trace, held, self._owner))
        return value

    def _core(self) -> str:
        return "".join(self._chance.choices(_LETTERS, k=10))

    def _next(self) -> int:
        self._number += 1
        return self._number


def _checked(stem: str) -> str:
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, stem, strict=True))
    return stem + "10X98765432"[total % 11]
