"""Write inputs: typed in the schema, and judged item by item whatever is sent."""

import json

import pytest
from c360_policy.store.shipped import policy_text
from graphql import GraphQLInputObjectType as InputObject
from graphql import build_client_schema, get_introspection_query, parse, print_type, validate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

RECORDS = """mutation W($records: [RecordInput!]!) { upsertRecords(records: $records) {
  accepted refused results { status code path message } } }"""
EVENTS = """mutation W($events: [EventInput!]!) { trackEvents(events: $events) {
  results { status code path message } } }"""
CONSENTS = """mutation W($consents: [ConsentInput!]!) { recordConsent(consents: $consents) {
  results { status code path message } } }"""
GOOD = {"source": "crm", "key": "k", "traits": {"name": "Ann"}}
EVENT = {"source": "crm", "key": "k", "messageId": "m", "name": "order_completed"}
CONSENT = {"source": "crm", "key": "k", "purpose": "marketing", "status": "GRANTED"}
WRONG = {
    "text": ("so", "FIELD_TYPE", ""),
    "number": (5, "FIELD_TYPE", ""),
    "list": ([GOOD], "FIELD_TYPE", ""),
    "empty": ({}, "FIELD_MISSING", "source"),
    "unknown field": ({**GOOD, "traitz": {}}, "UNKNOWN_FIELD", "traitz"),
    "null for a name": ({**GOOD, "key": None}, "FIELD_MISSING", "key"),
    "object for a name": ({**GOOD, "key": {"a": 1}}, "FIELD_TYPE", "key"),
    "unknown trait": ({**GOOD, "traits": {"nmae": "A"}}, "UNKNOWN_TRAIT", "traits.nmae"),
    "trait of another type": ({**GOOD, "traits": {"name": [1]}}, "TRAIT_TYPE", "traits.name"),
    "traits as a list": ({**GOOD, "traits": []}, "FIELD_TYPE", "traits"),
    "identifier without value": (
        {**GOOD, "identifiers": [{"type": "PHONE"}]},
        "FIELD_TYPE",
        "identifiers[0]",
    ),
    "unknown identifier": (
        {**GOOD, "identifiers": [{"type": "FAX", "value": "1"}]},
        "UNKNOWN_IDENTIFIER",
        "identifiers[0].type",
    ),
}


def literal(value):
    if isinstance(value, dict):
        return "{" + " ".join(f"{name}: {literal(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + " ".join(map(literal, value)) + "]"
    return json.dumps(value)


async def write(world, query, **variables):
    answer = await world.ask(query, "connector", sources=["*"], variables=variables)
    (response,) = answer["data"].values()
    return response["results"]


async def test_a_wrong_item_is_refused_alone(world):
    wrong = [item for item, _, _ in WRONG.values()]
    items = [GOOD, *wrong, {**GOOD, "key": "k2"}]
    as_variable = await write(world, RECORDS, records=items)
    query = RECORDS.replace("($records: [RecordInput!]!)", "").replace("$records", literal(items))
    as_literal = await write(world, query)
    assert as_literal == as_variable
    assert [one["status"] for one in as_variable][:: len(items) - 1] == ["ACCEPTED"] * 2
    entries = [(one["code"], one["path"]) for one in as_variable[1:-1]]
    assert entries == [(code, path) for _, code, path in WRONG.values()]


async def test_an_unknown_field_is_told_the_nearest(world):
    (result,) = await write(world, RECORDS, records=[{**GOOD, "traitz": {}}])
    assert result["message"] == "unknown field 'traitz', did you mean 'traits'?"


ANYTHING = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner | st.none(), max_size=3)
        | st.dictionaries(st.sampled_from([*GOOD, "x"]), inner | st.none(), max_size=3)
    ),
    max_leaves=5,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None
)
@given(st.lists(ANYTHING, max_size=3))
def test_whatever_stands_beside_it_a_good_item_is_taken(world, others):
    import asyncio

    results = asyncio.run(write(world, RECORDS, records=[*others, GOOD]))
    assert len(results) == len(others) + 1
    assert results[-1]["status"] in ("ACCEPTED", "DUPLICATE")


@pytest.mark.parametrize("spelling", ["PHONE", "phone"])
async def test_identifier_types_are_taken_in_both_spellings(world, spelling):
    item = {**GOOD, "identifiers": [{"type": spelling, "value": "13912345678"}]}
    as_text = await write(world, RECORDS, records=[item])
    query = """mutation { upsertRecords(records: [{source: "crm", key: "b",
        identifiers: [{type: TYPE, value: "13912345678"}]}]) { results { status } } }"""
    query = query.replace("TYPE", spelling)
    as_name = await write(world, query)
    assert [as_text[0]["status"], as_name[0]["status"]] == ["ACCEPTED"] * 2


@pytest.mark.parametrize("status", ["GRANTED", "granted", "WITHDRAWN", "denied"])
async def test_answers_to_purposes_are_taken_in_both_spellings(world, status):
    (result,) = await write(world, CONSENTS, consents=[{**CONSENT, "status": status}])
    assert result["status"] == "ACCEPTED"


