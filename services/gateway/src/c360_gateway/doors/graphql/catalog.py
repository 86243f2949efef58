"""`Query.catalog`: what the company holds, as far as the caller may read it."""

# No postponed annotations: Strawberry reads the types of the resolver that is made here.

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from typing import Any, Protocol

import strawberry
from c360_kernel.catalog import model
from c360_kernel.catalog.names import camel, pascal
from c360_kernel.catalog.titles import LANGUAGES, Titles, title_in

from c360_gateway.context import OperationContext
from c360_gateway.policy.readable_catalog import readable_catalog

_CATALOG = (
    "What the company holds, in the words of its catalog: whatever you may read in at least one"
    " place, masked perhaps, and nothing else."
)


@strawberry.enum(description="Of what type a value is.")
class ValueType(Enum):
    """GraphQL enum."""

    STRING = strawberry.enum_value("string", description="A text.")
    INT = strawberry.enum_value("int", description="A whole number of at most 64 bits.")
    FLOAT = strawberry.enum_value("float", description="A number.")
    BOOLEAN = strawberry.enum_value("boolean", description="True or false.")
    DATE = strawberry.enum_value("date", description="A day.")
    DATETIME = strawberry.enum_value("datetime", description="An instant.")
    STRINGS = strawberry.enum_value("strings", description="A list of texts.")


@strawberry.type(description="What something is called in a language.")
class CatalogTitle:
    """GraphQL type."""

    language: str = strawberry.field(description="A BCP 47 tag, such as `zh-Hans`.")
    title: str = strawberry.field(
        description="Its title; in English, or made of its name, where the catalog has none."
    )


@strawberry.type(description="A segment, a source, a purpose, or a tag of the company's own.")
class CatalogTerm:
    """GraphQL type, and what all entries say."""

    name: str = strawberry.field(description="Its name in the catalog.")
    titles: list[CatalogTitle] = strawberry.field(description="What it is called, by language.")
    description: str = strawberry.field(description="What the catalog says of it; may be empty.")


@strawberry.enum(description="Who says what a trait is.")
class CatalogTraitOrigin(Enum):
    """GraphQL enum."""

    SAID = strawberry.enum_value("said", description="Sources do.")
    COMPUTED = strawberry.enum_value("computed", description="Nobody: events come to it.")
    LIFECYCLE = strawberry.enum_value("lifecycle", description="Nobody: it is a stage, by rules.")


@strawberry.type(description="An attribute of customers or of accounts.")
class CatalogTrait(CatalogTerm):
    """GraphQL type."""

    type: ValueType = strawberry.field(description="Of what type its values are.")
    tag: str = strawberry.field(description="Its classification; `public`: it is not personal.")
    origin: CatalogTraitOrigin = strawberry.field(description="Who says what it is.")
    choices: list[str] = strawberry.field(
        description="The only values there are; empty where there are others."
    )
    minimum: str | None = strawberry.field(
        description="No value is below: a number, or a day of dates; null: no bound."
    )
    maximum: str | None = strawberry.field(
        description="No value is above: a number, or a day of dates; null: no bound."
    )
    longest: int | None = strawberry.field(
        description="How many characters a value has at most; null: no bound."
    )
    pattern: str | None = strawberry.field(
        description="The regular expression that the whole of a value has to match, if any."
    )
    identifier: str | None = strawberry.field(
        description="The identifier type that its values are also of, if you may read that."
    )


@strawberry.type(description="A property of an event or of an object.")
class CatalogProperty(CatalogTerm):
    """GraphQL type."""

    type: ValueType = strawberry.field(description="Of what type its values are.")
    tag: str = strawberry.field(description="Its classification; `public`: it is not personal.")


@strawberry.type(description="Something that happens to customers.")
class CatalogEvent(CatalogTerm):
    """GraphQL type."""

    type_name: str = strawberry.field(description="Its type in timelines: `OrderCompleted`.")
    properties: list[CatalogProperty] = strawberry.field(
        description="Its properties, of those that you may read."
    )


