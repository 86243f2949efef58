"""`Customer.tags`: what people, campaigns and rules say of a customer, as far as it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import strawberry
from c360_kernel.catalog.model import Catalog, CustomerTag, TagType
from c360_kernel.payload import TagValue
from c360_kernel.subgraph.catalog_types import attribute
from c360_kernel.subgraph.catalog_types.descriptions import tag_described
from c360_kernel.subgraph.catalog_types.fields import OUTPUT_TYPES, FieldSpec, class_with
from c360_kernel.subgraph.scalars import DateTime
from c360_kernel.value_types import fits

from c360_profile.domain.tagging import Tagging, active_at
from c360_profile.graph.context import Info
from c360_profile.graph.past import Instant
from c360_profile.graph.ruling import ruling

_VERSION_DIGITS = 12

_TAGS = (
    "The tags that hold; null where there is none, or you may not see it. What was said last on any"
    " of the records counts; when that is over, what was said before and still holds. What a rule"
    " gives counts where nobody says anything."
)
_TYPES: Mapping[TagType, tuple[str, str]] = {
    "flag": ("FlagTag", "A tag that a customer has, or not."),
    "score": ("ScoreTag", "A tag that is a number from 0 to 100."),
    "enum": ("ChoiceTag", "A tag that is a word of a list."),
}
_STATEMENTS = (
    "All that holds of it, by whoever says it, the last said first; what a rule gives is the last."
)


class _Word(NamedTuple):
    """What somebody, or a rule, says of a tag. Times are ms UTC."""

    value: TagValue
    author: str
    reason: str
    since: int | None = None
    expires_at: int | None = None
    by_rule: bool = False


class _Made(NamedTuple):
    """The types of a tag and of what is said of it."""

    tag: Any
    statement: Any


def tags_field(catalog: Catalog) -> Mapping[str, Any]:
    """`Customer.tags`, whose fields a catalog makes; none where it has no tags."""
    if not catalog.tags:
        return {}
    of_type: dict[TagType, _Made] = {type_: _tag_types(type_) for type_ in _TYPES}
    specs = [
        FieldSpec(tag.name, of_type[tag.type].tag, tag.tags, tag_described(tag))
        for tag in catalog.tags.values()
    ]
    described = "What people, campaigns and rules say of a customer, by tag."
    made = strawberry.federation.type(class_with("CustomerTags", specs), description=described)

    async def tags(root: Any, info: Info, as_of: Instant = None) -> Any:  # noqa: ANN401
        words = await _words(root.id, info, as_of)
        return made(**dict(_shown(catalog, of_type, words)))

    return {"tags": strawberry.field(resolver=tags, graphql_type=made | None, description=_TAGS)}


def _shown(
    catalog: Catalog, types: Mapping[TagType, _Made], words: Mapping[str, Sequence[_Word]]
) -> Iterator[tuple[str, object]]:
    """By attribute; what an older catalog let in and this one does not is left out."""
    for name, said in words.items():
        tag = catalog.tags.get(name)
        if tag is not None and _may_be(tag, said[0].value):
            made = types[tag.type]
            fitting = [made.statement(**_fields(one)) for one in said if _may_be(tag, one.value)]
            yield attribute(name), made.tag(**_fields(said[0]), statements=fitting)


def _may_be(tag: CustomerTag, value: TagValue) -> bool:
    return fits(tag.value_type, value) and (not tag.choices or value in tag.choices)


def _fields(word: _Word) -> Mapping[str, object]:
    return {
        "value": word.value,
        "since": None if word.since is None else DateTime(word.since),
        "expires_at": DateTime(word.expires_at) if word.expires_at else None,
        "author": word.author or None,
        "reason": word.reason or None,
        "by_rule": word.by_rule,
    }


async def _words(customer: str, info: Info, instant: int | None) -> Mapping[str, Sequence[_Word]]:
    """By tag all that holds of it; what counts is the first."""
    words: dict[str, list[_Word]] = {}
    for tagging in await _said(customer, info, instant):
        if tagging.value is not None:
            said = (tagging.value, tagging.author, tagging.reason)
            word = _Word(*said, tagging.since, tagging.expires_at)
            words.setdefault(tagging.tag, []).append(word)
    ruled = await ruling(customer, info, instant)
    for tag, given in ruled.given.items() if ruled else ():
        author = author_of(info.context.rules.catalog, tag)
        word = _Word(given.value, author, given.giver.rule.reason, None, given.until, by_rule=True)
        words.setdefault(tag, []).append(word)
    return words


def author_of(catalog: Catalog, tag: str) -> str:
    """Who says what a rule says: the catalog, by its version."""
    return f"catalog:{tag}@{catalog.digest[:_VERSION_DIGITS]}"


async def _said(customer: str, info: Info, instant: int | None) -> Sequence[Tagging]:
    """What people said that holds, the last said first."""
    own = await info.context.own_records.load(customer)
    if instant is None:
        held = [(one.key, list(one.active_tags)) for one in own if one.tags]
    else:
        taggings = await info.context.taggings.load_many([one.key for one in own])
        pairs = zip(own, taggings, strict=True)
        held = [(record.key, list(active_at(those, instant))) for record, those in pairs]
    found = [(tagging.stamp, key, tagging) for key, those in held for tagging in those]
    return [tagging for *_, tagging in sorted(found, key=itemgetter(0, 1), reverse=True)]


def _tag_types(type_: TagType) -> _Made:
    name, described = _TYPES[type_]
    statement = _type(f"{name}Statement", f"What is said of one: {described}", type_, {}, {})
    statements = strawberry.field(description=_STATEMENTS)
    more = {"statements": list[statement]}
    return _Made(_type(name, described, type_, more, {"statements": statements}), statement)


def _type(
    name: str,
    described: str,
    type_: TagType,
    annotated: Mapping[str, Any],
    fields: Mapping[str, Any],
) -> type:
    value = OUTPUT_TYPES[CustomerTag("", type_, "").value_type]
    namespace: dict[str, Any] = {
        "__module__": __name__,
        "__annotations__": {
            "value": value,
            "since": DateTime | None,
            "expires_at": DateTime | None,
            "author": str | None,
            "reason": str | None,
            "by_rule": bool,
            **annotated,
        },
        "value": strawberry.field(description="What is said."),
        "since": strawberry.field(
            description="When it was said: the time of its arrival; null of what a rule gives."
        ),
        "expires_at": strawberry.field(
            description="When it is over, if it ends by itself; null while its rule holds."
        ),
        "author": strawberry.field(
            description="Who said it: a person, a program's name, or the catalog by its version."
        ),
        "reason": strawberry.federation.field(
            tags=["free_text"], description="Why, in the words of who said it."
        ),
        "by_rule": strawberry.field(description="Whether a rule of the catalog gives it."),
        **fields,
    }
    return strawberry.federation.type(type(name, (), namespace), description=described)