@pytest.mark.parametrize("field", ["purpose", "status", "channel", "at"])
async def test_each_kind_of_item_refuses_its_own(world, field):
    (event,) = await write(world, EVENTS, events=[{**EVENT, field: "x"}])
    assert (event["code"], event["path"]) == ("UNKNOWN_FIELD", field)
    (record,) = await write(world, RECORDS, records=[{**GOOD, field: "x"}])
    assert record["code"] == "UNKNOWN_FIELD"


@pytest.mark.parametrize("spelling", ["PHONE", "phone", "Phone"])
async def test_an_identifier_type_as_a_variable_is_taken_as_a_literal_is(world, spelling):
    query = """mutation W($type: IdentifierInputType!) { upsertRecords(records: [{source: "crm",
        key: "k", identifiers: [{type: $type, value: "13912345678"}]}]) {
        results { status code } } }"""
    as_variable = await world.ask(query, "connector", sources=["*"], variables={"type": spelling})
    literal_query = query.replace("($type: IdentifierInputType!)", "").replace("$type", spelling)
    as_literal = await world.ask(literal_query.replace('"k"', '"l"'), "connector", sources=["*"])
    assert as_variable["data"] == as_literal["data"]


async def test_parts_may_be_variables_of_their_shown_types(world):
    query = """mutation W($name: String!, $at: DateTime, $rev: Long, $traits: TraitsInput,
        $one: IdentifierInput!, $type: IdentifierInputType!, $status: ConsentStatus!) {
      upsertRecords(records: [{source: $name, key: "k", observedAt: $at, revision: $rev,
        traits: $traits, identifiers: [$one, {type: $type, value: "13912345678"}]}]) {
        results { status code path message } }
      recordConsent(consents: [{source: "crm", key: "k", purpose: "marketing", status: $status}]) {
        results { status code message } } }"""
    variables = {
        "name": "crm", "at": "2026-01-01T00:00:00Z", "rev": 7,
        "traits": {"birthDate": "1990-02-03"}, "one": {"type": "EMAIL", "value": "a@b.example"},
        "type": "PHONE", "status": "DENIED",
    }  # fmt: skip
    answer = await world.ask(query, "connector", sources=["*"], variables=variables)
    assert answer["data"]["upsertRecords"]["results"][0]["status"] == "ACCEPTED"
    assert answer["data"]["recordConsent"]["results"][0]["status"] == "ACCEPTED"
    assert validate(await shown(world), parse(query)) == []


async def shown(world):
    policy = policy_text(world.settings.policy_directory)
    world.publish(f"{policy}\np, connector, *, introspect, , allow, *, , , looks\n")
    answer = await world.ask(get_introspection_query(), "connector")
    return build_client_schema(answer["data"])


async def test_the_schema_shows_what_an_item_is_made_of(world):
    schema = await shown(world)
    fields = {name: str(one.type) for name, one in schema.type_map["RecordInput"].fields.items()}
    required = {"source": "String!", "key": "String!"}
    optional = {
        "revision": "Long",
        "observedAt": "DateTime",
        "deleted": "Boolean",
        "identifiers": "[IdentifierInput!]",
        "traits": "TraitsInput",
    }
    assert (required | optional).items() <= fields.items()
    assert str(schema.type_map["TraitsInput"].fields["birthDate"].type) == "Date"
    assert str(schema.type_map["EventPropertiesInput"].fields["amount"].type) == "Float"
    assert str(schema.type_map["ConsentInput"].fields["status"].type) == "ConsentStatus!"
    assert str(schema.type_map["IdentifierInput"].fields["type"].type) == "IdentifierInputType!"
    for name in ("RecordInput", "EventInput", "ConsentInput"):
        assert isinstance(schema.type_map[name], InputObject), print_type(schema.type_map[name])


@pytest.mark.parametrize(
    ("denied", "items"),
    [
        ("TraitsInput.name", (RECORDS, GOOD)),
        ("TraitsInput.*", (RECORDS, GOOD)),
        ("IdentifierInput.value", (RECORDS, {"identifiers": [{"type": "phone", "value": "139"}]})),
        (
            "IdentifierInputType.PHONE",
            (RECORDS, {"identifiers": [{"type": "PHONE", "value": "139"}]}),
        ),
        ("EventPropertiesInput.amount", (EVENTS, {**EVENT, "properties": {"amount": 5}})),
    ],
)
async def test_a_deny_on_a_shown_input_holds_for_the_item(world, denied, items):
    query, item = items
    name = "events" if query is EVENTS else "records"
    item = {"source": "crm", "key": "k", **item}
    (before,) = await write(world, query, **{name: [item]})
    assert before["status"] == "ACCEPTED"
    policy = policy_text(world.settings.policy_directory)
    world.publish(f"{policy}\np, connector, {denied}, write, , deny, *, , , not-this\n")
    (after,) = await write(world, query, **{name: [item]})
    assert after["code"] == "WRITE_DENIED"