@strawberry.type(description="A kind of identifier.")
class CatalogIdentifier(CatalogTerm):
    """GraphQL type."""

    field: str = strawberry.field(description="Its field of `Identifiers`: `nationalId`.")
    tag: str = strawberry.field(description="Its classification; `public`: it is not personal.")


@strawberry.enum(description="What a tag of customers says.")
class TagType(Enum):
    """GraphQL enum."""

    FLAG = strawberry.enum_value("flag", description="That a customer has it.")
    SCORE = strawberry.enum_value("score", description="A number from 0 to 100.")
    CHOICE = strawberry.enum_value("enum", description="A word of a list.")


@strawberry.type(description="What people and campaigns may say of customers.")
class CatalogTag(CatalogTerm):
    """GraphQL type."""

    type: TagType = strawberry.field(description="What it says.")
    tag: str = strawberry.field(description="Its classification; `public`: it is not personal.")
    choices: list[str] = strawberry.field(description="The words of a choice.")
    owner: str | None = strawberry.field(description="Who answers for it.")
    lifetime_days: int | None = strawberry.field(
        description="How long one holds that names no end; null: until it is taken off."
    )
    purpose: str | None = strawberry.field(description="What it is for, if you may read that.")
    by_rule: bool = strawberry.field(description="Whether a rule gives it besides.")


@strawberry.type(description="Something beside persons that events refer to.")
class CatalogObjectType(CatalogTerm):
    """GraphQL type."""

    type_name: str = strawberry.field(description="Its type in the graph: `Product`.")
    properties: list[CatalogProperty] = strawberry.field(
        description="Its properties, of those that you may read."
    )


@strawberry.type(description="What is held of accounts.")
class CatalogAccounts:
    """GraphQL type."""

    identifiers: list[CatalogIdentifier] = strawberry.field(description="Kinds of identifiers.")
    traits: list[CatalogTrait] = strawberry.field(description="What sources say of accounts.")
    roll_ups: list[CatalogTrait] = strawberry.field(description="What accounts come to.")
    kinds: list[CatalogTerm] = strawberry.field(
        description="What a person may have to do with an account."
    )
    roles: list[CatalogTerm] = strawberry.field(description="As what persons are there.")


@strawberry.type(description="What the company holds, as far as you may read it.")
class Catalog:
    """GraphQL type."""

    traits: list[CatalogTrait] = strawberry.field(description="Attributes of customers.")
    events: list[CatalogEvent] = strawberry.field(description="What happens to customers.")
    identifiers: list[CatalogIdentifier] = strawberry.field(description="Kinds of identifiers.")
    segments: list[CatalogTerm] = strawberry.field(
        description="Groups of customers, of those that tell nothing but what you may use."
    )
    purposes: list[CatalogTerm] = strawberry.field(description="What consent is asked for.")
    sources: list[CatalogTerm] = strawberry.field(description="The systems that write.")
    tags: list[CatalogTag] = strawberry.field(description="What may be said of customers.")
    objects: list[CatalogObjectType] = strawberry.field(description="What events refer to.")
    accounts: CatalogAccounts = strawberry.field(description="What is held of accounts.")
    classifications: list[CatalogTerm] = strawberry.field(
        description="The company's own tags, of those that entries here carry."
    )


def catalog_query(catalog: model.Catalog) -> type:
    """A part of the query type of the gateway's own subgraph."""

    @strawberry.type
    class CatalogQuery:
        @strawberry.field(description=_CATALOG)
        async def catalog(self, info: strawberry.Info[Any, Any]) -> Catalog | None:
            operation: OperationContext = info.context.operation
            policy = operation.graph_tables.for_caller(operation.principal)
            caller = replace(operation.present_caller(), visibility=policy.visibility)
            read = readable_catalog(catalog, policy.is_read, caller.told.used.__contains__)
            return _told(read, _origins(catalog))

    return CatalogQuery


