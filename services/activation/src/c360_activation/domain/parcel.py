"""What a destination is told: as policy answered it at the moment of sending."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias, cast

from c360_kernel.catalog.model import Destination
from c360_kernel.outgoing.hashing import hash_of

from c360_activation.domain.delivery import Message
from c360_activation.domain.telling import Told

_OF_WHO_GOES = ("segment.left", "row.removed")
Cells: TypeAlias = Mapping[str, object]
Fields: TypeAlias = Callable[[Cells], Mapping[str, object]]
"""What a destination's `fields:` make of what may be said."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message, and all that may be told with it.

    `cells` are what templates and mappings name, `data` what is told where neither says otherwise,
    and `fields` what a mapping makes of the cells, None without one. `masked` are names of traits.
    """

    id: str
    type: str
    customer: str
    cells: Cells
    data: Mapping[str, object]
    fields: Mapping[str, object] | None = None
    masked: Collection[str] = field(default=())

    @property
    def content(self) -> Mapping[str, object]:
        """`{type, timestamp, data}`."""
        return {"type": self.type, "timestamp": self.cells["timestamp"], "data": self.data}

    @property
    def body(self) -> bytes:
        """The content as JSON in UTF-8."""
        return json.dumps(self.content, ensure_ascii=False, separators=(",", ":")).encode()

    def value(self, name: str) -> object:
        """What stands for a name, as `traits.email`; None where there is nothing."""
        part, _, inner = name.partition(".")
        found = self.cells.get(part)
        return cast("Cells", found).get(inner) if inner and isinstance(found, dict) else found

    def text(self, name: str) -> str:
        """The same as text, "" for nothing; lists are JSON."""
        found = self.value(name)
        if found is None or isinstance(found, str):
            return found or ""
        return json.dumps(found, ensure_ascii=False)


def parcel_of(
    message: Message, told: Told, destination: Destination, fields: Fields | None = None
) -> Parcel:
    """What a message comes to. Raises what `fields` raise for values that they cannot take."""
    is_end = message.kind == "customer.ended"
    segments = sorted(set(told.segments) & set(destination.segments)) if destination.sync else None
    cells: dict[str, object] = {
        "id": message.id,
        "type": message.kind,
        "timestamp": _instant(message.at),
        "customer": message.customer,
        "segment": message.segment or None,
        "successor": told.customer if is_end else None,
        "segments": segments,
        # Of who is no more the answer tells of its successor.
        "traits": {} if is_end else {name: told.traits.get(name) for name in destination.traits},
        "hashes": {} if is_end else _hashes(told, destination),
    }
    mapped = fields(cells) if fields else None
    cells["fields"] = mapped or {}
    data = _data(message, cells, mapped)
    return Parcel(message.id, message.kind, message.customer, cells, data, mapped, told.masked)


def nobody(name: str, id_: str, now: int) -> Parcel:
    """What tells of nobody, to try a destination out."""
    data = {"destination": name}
    cells = {"id": id_, "type": "destination.test", "timestamp": _instant(now), **data}
    return Parcel(id_, "destination.test", "", cells, data)


def _hashes(told: Told, destination: Destination) -> Mapping[str, str | None]:
    """Nothing is hashed of what is masked: it would be somebody else's."""
    return {
        name: None if one.trait in told.masked else hash_of(one.form, told.traits.get(one.trait))
        for name, one in destination.hashes.items()
    }


def _data(message: Message, cells: Cells, mapped: Mapping[str, object] | None) -> Cells:
    data: dict[str, object] = {"customer": message.customer}
    if message.segment:
        data["segment"] = message.segment
    if message.kind == "customer.ended":
        return data | {"successor": cells["successor"]}
    if cells["segments"]:
        data["segments"] = cells["segments"]
    if mapped is not None:
        return data | {"fields": mapped}
    if message.kind not in _OF_WHO_GOES:
        data["traits"] = cells["traits"]
    # An audience takes who leaves it out by the hashes that it came in by.
    return data | ({"hashes": cells["hashes"]} if cells["hashes"] else {})


def _instant(ms: int) -> str:
    at = datetime.fromtimestamp(ms / 1_000, UTC).isoformat(timespec="milliseconds")
    return at.replace("+00:00", "Z")
