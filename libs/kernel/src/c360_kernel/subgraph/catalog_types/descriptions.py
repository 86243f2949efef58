"""What the schema says of a company's own types: the catalog's words, and what it demands.

Where the catalog has no words, the name has to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from c360_kernel.catalog.model import (
    MOST_SCORE,
    CustomerTag,
    EventType,
    IdentifierType,
    ObjectType,
    PropertyType,
    Purpose,
    SegmentDefinition,
    TraitType,
)
from c360_kernel.catalog.titles import described

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def trait_described(trait: TraitType) -> str:
    """`Loyalty tier. One of: gold, silver.`"""
    return _joined(
        [_words(trait.name, described(trait.titles, trait.description)), *_demands(trait)]
    )


def property_described(known: PropertyType) -> str:
    """What a property is."""
    return _words(known.name, described(known.titles, known.description))


def identifier_described(identifier: IdentifierType) -> str:
    """What an identifier type is."""
    return _words(identifier.name, described(identifier.titles, identifier.description))


def event_described(event: EventType) -> str:
    """What an event is."""
    return _words(event.name, described(event.titles, event.description))


def object_described(object_: ObjectType) -> str:
    """What a type of objects is."""
    return _words(object_.name, described(object_.titles, object_.description))


def purpose_described(purpose: Purpose) -> str:
    """What a purpose is."""
    words = described(purpose.titles, purpose.description)
    return _words(purpose.name.replace("-", "_"), words)


def properties_described(by_event: Iterable[tuple[str, PropertyType]]) -> str:
    """What a property is that several events have: what each says, and which they are."""
    events = list(by_event)
    described = dict.fromkeys(property_described(known) for _, known in events)
    return _joined([*described, f"A property of {', '.join(name for name, _ in events)}."])


def tag_described(tag: CustomerTag) -> str:
    """`VIP. Of: Customer care. Holds for 365 days unless told.`"""
    words = _words(tag.name, described(tag.titles, tag.description))
    return _joined([words, *_tag_demands(tag)])


def segment_described(segment: SegmentDefinition) -> str:
    """What a segment is."""
    return _words(segment.name, described(segment.titles, segment.description))


def _words(name: str, description: str) -> str:
    text = description.strip() or _HUMP.sub(" ", name).replace("_", " ").lower().capitalize()
    return text if text.endswith((".", "!", "?", "。")) else f"{text}."


def _demands(trait: TraitType) -> Iterator[str]:
    if trait.choices:
        yield f"One of: {', '.join(trait.choices)}."
    if trait.minimum is not None:
        yield f"At least {trait.minimum}."
    if trait.maximum is not None:
        yield f"At most {trait.maximum}."
    if trait.longest is not None:
        yield f"At most {trait.longest} characters."


def _tag_demands(tag: CustomerTag) -> Iterator[str]:
    if tag.choices:
        yield f"One of: {', '.join(tag.choices)}."
    if tag.type == "score":
        yield f"From 0 to {MOST_SCORE}."
    if tag.owner:
        yield f"Kept by: {tag.owner}."
    if tag.lifetime_days is not None:
        yield f"Holds for {tag.lifetime_days} days unless told."


def _joined(sentences: Iterable[str]) -> str:
    return " ".join(sentences)
