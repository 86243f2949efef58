"""The kinds of destinations, by the name that the catalog gives them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from c360_kernel.catalog.entry import Entry
from c360_kernel.catalog.targets import file, mail, request, topic, webhook
from c360_kernel.catalog.targets.target import Target


class Kind(NamedTuple):
    """The settings that are its own, what reads them, and whether it signs what it sends.

    It is given an entry, and the names that its templates may say.
    """

    fields: tuple[str, ...]
    read: Callable[[Entry, Collection[str]], Target]
    signs: bool = False


KINDS: Mapping[str, Kind] = {
    "webhook": Kind(webhook.FIELDS, webhook.read, signs=True),
    "request": Kind(request.FIELDS, request.read),
    "file": Kind(file.FIELDS, file.read),
    "topic": Kind(topic.FIELDS, topic.read),
    "mail": Kind(mail.FIELDS, mail.read),
}
