"""What a catalog becomes in the graph: names, types and tags, as the SDL prints them."""

import re
from dataclasses import replace
from typing import Any

import pytest
import strawberry
from c360_kernel.catalog.model import Catalog
from c360_kernel.context import CallerContext
from c360_kernel.subgraph.catalog_types import (
    Event,
    attribute,
    customer_filter,
    customer_order,
    customer_order_field,
    event_types,
    identifier_enum,
    identifiers_type,
    traits_type,
)
from c360_kernel.subgraph.schema import build_schema
from c360_kernel.subgraph.subgraph import Subgraph
from graphql import Node, Visitor, parse, print_ast, visit


async def ready() -> bool:
    return True


def subgraph(query: type, types: tuple[type, ...] = ()) -> Subgraph:
    return Subgraph("test", build_schema(query, types=types), lambda caller: caller, ready)


@pytest.fixture(scope="module")
def profile(catalog: Catalog) -> Subgraph:
    Profile: Any = traits_type("Profile", catalog.profile_traits)  # noqa: N806
    Identifiers: Any = identifiers_type(catalog)  # noqa: N806
    events = event_types(catalog, referring=lambda _: None)
    filter_: Any = customer_filter(catalog)
    order: Any = customer_order(customer_order_field(catalog))
    kind: Any = identifier_enum(catalog)

    @strawberry.type
    class Query:
        @strawberry.field
        def profile(self) -> Profile:
            return Profile(
                phone="1",
                points=2**40,
                spend=1.5,
                birthDate="2000-02-29",
                seenAt=1,
                newsletter=True,
                interests=("tea", "milk"),
                class_="a",
            )

        @strawberry.field
        def identifiers(self, type: kind, filter: filter_, order: order) -> Identifiers:
            return Identifiers(values={"phone": [type.value], "national_id": [order.field.value]})

        @strawberry.field
        def event(self) -> Event:
            return events["order_completed"](
                message_id="m",
                name="order_completed",
                occurred_at=0,
                source="crm",
                key="1",
                quantity=2,
            )

    return subgraph(Query, tuple(events.values()))


class Undescribed(Visitor):
    """Leaves descriptions out."""

    def leave(self, node: Node, *_: object) -> Node | None:
        has_one = getattr(node, "description", None) is not None
        return replace(node, description=None) if has_one else None  # type: ignore[call-arg]


def definition(sdl: str, kind: str, name: str) -> list[str]:
    plain = print_ast(visit(parse(sdl, no_location=True), Undescribed()))
    found = re.search(rf"^{kind} {name}\b[^{{]*{{\n(.*?)^}}", plain, re.DOTALL | re.MULTILINE)
    assert found, f"{kind} {name} is not in the SDL"
    return [line.strip() for line in found[1].splitlines() if line.strip()]


def test_traits_are_typed_nullable_and_tagged(profile: Subgraph) -> None:
    assert definition(profile.sdl(), "type", "Profile") == [
        'phone: String @tag(name: "phone")',
        "points: Long",
        'spend: Float @tag(name: "financial")',
        'birthDate: Date @tag(name: "birth_date")',
        'seenAt: DateTime @tag(name: "behaviour")',
        "newsletter: Boolean",
        'interests: [String!] @tag(name: "behaviour")',
        "class: String",
    ]


def test_identifiers_are_lists_by_type(profile: Subgraph) -> None:
    assert definition(profile.sdl(), "type", "Identifiers") == [
        'phone(first: Int = null): [String!] @tag(name: "phone")',
        'nationalId(first: Int = null): [String!] @tag(name: "national_id")',
        "memberCard(first: Int = null): [String!]",
    ]


def test_enum_values_are_tagged(profile: Subgraph) -> None:
    assert definition(profile.sdl(), "enum", "IdentifierType") == [
        'PHONE @tag(name: "phone")',
        'NATIONAL_ID @tag(name: "national_id")',
        "MEMBER_CARD",
    ]
    assert definition(profile.sdl(), "enum", "CustomerOrderField") == [
        'PHONE @tag(name: "phone")',
        "POINTS",
        'SPEND @tag(name: "financial")',
        'BIRTH_DATE @tag(name: "birth_date")',
        'SEEN_AT @tag(name: "behaviour")',
        "NEWSLETTER",
        "CLASS",
    ]