class _Named(Protocol):
    """Whatever an entry of the catalog is."""

    @property
    def name(self) -> str: ...
    @property
    def titles(self) -> Titles: ...
    @property
    def description(self) -> str: ...


_Origins = Mapping[str, CatalogTraitOrigin]
"""Of traits that no source says, by name."""


def _origins(catalog: model.Catalog) -> _Origins:
    computed = dict.fromkeys(catalog.computed, CatalogTraitOrigin.COMPUTED)
    return computed | dict.fromkeys(catalog.lifecycle, CatalogTraitOrigin.LIFECYCLE)


def _told(catalog: model.Catalog, origins: _Origins) -> Catalog:
    said = CatalogTraitOrigin.SAID
    return Catalog(
        traits=[_trait(one, origins.get(name, said)) for name, one in catalog.traits.items()],
        events=list(map(_event, catalog.events.values())),
        identifiers=list(map(_identifier, catalog.identifiers.values())),
        segments=list(map(_term, catalog.segments.values())),
        purposes=list(map(_term, catalog.purposes.values())),
        sources=list(map(_term, catalog.sources.values())),
        tags=list(map(_tag, catalog.tags.values())),
        objects=list(map(_object, catalog.objects.values())),
        accounts=_accounts(catalog.accounts),
        classifications=list(map(_term, catalog.classifications.values())),
    )


def _accounts(accounts: model.AccountModel) -> CatalogAccounts:
    computed = model.all_traits({}, {name: one.trait for name, one in accounts.computed.items()})
    return CatalogAccounts(
        identifiers=list(map(_identifier, accounts.identifiers.values())),
        traits=[_trait(one, CatalogTraitOrigin.SAID) for one in accounts.traits.values()],
        roll_ups=[_trait(one, CatalogTraitOrigin.COMPUTED) for one in computed.values()],
        kinds=list(map(_term, accounts.kinds.values())),
        roles=list(map(_term, accounts.roles.values())),
    )


def _words(one: _Named) -> dict[str, Any]:
    titles = [
        CatalogTitle(language=language, title=title_in(language, one.titles, one.name))
        for language in LANGUAGES
    ]
    return {"name": one.name, "titles": titles, "description": one.description}


def _term(one: _Named) -> CatalogTerm:
    return CatalogTerm(**_words(one))


def _trait(trait: model.TraitType, origin: CatalogTraitOrigin) -> CatalogTrait:
    return CatalogTrait(
        **_words(trait),
        type=ValueType(trait.type),
        tag=trait.tag,
        origin=origin,
        choices=list(trait.choices),
        minimum=_bound(trait.minimum),
        maximum=_bound(trait.maximum),
        longest=trait.longest,
        pattern=trait.pattern,
        identifier=trait.identifier,
    )


def _bound(bound: float | str | None) -> str | None:
    return None if bound is None else str(bound)


def _tag(tag: model.CustomerTag) -> CatalogTag:
    return CatalogTag(
        **_words(tag),
        type=TagType(tag.type),
        tag=tag.tag,
        choices=list(tag.choices),
        owner=tag.owner or None,
        lifetime_days=tag.lifetime_days,
        purpose=tag.purpose or None,
        by_rule=tag.rule is not None,
    )


def _event(event: model.EventType) -> CatalogEvent:
    properties = list(map(_property, event.properties.values()))
    return CatalogEvent(**_words(event), type_name=pascal(event.name), properties=properties)


def _object(one: model.ObjectType) -> CatalogObjectType:
    properties = list(map(_property, one.properties.values()))
    return CatalogObjectType(**_words(one), type_name=pascal(one.name), properties=properties)


def _property(known: model.PropertyType) -> CatalogProperty:
    return CatalogProperty(**_words(known), type=ValueType(known.type), tag=known.tag)


def _identifier(one: model.IdentifierType) -> CatalogIdentifier:
    return CatalogIdentifier(**_words(one), field=camel(one.name), tag=one.tag)
