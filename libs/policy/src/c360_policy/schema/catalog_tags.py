"""What the gateway's own catalog says of coordinates: the tag of whatever shows or uses a value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from c360_kernel.catalog.model import AccountModel, Catalog, SegmentDefinition
from c360_kernel.catalog.names import PUBLIC, camel, constant, object_types, pascal
from c360_kernel.catalog.reads import coordinates_read, named_by
from c360_kernel.catalog.roll_ups import ACCOUNT_LINK
from c360_kernel.subgraph.catalog_types.record_key import RECORD_KEY
from c360_kernel.subgraph.catalog_types.segment_filters import filtered_segments

from c360_policy.table import Coordinates

RECORD_KEY_COORDINATE = "SourceRecord.key"
"""What shows the key that every item names its record by."""


def catalog_tags(catalog: Catalog) -> Coordinates:
    """Every coordinate that a catalog makes, with its tag; none for what is public."""
    found = {name: frozenset(() if tag == PUBLIC else (tag,)) for name, tag in _tags(catalog)}
    ruled = dict(_ruled_tags(catalog))
    return {**found, **dict(_computed(catalog)), **ruled, **dict(_segments(catalog))}


ACCOUNT_KEY_COORDINATE = "AccountRecord.key"
"""What shows the key that an account record is written by."""
LINK_COORDINATES = {
    name: (f"AccountLink.{name}", f"AccountLinkInput.{name}")
    for name in ("role", "title", "influence", "attitude")
}
"""What shows each part of a link that is said of a person, and what it is written through."""
LINK_COMPARISONS = (
    "CustomerFilter.account", "CustomerAccountFilter.kind", "CustomerAccountFilter.role",
)  # fmt: skip
"""What customers are filtered through by the accounts that they act for."""
ACCOUNT_IDENTIFIER_INPUTS = ("AccountIdentifierInput.type", "AccountIdentifierInput.value")
IDENTIFIER_INPUTS = ("IdentifierInput.type", "IdentifierInput.value")
"""What every identifier is written through."""


def trait_coordinates(name: str) -> tuple[str, ...]:
    """The coordinates that show a trait, and the one that it is written through."""
    return f"Profile.{name}", f"RecordTraits.{name}", f"TraitsInput.{name}"


def tag_coordinates(name: str) -> tuple[str, ...]:
    """The coordinates that show a customer's tag, and the one that it is written through."""
    return f"CustomerTags.{name}", f"TagsInput.{name}"


def identifier_coordinates(name: str) -> tuple[str, ...]:
    """The coordinates that show or name an identifier type, and the one that it is written by."""
    named = constant(name)
    return f"Identifiers.{camel(name)}", f"IdentifierType.{named}", f"IdentifierInputType.{named}"


def account_trait_coordinates(name: str) -> tuple[str, ...]:
    """The coordinate that shows a trait of accounts, and the one that it is written through."""
    return f"AccountProfile.{name}", f"AccountTraitsInput.{name}"


def account_identifier_coordinate(name: str) -> str:
    """The coordinate that shows an identifier type of accounts."""
    return f"AccountIdentifiers.{camel(name)}"


def account_comparisons(name: str) -> tuple[str, str]:
    """The coordinates that accounts are filtered and sorted through by a trait or roll-up."""
    return f"AccountFilter.{name}", f"AccountOrderField.{constant(name)}"


def roll_up_coordinate(name: str) -> str:
    """The coordinate that shows a computed trait of accounts."""
    return f"AccountRollUps.{name}"


def roll_up_coordinates(name: str) -> tuple[str, ...]:
    """The coordinates that show a computed trait of accounts, and why it is what it is."""
    return roll_up_coordinate(name), f"AccountRollUpReasons.{name}"


def property_coordinate(event: str, name: str) -> str:
    """The coordinate that shows a property of an event."""
    return f"{pascal(event)}.{name}"


def property_input(name: str) -> str:
    """The coordinate that a property of any event is written through."""
    return f"EventPropertiesInput.{name}"


