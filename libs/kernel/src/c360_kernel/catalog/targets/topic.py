"""`kind: topic`: entries of a topic of Kafka, on brokers that a file names."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from c360_kernel.catalog.entry import Entry
from c360_kernel.catalog.targets.target import Target

FIELDS = ("topic",)
_TOPIC = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,249}")


@dataclass(frozen=True, slots=True)
class Topic(Target):
    """Its name behind the prefix; the brokers stand in a file, as they may need a password."""

    topic: str


def read(entry: Entry, names: Collection[str]) -> Topic:
    """`topic: crm.customers`."""
    del names
    found = entry.required("topic")
    text = (found.text() if found else None) or ""
    if found is not None and text and not _TOPIC.fullmatch(text):
        found.complain("a topic has letters, digits, '.', '_' and '-', 249 at most")
    return Topic(text)