def test_filter_fields_are_typed_and_tagged(profile: Subgraph) -> None:
    assert definition(profile.sdl(), "input", "CustomerFilter") == [
        "and: [CustomerFilter!]",
        "or: [CustomerFilter!]",
        "not: CustomerFilter",
        "sources: StringsFilter",
        "consents: ConsentsFilter",
        "events: EventsFilter",
        "identifiers: IdentifiersFilter",
        "segments: SegmentsFilter",
        'phone: StringFilter @tag(name: "phone")',
        "points: LongFilter",
        'spend: FloatFilter @tag(name: "financial")',
        'birthDate: DateFilter @tag(name: "birth_date")',
        'seenAt: DateTimeFilter @tag(name: "behaviour")',
        "newsletter: BooleanFilter",
        'interests: StringsFilter @tag(name: "behaviour")',
        "class: StringFilter",
    ]


def test_consents_are_filtered_by_the_purposes_of_the_catalog(profile: Subgraph) -> None:
    assert definition(profile.sdl(), "input", "ConsentsFilter") == [
        "marketing: ConsentStatusFilter",
        "personalAds: ConsentStatusFilter",
    ]


def test_identifiers_are_filtered_by_with_their_tags(profile: Subgraph) -> None:
    assert definition(profile.sdl(), "input", "IdentifiersFilter") == [
        'phone: IdentifierFilter @tag(name: "phone")',
        'nationalId: IdentifierFilter @tag(name: "national_id")',
        "memberCard: IdentifierFilter",
    ]


def test_segments_that_count_nothing_are_filtered_by_with_the_tags_of_what_they_read(
    profile: Subgraph,
) -> None:
    assert definition(profile.sdl(), "input", "SegmentsFilter") == [
        'spenders: Boolean @tag(name: "financial")',
        'richOrRead: Boolean @tag(name: "behaviour")',
    ]


def test_each_event_is_a_type_of_the_interface(profile: Subgraph) -> None:
    common = [
        'messageId: String @tag(name: "record_key")',
        "name: String!",
        "occurredAt: DateTime!",
        "source: String!",
        'key: String @tag(name: "record_key")',
    ]
    assert definition(profile.sdl(), "interface", "Event") == common
    assert definition(profile.sdl(), "type", "OrderCompleted implements Event") == [
        *common,
        'amount: Float @tag(name: "financial")',
        "quantity: Long",
    ]
    assert definition(profile.sdl(), "type", "PageViewed implements Event") == common


async def test_values_of_the_log_serialize(profile: Subgraph) -> None:
    query = """{
      profile { phone points spend birthDate seenAt newsletter interests class }
      event { __typename occurredAt ... on OrderCompleted { amount quantity } }
      identifiers(type: NATIONAL_ID, filter: {}, order: {field: BIRTH_DATE}) {
        phone nationalId memberCard
      }
    }"""
    response = await profile.execute(query, None, None, CallerContext("ann", ()))
    assert response == {
        "data": {
            "profile": {
                "phone": "1",
                "points": 2**40,
                "spend": 1.5,
                "birthDate": "2000-02-29",
                "seenAt": "1970-01-01T00:00:00.001Z",
                "newsletter": True,
                "interests": ["tea", "milk"],
                "class": "a",
            },
            "event": {
                "__typename": "OrderCompleted",
                "occurredAt": "1970-01-01T00:00:00Z",
                "amount": None,
                "quantity": 2,
            },
            "identifiers": {
                "phone": ["national_id"],
                "nationalId": ["birthDate"],
                "memberCard": [],
            },
        }
    }


def test_a_python_keyword_gets_an_underscore() -> None:
    assert attribute("class") == "class_"
    assert attribute("name") == "name"


def test_two_subgraphs_say_the_same_of_a_shared_type(catalog: Catalog) -> None:
    def with_identifiers(owner: str) -> str:
        identifiers: Any = identifiers_type(catalog)
        namespace = {
            "__annotations__": {"source": str, "key": str, "identifiers": identifiers | None},
            "__module__": __name__,
            "identifiers": None,
        }
        record: Any = strawberry.federation.type(
            type("SourceRecord", (), namespace), keys=["source key"]
        )
        query = type("Query", (), {"__annotations__": {owner: record}, "__module__": __name__})
        return subgraph(strawberry.type(query)).sdl()

    first, second = with_identifiers("identity"), with_identifiers("profile")
    assert definition(first, "type", "Identifiers") == definition(second, "type", "Identifiers")
    assert "type Identifiers @shareable {" in first
    assert 'type SourceRecord @key(fields: "source key")' in second
