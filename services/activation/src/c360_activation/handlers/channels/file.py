"""`file`: a row for each message, appended to a file of the day on which it is told."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from c360_kernel.catalog.model import Destination
from c360_kernel.catalog.targets.file import File
from c360_kernel.errors import Transient
from c360_kernel.outgoing.spreadsheets import as_text
from c360_kernel.parquet import require_parquet
from typing_extensions import override

from c360_activation.domain.parcel import Parcel, nobody
from c360_activation.domain.trying import Answer
from c360_activation.handlers.channels.closed_days import OPEN, close_days
from c360_activation.handlers.channels.day_files import DayFiles
from c360_activation.handlers.channels.port import Channel, Means, Send

_PARQUET = "parquet"
_OF_MESSAGE = ("id", "type", "timestamp", "customer", "segment", "successor")


class FileChannel(Channel):
    """`FOLDER/NAME/2026-11-30.csv`. A row is on the disk before the next is told."""

    def __init__(self, destination: Destination, means: Means) -> None:
        self._name, self._means = destination.name, means
        self._form = cast("File", destination.target).format
        self._columns = _columns_of(destination)
        self._folder = means.files / destination.name
        self._files = DayFiles(self._folder, OPEN if self._form == _PARQUET else self._form)
        self._day = ""
        self._one_at_a_time = asyncio.Lock()

    @override
    def ready(self) -> None:
        try:
            self._files.prepare()
            if self._form == _PARQUET:
                require_parquet()
        except OSError as error:
            message = f"the folder of {self._name} cannot be written"
            raise Transient(message, code="DESTINATION_FOLDER") from error

    @override
    def packed(self, parcel: Parcel) -> Send:
        head, line = self._lines(parcel)

        async def send() -> Answer:
            day = datetime.fromtimestamp(self._means.now_ms() / 1_000, UTC).date().isoformat()
            async with self._one_at_a_time:
                written = await self._written(day, head, line)
            return Answer(said=written.name)

        return send

    @override
    def probe(self) -> Send:
        """Whether a file can be written there; no row of nobody is in what others read."""

        async def look() -> Answer:
            self.ready()
            return Answer(said="its folder can be written; no row was")

        return look

    @override
    async def close(self) -> None:
        pass

    async def _written(self, day: str, head: bytes, line: bytes) -> Path:
        try:
            return await asyncio.to_thread(self._append, day, head, line)
        except OSError as error:
            raise Transient("a row cannot be written", code="DESTINATION_FOLDER") from error

    def _append(self, day: str, head: bytes, line: bytes) -> Path:
        if self._form == _PARQUET and day != self._day:
            close_days(self._folder, day)
            self._day = day
        return self._files.append(day, head, line)

    def _lines(self, parcel: Parcel) -> tuple[bytes, bytes]:
        """The head of the file, and the line of a message."""
        if self._form == "csv":
            row = flat(parcel)
            cells = [_cell(row.get(name)) for name in self._columns]
            return _delimited(self._columns), _delimited(cells)
        if self._form == _PARQUET:
            return b"", json.dumps(dict(flat(parcel)), ensure_ascii=False).encode() + b"\n"
        content = parcel.fields if parcel.fields is not None else _nested(parcel)
        return b"", json.dumps(content, ensure_ascii=False).encode() + b"\n"


def _columns_of(destination: Destination) -> Sequence[str]:
    if destination.fields:
        return list(destination.fields)
    return list(flat(nobody_with(destination)))


def nobody_with(destination: Destination) -> Parcel:
    """A parcel that has a place for all that goes along."""
    empty = nobody(destination.name, "", 0)
    cells = {
        **empty.cells,
        "traits": dict.fromkeys(destination.traits),
        "hashes": dict.fromkeys(destination.hashes),
        "segments": [] if destination.sync else None,
    }
    return Parcel("", empty.type, "", cells, {})


def flat(parcel: Parcel) -> Mapping[str, object]:
    """One level of cells: `fields:` as they are named, else `traits.email` and so on."""
    if parcel.fields is not None:
        return parcel.fields
    row = {name: parcel.value(name) for name in _OF_MESSAGE}
    if (segments := parcel.value("segments")) is not None:
        row["segments"] = segments
    for part in ("traits", "hashes"):
        held = cast("Mapping[str, object]", parcel.value(part) or {})
        row |= {f"{part}.{name}": value for name, value in held.items()}
    return row


def _nested(parcel: Parcel) -> Mapping[str, object]:
    return {"id": parcel.id, **parcel.content}


def _cell(value: object) -> str:
    """One line, whatever it holds; nothing is empty, and lists are JSON."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return as_text(" ".join(text.splitlines()))


def _delimited(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