def object_coordinate(object_: str, name: str) -> str:
    """The coordinate that shows a property of an object, or its key."""
    return f"{pascal(object_)}.{name}"


def object_comparison(object_: str, name: str) -> str:
    """The coordinate that customers are filtered through by a property of an object that one of
    their traits refers to."""
    _, filter_ = object_types(object_)
    return f"{filter_}.{name}"


def referred_coordinates(shown_as: str) -> tuple[str, str]:
    """The coordinates that show the object that a trait refers to, and filter customers by it."""
    return f"Profile.{shown_as}", f"CustomerFilter.{shown_as}"


def object_property_input(name: str) -> str:
    """The coordinate that a property of any object is written through."""
    return f"ObjectPropertiesInput.{name}"


def _tags(catalog: Catalog) -> Iterator[tuple[str, str]]:
    yield RECORD_KEY_COORDINATE, RECORD_KEY
    yield from ((one, PUBLIC) for one in IDENTIFIER_INPUTS)
    for trait in catalog.traits.values():
        used = (f"CustomerFilter.{trait.name}", f"CustomerOrderField.{constant(trait.name)}")
        yield from ((one, trait.tag) for one in (*trait_coordinates(trait.name), *used))
        if trait.refers:
            yield from ((one, trait.tag) for one in referred_coordinates(trait.shown_as))
    for tag in catalog.tags.values():
        used = (*tag_coordinates(tag.name), f"TagsFilter.{tag.name}")
        yield from ((one, tag.tag) for one in used)
    for identifier in catalog.identifiers.values():
        *shown, written = identifier_coordinates(identifier.name)
        yield from ((one, identifier.tag) for one in shown)
        if not identifier.derived_from:
            yield written, identifier.tag
            yield f"IdentifiersFilter.{camel(identifier.name)}", identifier.tag
    for event in catalog.events.values():
        yield property_coordinate(event.name, "messageId"), RECORD_KEY
        yield property_coordinate(event.name, "occurredAt"), PUBLIC
        for known in event.properties.values():
            yield property_coordinate(event.name, known.name), known.tag
            if known.refers:
                yield property_coordinate(event.name, known.shown_as), known.tag
    yield from _property_inputs(catalog)
    yield from _account_tags(catalog.accounts)
    yield from _object_tags(catalog)


def _object_tags(catalog: Catalog) -> Iterator[tuple[str, str]]:
    tags: dict[str, set[str]] = defaultdict(set)
    compared = {one.refers for one in catalog.traits.values()}
    for object_ in catalog.objects.values():
        yield object_coordinate(object_.name, "key"), object_.tag
        for known in object_.properties.values():
            yield object_coordinate(object_.name, known.name), known.tag
            if object_.name in compared:
                yield object_comparison(object_.name, known.name), known.tag
            tags[known.name].add(known.tag)
    # Where objects differ, each is decided by the tag of its own.
    for name, own in tags.items():
        yield object_property_input(name), own.pop() if len(own) == 1 else PUBLIC


def _account_tags(model: AccountModel) -> Iterator[tuple[str, str]]:
    yield ACCOUNT_KEY_COORDINATE, RECORD_KEY
    yield from ((one, ACCOUNT_LINK) for both in LINK_COORDINATES.values() for one in both)
    if model.kinds:
        yield from ((one, ACCOUNT_LINK) for one in LINK_COMPARISONS)
    yield from ((one, PUBLIC) for one in ACCOUNT_IDENTIFIER_INPUTS)
    for trait in model.traits.values():
        used = account_comparisons(trait.name)
        yield from ((one, trait.tag) for one in (*account_trait_coordinates(trait.name), *used))
    for identifier in model.identifiers.values():
        yield account_identifier_coordinate(identifier.name), identifier.tag


