"""CloudEvents 1.0 in JSON: one event a line, or a batch of them.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from c360_mapping import json_numbers
from c360_mapping.messages import Message
from c360_mapping.paths import Cells
from c360_mapping.row import BrokenRow, Row

_NEEDED = ("id", "source", "type")


def rows_of(message: Message) -> Iterable[Row | BrokenRow]:
    """A row for each event, whose cells are its attributes and its `data`."""
    content = message.content
    events = cast("list[object]", content) if isinstance(content, list) else [content]
    if not events:
        yield message.passed()
    for event in events:
        yield _row(replace(message, content=event))


def _row(message: Message) -> Row | BrokenRow:
    if not isinstance(message.content, dict):
        return message.refused("an event is an object")
    event = cast(Cells, message.content)
    if event.get("specversion") != "1.0":
        return message.refused("specversion is 1.0", path="specversion")
    for name in _NEEDED:
        if not isinstance(event.get(name), str) or not event[name]:
            return message.refused(f"{name} is a text that is not empty", path=name)
    if event.get("data_base64") is None:
        return message.row(event)
    return _unpacked(message, event)


def _unpacked(message: Message, event: Cells) -> Row | BrokenRow:
    try:
        text = base64.b64decode(str(event["data_base64"]), validate=True).decode()
        data = json_numbers.loads(text)
    except (binascii.Error, ValueError):
        return message.refused("data_base64 holds no JSON", path="data_base64")
    others = {name: value for name, value in event.items() if name != "data_base64"}
    return message.row({**others, "data": data})
