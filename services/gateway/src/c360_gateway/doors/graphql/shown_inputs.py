"""The inputs of the mutations as the schema shows them: typed, traits and properties by name.

They are for people and tools. What is sent is judged item by item, see `taken_inputs`, and more
spellings are taken than these types have: instants as milliseconds, names in lower case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NewType

import strawberry
from c360_kernel.catalog.model import AccountModel, Catalog, PropertyType
from c360_kernel.subgraph.catalog_types import (
    ConsentGiver,
    ConsentStatus,
    LegalBasis,
    attribute,
    identifier_input_enum,
)
from c360_kernel.subgraph.catalog_types.descriptions import (
    properties_described,
    tag_described,
    trait_described,
)
from c360_kernel.subgraph.catalog_types.fields import OUTPUT_TYPES, tags_of
from c360_kernel.subgraph.scalars import DateTime, Long
from c360_kernel.value_types import ValueType
from c360_policy.schema.catalog_tags import ACCOUNT_LINK
from strawberry.types.scalar import ScalarDefinition

from c360_gateway.doors.graphql.enums import IdentityDecision, LinkAttitude, RecordMode
from c360_gateway.doors.graphql.taken_inputs import Inputs

PropertyValue = NewType("PropertyValue", object)


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    type: Any
    description: str
    is_required: bool = False
    tag: str = ""


_SOURCE = _Member("source", str, "A source of the catalog that your token may write.", True)
_SOURCE_OF_ANY = _Member("source", str, "A source of the catalog.", True)
_KEY = _Member("key", str, "The source's own key for the person, at most 512 characters.", True)
_LEFT_OUT = "Now if left out."
_REVISION = (
    "Grows with every change of it, below 2^53; the greatest wins. `observedAt` in milliseconds if"
    " left out."
)
_CORRECTED = (
    "What holds of the customer, whatever the sources say; empty: there is none. Null takes a"
    " correction back."
)
_CATALOGS = "What the catalog says of the purpose if left out."
_IDENTIFIER_VALUE = (
    "As a person would write it; it is normalized here. Null in a patch: the record has none of"
    " this type that no trait says."
)


def shown_inputs(catalog: Catalog) -> Inputs:
    """New input types for a catalog; make them once a schema."""
    identifiers, traits = list(_identifiers(catalog)), list(_traits(catalog))
    reference: Any = _input("RecordRef", "Names a source record.", [_SOURCE_OF_ANY, _KEY])
    return Inputs(
        _record([*identifiers, *traits]),
        _event([*identifiers, *_properties(catalog)]),
        _consent(),
        _decision(reference),
        _correction([replace(one, is_required=True, description=_CORRECTED) for one in traits]),
        _account(catalog.of_accounts, reference),
        _link(catalog.accounts, reference),
        _tagging(catalog),
        _object(catalog),
        _deletion(),
        _listing(),
    )


def shown_scalars() -> dict[object, ScalarDefinition]:
    """For `StrawberryConfig.scalar_map`."""
    described = "A value of the type that the event's property has in the catalog."
    scalar = strawberry.scalar(name="PropertyValue", description=described)
    return {PropertyValue: scalar}


def _record(named: Sequence[_Member]) -> type:
    return _input(
        "RecordInput",
        "What one source now says about one person: its whole state, or a patch of it.",
        [
            _SOURCE,
            _KEY,
            _Member("mode", RecordMode, "UPSERT, the whole state, if left out."),
            _Member(
                "revision",
                Long,
                "Grows with every change of the record, below 2^53; the greatest wins,"
                " for each trait of a patch."
                " `observedAt` in milliseconds if left out.",
            ),
            _Member("observedAt", DateTime, f"When the source saw this. {_LEFT_OUT}"),
            _Member("deleted", bool, "True: the source has deleted the record. Nothing else then."),
            *named,
        ],
    )


def _deletion() -> type:
    return _input(
        "RecordDeletionInput",
        "A record that its source has deleted.",
        [
            _SOURCE,
            _KEY,
            _Member("revision", Long, _REVISION),
            _Member("observedAt", DateTime, f"When the source deleted it. {_LEFT_OUT}"),
        ],
    )


def _event(named: Sequence[_Member]) -> type:
    return _input(
        "EventInput",
        "Something that happened to the person of a source record.",
        [
            _SOURCE,
            _KEY,
            _Member(
                "messageId",
                str,
                "Names the event in its source for ever, at most 512 characters; sent again it"
                " counts once.",
                True,
            ),
            _Member("name", str, "An event of the catalog, as `order_completed`.", True),
            _Member("occurredAt", DateTime, f"When it happened. {_LEFT_OUT}"),
            *named,
        ],
    )


def _consent() -> type:
    return _input(
        "ConsentInput",
        "A purpose that a person granted, denied or withdrew.",
        [
            _SOURCE,
            _KEY,
            _Member("purpose", str, "A purpose of the catalog, as `marketing`.", True),
            _Member("status", ConsentStatus, "What the person said.", True),
            _Member("at", DateTime, f"When the person said so. {_LEFT_OUT}"),
            _Member("channel", str, "Where and how consent was asked, at most 512 characters."),
            _Member("basis", LegalBasis, f"On what the use of the data rests. {_CATALOGS}"),
            _Member("wordingVersion", str, f"Which wording was shown. {_CATALOGS}"),
            _Member("language", str, "The language of the wording, as `zh-Hans`."),
            _Member("jurisdiction", str, f"Whose law it was asked under, as `CN`. {_CATALOGS}"),
            _Member("givenBy", ConsentGiver, "Who answered."),
            _Member("proof", str, "What proves it: an address or a hash, at most 512 characters."),
            _Member(
                "expiresAt",
                DateTime,
                "Of a grant: until when it holds. After the purpose's `validDays` if left out or"
                " later than that.",
            ),
        ],
    )


def _correction(traits: Sequence[_Member]) -> type:
    return _input(
        "CorrectionInput",
        "What a steward says of a customer, in place of what a record of it says.",
        [
            _SOURCE_OF_ANY,
            _KEY,
            *traits,
            _Member("reason", str, "Why, for whoever looks later; at most 512 characters.", True),
        ],
    )


def _tagging(catalog: Catalog) -> type:
    members = [
        _Member(tag.name, OUTPUT_TYPES[tag.value_type], tag_described(tag), tag=tag.tag)
        for tag in catalog.tags.values()
    ]
    named: list[_Member] = []
    if members:
        description = "Tags by name: a value puts one on, null takes it off."
        made: Any = _input("TagsInput", description, members)
        named = [_Member("tags", made, "What is said of the customer's tags.", True)]
    return _input(
        "TagInput",
        "What somebody says of the tags of a customer, by one of its records.",
        [
            _SOURCE_OF_ANY,
            _KEY,
            *named,
            _Member("reason", str, "Why, for whoever looks later; at most 512 characters.", True),
            _Member(
                "expiresAt",
                DateTime,
                "Until when the tags hold that are put on; as the catalog says of each if left"
                " out.",
            ),
            _Member(
                "messageId",
                str,
                "Names what you say of the record for ever, at most 512 characters; sent again it"
                " counts once.",
            ),
        ],
    )


def _listing() -> type:
    return _input(
        "ListingInput",
        "That a customer is on a list, or no longer, by one of its records.",
        [
            _Member("segment", strawberry.ID, "The segment that is the list.", True),
            _SOURCE_OF_ANY,
            _KEY,
            _Member("listed", bool, "False takes the customer off; true if left out."),
            _Member("reason", str, "Why, for whoever looks later; at most 512 characters."),
            _Member("expiresAt", DateTime, "Until when it is on the list; for ever if left out."),
            _Member(
                "messageId",
                str,
                "Names what you say of the record for ever, at most 512 characters; sent again it"
                " counts once.",
            ),
        ],
    )


def _object(catalog: Catalog) -> type:
    by_name: dict[str, dict[str, PropertyType]] = defaultdict(dict)
    for object_ in catalog.objects.values():
        for known in object_.properties.values():
            by_name[known.name][object_.name] = known
    members = [_shared(name, by_object) for name, by_object in by_name.items()]
    properties: list[_Member] = []
    if members:
        described = (
            "The properties of all objects, by name: an object takes those that are its own."
        )
        made: Any = _input("ObjectPropertiesInput", described, members)
        properties.append(_Member("properties", made, "What is known of the object."))
    return _input(
        "ObjectInput",
        "What one source now says about one object, the whole of it.",
        [
            _SOURCE,
            _Member("type", str, f"One of {', '.join(catalog.objects)}.", True),
            _Member("key", str, "What events refer to it by, at most 512 characters.", True),
            _Member("observedAt", DateTime, f"When the source saw this. {_LEFT_OUT}"),
            _Member("deleted", bool, "True: there is no such object any more. Nothing else then."),
            *properties,
        ],
    )


def _account(catalog: Catalog, reference: type) -> type:
    members = [
        _SOURCE,
        replace(_KEY, description="The source's own key for the account."),
        _Member("mode", RecordMode, "UPSERT, the whole state, if left out."),
        _Member("revision", Long, _REVISION),
        _Member("observedAt", DateTime, f"When the source saw this. {_LEFT_OUT}"),
        _Member("deleted", bool, "True: the source has deleted the record. Nothing else then."),
        _Member("parent", reference, "The record of the account that it is a part of."),
    ]
    if catalog.identifiers:
        named = f"What kind of identifier it is: {', '.join(catalog.written_identifiers)}."
        parts = [_Member("type", str, named, True), _Member("value", str, _IDENTIFIER_VALUE)]
        one: Any = _input("AccountIdentifierInput", "An identifier of an account.", parts)
        members.append(_Member("identifiers", list[one], "What names the account."))
    if catalog.traits:
        traits = _input("AccountTraitsInput", "The traits of an account record.", _typed(catalog))
        members.append(_Member("traits", traits, "What is known of the account."))
    return _input("AccountInput", "What one source now says about one account.", members)


def _link(model: AccountModel, reference: type) -> type:
    return _input(
        "AccountLinkInput",
        "What a person has to do with an account, as one source says it now.",
        [
            _SOURCE,
            _Member("linkId", str, "The source's name of the link; made of its ends if left out."),
            _Member("person", reference, "A record of the person.", True),
            _Member("account", reference, "A record of the account.", True),
            _Member("kind", str, f"One of {', '.join(model.kinds)}.", True),
            _Member("role", str, f"One of {', '.join(model.roles)}.", tag=ACCOUNT_LINK),
            _Member("title", str, "What the person is called there.", tag=ACCOUNT_LINK),
            _Member("influence", int, "From 1 to 5.", tag=ACCOUNT_LINK),
            _Member("attitude", LinkAttitude, "For us, neutral or against.", tag=ACCOUNT_LINK),
            _Member("reportsTo", reference, "A record of whom the person reports to there."),
            _Member("primary", bool, "True: it is the person's main account."),
            _Member("validFrom", DateTime, "From when it holds; always did if left out."),
            _Member("validTo", DateTime, "Until before when it holds; without end if left out."),
            _Member("revision", Long, _REVISION),
            _Member("observedAt", DateTime, f"When the source saw this. {_LEFT_OUT}"),
            _Member("deleted", bool, "True: the source says so no more."),
        ],
    )


def _decision(about: Any) -> type:  # noqa: ANN401 - an input that is made
    return _input(
        "DecisionInput",
        "What a steward says of two records.",
        [
            _Member("decision", IdentityDecision, "What is said of them.", True),
            _Member("a", about, "One of the two; in which order they come says nothing.", True),
            _Member("b", about, "The other one.", True),
            _Member("reason", str, "Why, for whoever looks later; at most 512 characters.", True),
            _Member(
                "decisionId",
                str,
                "Names the decision for ever, at most 512 characters; sent again it counts once."
                " Made up if left out.",
            ),
            _Member(
                "undoes",
                str,
                "Of UNDO: the id of the decision that is taken back; the one that stands on the two"
                " records if left out.",
            ),
        ],
    )


def _identifiers(catalog: Catalog) -> Iterator[_Member]:
    # An enum of its own: what may be written need not be what may be looked up.
    identifier_type = identifier_input_enum(catalog)
    members = [
        _Member("type", identifier_type, "What kind of identifier it is.", True),
        _Member("value", str, _IDENTIFIER_VALUE),
    ]
    made: Any = _input("IdentifierInput", "An identifier of the person.", members)
    description = "What names the person: of one type there may be several."
    yield _Member("identifiers", list[made], description)


def _traits(catalog: Catalog) -> Iterator[_Member]:
    members = _typed(catalog)
    if members:
        description = "The traits of a record, by name; null says that there is none."
        made = _input("TraitsInput", description, members)
        yield _Member("traits", made, "What is known of the person.")


def _typed(catalog: Catalog) -> list[_Member]:
    return [
        _Member(trait.name, OUTPUT_TYPES[trait.type], trait_described(trait), tag=trait.tag)
        for trait in catalog.traits.values()
    ]


def _properties(catalog: Catalog) -> Iterator[_Member]:
    members = [_shared(name, by_event) for name, by_event in _by_name(catalog).items()]
    if members:
        description = (
            "The properties of all events, by name: an event takes those that are its own."
        )
        made = _input("EventPropertiesInput", description, members)
        yield _Member("properties", made, "What is known of the event.")


def _by_name(catalog: Catalog) -> Mapping[str, Mapping[str, PropertyType]]:
    found: dict[str, dict[str, PropertyType]] = defaultdict(dict)
    for event in catalog.events.values():
        for known in event.properties.values():
            found[known.name][event.name] = known
    return found


def _shared(name: str, by_event: Mapping[str, PropertyType]) -> _Member:
    """One member for the property of all events that have it, whatever they say of it."""
    types: set[ValueType] = {known.type for known in by_event.values()}
    tags = {known.tag for known in by_event.values()}
    return _Member(
        name,
        OUTPUT_TYPES[types.pop()] if len(types) == 1 else PropertyValue,
        properties_described(by_event.items()),
        tag=tags.pop() if len(tags) == 1 else "",
    )


def _input(name: str, description: str, members: Sequence[_Member]) -> type:
    namespace: dict[str, Any] = {attribute(one.name): _field(one) for one in members}
    namespace["__annotations__"] = {
        attribute(one.name): one.type if one.is_required else one.type | None for one in members
    }
    namespace["__module__"] = __name__
    return strawberry.federation.input(type(name, (), namespace), description=description)


def _field(member: _Member) -> Any:  # noqa: ANN401 - Strawberry's field fits any type
    named: dict[str, Any] = {"name": member.name, "tags": tags_of(member.tag)}
    if not member.is_required:
        named["default"] = strawberry.UNSET
    return strawberry.federation.field(description=member.description, **named)