def _computed(catalog: Catalog) -> Iterator[tuple[str, frozenset[str]]]:
    """What shows and uses traits that no source says: each carries the tags of what it reads."""
    for name in (*catalog.computed, *catalog.lifecycle):
        trait = catalog.profile_traits[name]
        tags = frozenset(trait.tags) - {PUBLIC}
        yield f"Profile.{name}", tags
        yield f"CustomerFilter.{name}", tags
        if trait.type != "strings":
            yield f"CustomerOrderField.{constant(name)}", tags
    for name, one in catalog.accounts.computed.items():
        tags = frozenset((one.trait.tag, *one.trait.derived_tags)) - {PUBLIC}
        yield from ((place, tags) for place in _rolled_up_places(name))


def _ruled_tags(catalog: Catalog) -> Iterator[tuple[str, frozenset[str]]]:
    """What shows and compares tags that rules give: each carries the tags of what its rule reads.

    Whoever says one tells nothing of that.
    """
    for name, tag in catalog.tags.items():
        if tag.rule is not None:
            yield from ((one, frozenset(tag.tags) - {PUBLIC}) for one in _ruled_places(name))


def _ruled_places(name: str) -> tuple[str, str]:
    return tag_coordinates(name)[0], f"TagsFilter.{name}"


def _segments(catalog: Catalog) -> Iterator[tuple[str, frozenset[str]]]:
    """What filters by segments: each carries the tags of all that its condition reads."""
    for place, segment in _filtered_segments(catalog):
        read = named_by(segment.condition, "trait")
        tags = (catalog.compared_traits[one].tags for one in read)
        yield place, frozenset[str]().union(*tags) - {PUBLIC}


def _filtered_segments(catalog: Catalog) -> Iterator[tuple[str, SegmentDefinition]]:
    for name, segment in filtered_segments(catalog).items():
        yield f"SegmentsFilter.{name}", segment


def computed_of(catalog: Catalog) -> Mapping[str, tuple[str, ...]]:
    """By each coordinate that shows or uses a computed trait or a stage, what shows the properties
    and traits that it is made of: a rule may deny one of these by its name. By what shows or
    compares a tag that a rule gives, what shows all that the rule reads. By what filters by a
    segment, what shows and compares the traits that it tests. What accounts come to is made of
    persons' properties and traits.
    """
    made_of: dict[str, frozenset[str]] = {}
    for name, trait in catalog.computed.items():
        read = {trait.looks_at, *named_by(trait.where, "property")} - {""}
        made_of[name] = frozenset(
            place for e in trait.events for one in read for place in _read_at(catalog, e, one)
        )
    for name, cycle in catalog.lifecycle.items():
        of_stages = {one for stage in cycle.stages for one in named_by(stage.when, "trait")}
        counted = (made_of.get(one, frozenset()) for one in of_stages)
        made_of[name] = frozenset(f"Profile.{one}" for one in of_stages).union(*counted)
    computed = {
        place: tuple(sorted(parts))
        for name, parts in made_of.items()
        if parts
        for place in _computed_places(name)
    }
    segments = dict(_tested_by_segments(catalog, made_of))
    rolled_up = dict(_rolled_up(catalog, made_of))
    ruled = dict(_given_by_rules(catalog, made_of))
    return {**computed, **ruled, **rolled_up, **segments, **dict(_referring(catalog))}


