"""A schema as it was served, with its tags: what a policy of that time was held against."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from c360_policy.table import Coordinates, Interfaces


@dataclass(frozen=True, slots=True)
class ServedSchema:
    """Coordinates with their tags, the interfaces that they implement, and those of answers."""

    coordinates: Coordinates
    interfaces: Interfaces
    outputs: frozenset[str]

    def text(self) -> str:
        """How it is kept: one text for one schema."""
        parts = {
            "coordinates": {name: sorted(tags) for name, tags in self.coordinates.items()},
            "interfaces": {name: list(found) for name, found in self.interfaces.items()},
            "outputs": sorted(self.outputs),
        }
        return json.dumps(parts, sort_keys=True, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> ServedSchema:
        """The schema of a text that was kept under its version."""
        parts: Mapping[str, Mapping[str, list[str]]] = json.loads(text)
        return cls(
            {name: frozenset(tags) for name, tags in parts["coordinates"].items()},
            {name: tuple(found) for name, found in parts["interfaces"].items()},
            frozenset(parts["outputs"]),
        )


def served_version(text: str) -> str:
    """The name of a schema: the SHA-256 of its text, hex."""
    return hashlib.sha256(text.encode()).hexdigest()
