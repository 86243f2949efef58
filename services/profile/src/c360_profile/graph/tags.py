"""`Customer.tags`: what people and campaigns say of a customer, as far as it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import strawberry
from c360_kernel.catalog.model import Catalog, CustomerTag, TagType
from c360_kernel.payload import TagValue
from c360_kernel.subgraph.catalog_types import attribute
from c360_kernel.subgraph.catalog_types.descriptions import tag_described
from c360_kernel.subgraph.catalog_types.fields import OUTPUT_TYPES, FieldSpec, class_with
from c360_kernel.subgraph.scalars import DateTime
from c360_kernel.value_types import fits

from c360_profile.domain.record import SourceRecord
from c360_profile.domain.tagging import CustomerTagging, Tagging, active_at, held_by
from c360_profile.graph.context import Info
from c360_profile.graph.past import Instant

_TAGS = (
    "The tags that hold; null where there is none, or you may not see it. What was said last on any"
    " of the records counts; when that is over, what was said before and still holds."
)
_TYPES: Mapping[TagType, tuple[str, str]] = {
    "flag": ("FlagTag", "A tag that a customer has, or not."),
    "score": ("ScoreTag", "A tag that is a number from 0 to 100."),
    "enum": ("ChoiceTag", "A tag that is a word of a list."),
}


def tags_field(catalog: Catalog) -> Mapping[str, Any]:
    """`Customer.tags`, whose fields a catalog makes; none where it has no tags."""
    if not catalog.tags:
        return {}
    of_type: dict[TagType, Any] = {type_: _tag_type(type_) for type_ in _TYPES}
    specs = [
        FieldSpec(tag.name, of_type[tag.type], tag.tag, tag_described(tag))
        for tag in catalog.tags.values()
    ]
    described = "What people and campaigns say of a customer, by tag."
    made = strawberry.federation.type(class_with("CustomerTags", specs), description=described)

    async def tags(root: Any, info: Info, as_of: Instant = None) -> Any:  # noqa: ANN401
        held = await _held(root.id, info, as_of)
        return made(**dict(_shown(catalog, of_type, held)))

    return {"tags": strawberry.field(resolver=tags, graphql_type=made | None, description=_TAGS)}


def _shown(
    catalog: Catalog, types: Mapping[TagType, Any], held: Mapping[str, CustomerTagging]
) -> Iterator[tuple[str, object]]:
    """By attribute; what an older catalog let in and this one does not is left out."""
    for name, (tagging, _) in held.items():
        tag = catalog.tags.get(name)
        if tag is not None and tagging.value is not None and _may_be(tag, tagging.value):
            yield attribute(name), _made(types[tag.type], tagging)


def _may_be(tag: CustomerTag, value: TagValue) -> bool:
    return fits(tag.value_type, value) and (not tag.choices or value in tag.choices)


def _made(made: Any, tagging: Tagging) -> object:  # noqa: ANN401 - a type made below
    return made(
        value=tagging.value,
        since=DateTime(tagging.since),
        expires_at=DateTime(tagging.expires_at) if tagging.expires_at else None,
        author=tagging.author or None,
        reason=tagging.reason or None,
    )


async def _held(customer: str, info: Info, instant: int | None) -> Mapping[str, CustomerTagging]:
    own = await info.context.own_records.load(customer)
    if instant is None:
        return held_by((one.key, one.active_tags) for one in own if one.tags)
    said = await info.context.taggings.load_many([one.key for one in own])
    return held_by(_at(own, said, instant))


def _at(
    own: Sequence[SourceRecord], said: Sequence[Sequence[Tagging]], instant: int
) -> Iterator[tuple[Any, Iterator[Tagging]]]:
    for record, those in zip(own, said, strict=True):
        yield record.key, active_at(those, instant)


def _tag_type(type_: TagType) -> type:
    name, described = _TYPES[type_]
    value = OUTPUT_TYPES[CustomerTag("", type_, "").value_type]
    namespace: dict[str, Any] = {
        "__module__": __name__,
        "__annotations__": {
            "value": value,
            "since": DateTime,
            "expires_at": DateTime | None,
            "author": str | None,
            "reason": str | None,
        },
        "value": strawberry.field(description="What is said."),
        "since": strawberry.field(description="When it was said: the time of its arrival."),
        "expires_at": strawberry.field(description="When it is over, if it ends by itself."),
        "author": strawberry.field(description="Who said it: a person, or a program's name."),
        "reason": strawberry.federation.field(
            tags=["free_text"], description="Why, in the words of who said it."
        ),
    }
    return strawberry.federation.type(type(name, (), namespace), description=described)
