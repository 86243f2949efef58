"""A topic of Kafka that a source writes to, and what its entries say.

CloudEvents come with their attributes in headers or in the value, as
https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md has
it; all else is JSON.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from c360_mapping import json_numbers
from c360_mapping.refusals import RowRefused
from c360_mapping.row import BrokenRow

_ATTRIBUTE = "ce_"
_STRUCTURED = "application/cloudevents"


@dataclass(frozen=True, slots=True)
class Topic:
    """`brokers` names the secret that says where it is, as `C360_LOG` is written."""

    name: str
    brokers: str


def said_in(value: bytes, headers: Mapping[str, bytes]) -> object:
    """What an entry says, as a row of any source does; what cannot be read as a `BrokenRow`."""
    named = {name.lower(): held.decode(errors="replace") for name, held in headers.items()}
    attributes = {
        name.removeprefix(_ATTRIBUTE): text
        for name, text in named.items()
        if name.startswith(_ATTRIBUTE)
    }
    media = named.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if not attributes or media.startswith(_STRUCTURED):
            return json_numbers.loads(value.decode())
        return {**attributes, **_data(value, media)}
    except ValueError:
        text = value.decode(errors="replace")
        return BrokenRow(1, text, RowRefused("ROW_NOT_JSON", "", "the entry is not JSON"))


def _data(value: bytes, media: str) -> Mapping[str, object]:
    if not value:
        return {}
    if not media or media.endswith(("/json", "+json")):
        return {"data": json_numbers.loads(value.decode())}
    if media.startswith("text/"):
        return {"data": value.decode()}
    return {"data_base64": base64.b64encode(value).decode()}
