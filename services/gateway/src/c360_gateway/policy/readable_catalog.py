"""What of a catalog somebody is told: what policy lets them read in at least one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from c360_kernel.catalog.model import (
    AccountModel,
    Catalog,
    CustomerTag,
    EventType,
    IdentifierType,
    ObjectType,
    PropertyType,
    SegmentDefinition,
    TraitType,
)
from c360_kernel.catalog.reads import coordinates_read
from c360_policy.schema.catalog_tags import (
    account_identifier_coordinate,
    account_trait_coordinates,
    identifier_coordinates,
    object_coordinate,
    property_coordinate,
    roll_up_coordinate,
    tag_coordinates,
    trait_coordinates,
)

Says: TypeAlias = Callable[[str], bool]
"""What holds of a coordinate."""

_SOURCE = ("SourceRecord.source", "TraitProvenance.source", "TraitQuality.source")
_PURPOSE = ("Consent.purpose", "ReceiptPurpose.purpose")
_SEGMENT = "Segment.name"
_LINK_KIND = "AccountLink.kind"
_LINK_ROLE = "AccountLink.role"


def readable_catalog(catalog: Catalog, is_read: Says, is_used: Says) -> Catalog:
    """The entries that are told to somebody; what they refer to is named if it is told, too.

    Computed traits are among its traits.

    `is_read` says whether anything of a field's values is shown, `is_used` whether it may decide
    what is shown: a segment is told to whom all that its condition reads may tell of it.
    """
    identifiers = {
        name: one
        for name, one in catalog.identifiers.items()
        if is_read(identifier_coordinates(name)[0])
    }
    read = replace(
        catalog,
        identifiers=identifiers,
        traits=dict(_traits(catalog.profile_traits, identifiers, is_read)),
        computed={},
        lifecycle={},
        events={one.name: one for one in _events(catalog, is_read)},
        sources=catalog.sources if _are_sources_read(catalog, is_read) else {},
        purposes=catalog.purposes if any(map(is_read, _PURPOSE)) else {},
        tags=dict(_customer_tags(catalog, is_read)),
        objects=dict(_objects(catalog, is_read)),
        accounts=_accounts(catalog.accounts, is_read),
        segments=dict(_segments(catalog, is_used)) if is_read(_SEGMENT) else {},
    )
    carried = frozenset(_tags(read))
    own = {name: one for name, one in read.classifications.items() if name in carried}
    return replace(read, classifications=own)


def _traits(
    traits: Mapping[str, TraitType], identifiers: Mapping[str, IdentifierType], is_read: Says
) -> Iterator[tuple[str, TraitType]]:
    for name, trait in traits.items():
        golden, of_record, _ = trait_coordinates(name)
        if is_read(golden) or is_read(of_record):
            is_told = trait.identifier in identifiers
            yield name, trait if is_told else replace(trait, identifier=None)


def _events(catalog: Catalog, is_read: Says) -> Iterator[EventType]:
    """Events that are read by name, or of which a property is."""
    for event in catalog.events.values():
        properties = dict(_properties(event, is_read))
        if properties or is_read(property_coordinate(event.name, "name")):
            yield replace(event, properties=properties)


def _properties(event: EventType, is_read: Says) -> Iterator[tuple[str, PropertyType]]:
    for name, known in event.properties.items():
        if is_read(property_coordinate(event.name, name)):
            yield name, known


def _customer_tags(catalog: Catalog, is_read: Says) -> Iterator[tuple[str, CustomerTag]]:
    names_purposes = any(map(is_read, _PURPOSE))
    for name, tag in catalog.tags.items():
        if is_read(tag_coordinates(name)[0]):
            yield name, tag if names_purposes else replace(tag, purpose="")


def _objects(catalog: Catalog, is_read: Says) -> Iterator[tuple[str, ObjectType]]:
    """Objects whose key is read, or of which a property is."""
    for name, one in catalog.objects.items():
        properties = {
            known: property_
            for known, property_ in one.properties.items()
            if is_read(object_coordinate(name, known))
        }
        if properties or is_read(object_coordinate(name, "key")):
            yield name, replace(one, properties=properties)


def _accounts(model: AccountModel, is_read: Says) -> AccountModel:
    identifiers = {
        name: one
        for name, one in model.identifiers.items()
        if is_read(account_identifier_coordinate(name))
    }
    traits = {
        name: one if one.identifier in identifiers else replace(one, identifier=None)
        for name, one in model.traits.items()
        if is_read(account_trait_coordinates(name)[0])
    }
    return AccountModel(
        identifiers=identifiers,
        traits=traits,
        kinds=model.kinds if is_read(_LINK_KIND) else {},
        roles=model.roles if is_read(_LINK_ROLE) else {},
        computed={
            name: one for name, one in model.computed.items() if is_read(roll_up_coordinate(name))
        },
    )


def _segments(catalog: Catalog, is_used: Says) -> Iterator[tuple[str, SegmentDefinition]]:
    for name, segment in catalog.segments.items():
        if all(map(is_used, coordinates_read(segment.condition, catalog))):
            yield name, segment


def _are_sources_read(catalog: Catalog, is_read: Says) -> bool:
    events = (property_coordinate(event, "source") for event in catalog.events)
    return any(map(is_read, (*_SOURCE, *events)))


def _tags(catalog: Catalog) -> Iterator[str]:
    """The tags that entries carry."""
    yield from (one.tag for one in catalog.identifiers.values())
    yield from (tag for one in catalog.traits.values() for tag in one.tags)
    yield from (tag for one in catalog.tags.values() for tag in one.tags)
    yield from _tags_of_objects(catalog)
    yield from _tags_of_accounts(catalog.accounts)
    for event in catalog.events.values():
        yield from (one.tag for one in event.properties.values())


def _tags_of_objects(catalog: Catalog) -> Iterator[str]:
    for one in catalog.objects.values():
        yield one.tag
        yield from (known.tag for known in one.properties.values())


def _tags_of_accounts(model: AccountModel) -> Iterator[str]:
    yield from (one.tag for one in model.identifiers.values())
    yield from (one.tag for one in model.traits.values())
    for one in model.computed.values():
        yield from (one.trait.tag, *one.trait.derived_tags)
