"""`kind: webhook`: a signed POST to an address of the web."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from c360_kernel.catalog.entry import Entry
from c360_kernel.catalog.targets.target import Target, is_url

FIELDS = ("url",)


@dataclass(frozen=True, slots=True)
class Webhook(Target):
    """What its host leads to is judged at each connection."""

    url: str


def read(entry: Entry, names: Collection[str]) -> Webhook:
    """`url: https://hooks.example/c360`."""
    del names
    found = entry.required("url")
    text = (found.text() if found else None) or ""
    if found is not None and text and not is_url(text):
        found.complain("must be https://HOST[:PORT]/PATH, without a user or a fragment")
    return Webhook(text)