def _given_by_rules(
    catalog: Catalog, made_of: Mapping[str, frozenset[str]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, tag in catalog.tags.items():
        if tag.rule is not None:
            counted = (made_of.get(one, frozenset()) for one in named_by(tag.rule.when, "trait"))
            parts = coordinates_read(tag.rule.when).union(*counted)
            yield from ((place, tuple(sorted(parts))) for place in _ruled_places(name))


def _rolled_up(
    catalog: Catalog, made_of: Mapping[str, frozenset[str]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Who may not see a property or trait does not see what accounts come to of it."""
    for name, one in catalog.accounts.computed.items():
        form = "trait" if one.is_of_members else "property"
        read = {one.trait.looks_at, *named_by(one.trait.where, form)} - {""}
        if one.is_of_members:
            parts = {f"Profile.{trait}" for trait in read}
            parts |= {part for trait in read for part in made_of.get(trait, ())}
        else:
            parts = {p for e in one.trait.events for p in _counted_at(catalog, e, read)}
        if parts:
            for place in _rolled_up_places(name):
                yield place, tuple(sorted(parts))


def _rolled_up_places(name: str) -> tuple[str, ...]:
    return *roll_up_coordinates(name), *account_comparisons(name)


def _counted_at(catalog: Catalog, event: str, read: Iterable[str]) -> Iterator[str]:
    yield from (property_coordinate(event, name) for name in read)
    stated = catalog.accounts.stated.get(event)
    if stated is not None:
        yield property_coordinate(event, stated.property)


def _tested_by_segments(
    catalog: Catalog, made_of: Mapping[str, frozenset[str]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for place, segment in _filtered_segments(catalog):
        named = frozenset(named_by(segment.condition, "trait"))
        referred = [one for name, one in catalog.referred_traits.items() if name in named]
        read = (named - catalog.referred_traits.keys()) | {one.by.name for one in referred}
        places = [one for name in read for one in (f"Profile.{name}", f"CustomerFilter.{name}")]
        for one in referred:
            known = one.by.refers, one.seen.name
            places += (object_coordinate(*known), object_comparison(*known))
        parts = (made_of.get(name, frozenset()) for name in read)
        yield place, tuple(sorted(frozenset(places).union(*parts)))


def _referring(catalog: Catalog) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Who may not see by which key an event or trait refers to an object does not see the object
    there."""
    for trait in catalog.traits.values():
        if trait.refers:
            key = f"Profile.{trait.name}", f"CustomerFilter.{trait.name}"
            shown, compared = referred_coordinates(trait.shown_as)
            yield shown, key[:1]
            yield compared, key
    for event in catalog.events.values():
        for known in event.properties.values():
            if known.refers:
                place = property_coordinate(event.name, known.shown_as)
                yield place, (property_coordinate(event.name, known.name),)


def _read_at(catalog: Catalog, event: str, name: str) -> Iterator[str]:
    """What shows what is read under a name: of an object's property its key, too."""
    referred = catalog.events[event].referred.get(name)
    if referred is None:
        yield property_coordinate(event, name)
        return
    yield property_coordinate(event, referred.by.name)
    yield object_coordinate(referred.by.refers, referred.seen.name)


def _computed_places(name: str) -> tuple[str, ...]:
    return f"Profile.{name}", f"CustomerFilter.{name}", f"CustomerOrderField.{constant(name)}"


def _property_inputs(catalog: Catalog) -> Iterator[tuple[str, str]]:
    tags: dict[str, set[str]] = defaultdict(set)
    types: dict[str, set[str]] = defaultdict(set)
    for event in catalog.events.values():
        for known in event.properties.values():
            tags[known.name].add(known.tag)
            types[known.name].add(known.type)
    for name, own_tags in tags.items():
        # Where events differ, each is decided by the tag of its own.
        tag = own_tags.pop() if len(own_tags) == 1 else PUBLIC
        yield property_input(name), tag
        if len(types[name]) == 1:
            yield f"TimelineFilter.{name}", tag


def after_change(served: Coordinates, old: Catalog, new: Catalog) -> Coordinates:
    """What would be served under another catalog: what no catalog makes stays as it is."""
    gone = catalog_tags(old).keys()
    events = {pascal(event) for event in old.events.keys() - new.events.keys()}
    kept = {
        name: tags
        for name, tags in served.items()
        if name not in gone and name.partition(".")[0] not in events
    }
    return {**kept, **catalog_tags(new)}


def union(one: Coordinates, other: Mapping[str, frozenset[str]]) -> Coordinates:
    """What is tagged by either carries the tags of both."""
    nothing: frozenset[str] = frozenset()
    names = {*one, *other}
    return {name: one.get(name, nothing) | other.get(name, nothing) for name in names}
