"""Reads `tags:`, what people, campaigns and rules say of customers in words that are agreed on.

There are no free-text tags: they become a leak of personal data.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import get_args

from c360_kernel.catalog import names
from c360_kernel.catalog.document import Located
from c360_kernel.catalog.entry import Entry, checked_names, one_of
from c360_kernel.catalog.model import CustomerTag, TagType
from c360_kernel.catalog.segments import Vocabulary
from c360_kernel.catalog.tag_rules import with_rules

TAG_TYPES: tuple[TagType, ...] = get_args(TagType)
_FIELDS = (
    "type", "choices", "tag", "owner", "lifetimeDays", "purpose", "title", "description", "rule",
)  # fmt: skip
_FREE = "there are no free-text tags"


def read_tags(section: Located, tags: Collection[str], known: Vocabulary) -> dict[str, CustomerTag]:
    """`tags:`, as `vip: {type: flag, tag: behaviour}`; rules are on what is `known`."""
    named = checked_names(section, names.CAMEL, "use lowerCamelCase")
    entries = {name: Entry(at, _FIELDS) for name, at in named.items()}
    said = {name: _tag(name, one, tags, known.purposes) for name, one in entries.items()}
    return with_rules(said, entries, known)


def _tag(name: str, entry: Entry, tags: Collection[str], purposes: Collection[str]) -> CustomerTag:
    if not entry.has("type"):
        entry.at.complain("'type' is missing (classifications stand under 'classifications:')")
    purpose = entry.text("purpose")
    if purpose:
        one_of(entry.given["purpose"], purposes, "purpose")
    type_ = _type(entry)
    choices = entry.texts("choices")
    if type_ == "enum" and not choices:
        entry.at.complain(f"'choices' are missing: {_FREE}")
    if type_ != "enum" and entry.has("choices"):
        entry.given["choices"].complain(f"'choices' need type 'enum', not '{type_}'")
    return CustomerTag(
        name=name,
        type=type_,
        tag=entry.tag(tags),
        choices=choices,
        owner=entry.text("owner"),
        lifetime_days=entry.integer("lifetimeDays", 1),
        purpose=purpose,
        description=entry.text("description"),
        titles=entry.titles(),
    )


def _type(entry: Entry) -> TagType:
    """The type, or a flag in place of one that was complained of."""
    if not entry.has("type"):
        return "flag"
    given = entry.given["type"]
    word = given.text()
    if word in TAG_TYPES:
        return word
    if word is not None:
        given.complain(f"unknown type '{word}'; known: {', '.join(sorted(TAG_TYPES))}: {_FREE}")
    return "flag"
