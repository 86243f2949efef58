"""The schema explains itself: to everybody in words, and to each role what it may use."""

from collections import deque

import pytest
from c360_gateway.policy.readable_catalog import readable_catalog
from c360_kernel.catalog.loader import default_catalog, default_catalog_text
from c360_kernel.catalog.names import TYPE_NAMES_TAKEN, camel, pascal
from c360_policy.reading.parsing import parse_policy
from c360_policy.store.shipped import policy_text
from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    build_schema,
    get_named_type,
    is_composite_type,
    is_specified_scalar_type,
    validate_schema,
)
from typer.testing import CliRunner

from c360_cli.main import app
from c360_cli.own_graph import own_graph
from c360_cli.schemas import printed

ROLES = ("support_agent", "marketing_analyst", "privacy_officer", "connector", "data_steward")
WORDLESS = """
identifiers:
  phone: {normalizer: phone, tier: 2, tag: phone}
traits:
  phone: {type: string, tag: phone, survivorship: latest, identifier: phone}
  loyaltyTier: {type: string, tag: public, survivorship: latest, choices: [gold, silver]}
events:
  order_completed: {properties: {amount: {type: float, tag: financial}}}
  order_returned: {properties: {amount: {type: string, tag: behaviour}}}
sources:
  crm: {priority: 0}
purposes:
  marketing: {}
segments: {}
"""


@pytest.fixture(scope="module")
def graph():
    made, _ = own_graph(default_catalog_text())
    return made


@pytest.fixture(scope="module")
def policies(graph, tmp_path_factory):
    policy = parse_policy(policy_text(tmp_path_factory.mktemp("none")))
    return {role: graph.tables.under(policy, (role,), "") for role in ROLES}


def undescribed(schema):
    for name, kind in schema.type_map.items():
        if name.startswith("__") or is_specified_scalar_type(kind):
            continue
        parts = {name: kind}
        for part, value in {**getattr(kind, "fields", {}), **getattr(kind, "values", {})}.items():
            parts[f"{name}.{part}"] = value
            for argument, given in getattr(value, "args", {}).items():
                parts[f"{name}.{part}({argument}:)"] = given
        yield from (one for one, value in parts.items() if not (value.description or "").strip())


def test_everything_says_what_it_is(graph):
    assert list(undescribed(graph.engine.supergraph.schema)) == []


def test_what_the_catalog_has_no_words_for_is_told_by_its_name_and_demands():
    made, _ = own_graph(WORDLESS)
    schema = made.engine.supergraph.schema
    assert list(undescribed(schema)) == []
    tier = schema.type_map["Profile"].fields["loyaltyTier"]
    assert tier.description == "Loyalty tier. One of: gold, silver."
    amount = schema.type_map["EventPropertiesInput"].fields["amount"]
    assert (str(amount.type), amount.description) == (
        "PropertyValue",
        "Amount. A property of order_completed, order_returned.",
    )


def test_the_catalog_s_own_words_are_told(graph):
    types = graph.engine.supergraph.schema.type_map
    for place in ("Profile", "RecordTraits", "TraitsInput", "CustomerFilter"):
        assert types[place].fields["name"].description == "Full name as written."
    assert types["IdentifierType"].values["PHONE"].description == "Phone number."
    assert types["IdentifierInputType"].values["PHONE"].description == "Phone number."


def test_no_event_of_a_catalog_may_take_the_name_of_a_type_of_ours(graph):
    types = graph.engine.supergraph.schema.type_map
    events = {pascal(name) for name in default_catalog().events}
    own = {name for name in types if not name.startswith("__")} - events
    assert own - TYPE_NAMES_TAKEN == set()


def questions(schema):
    """A query for every field that can be reached, the shortest way, by its coordinate."""
    waiting, seen = deque([(schema.query_type, "{ %s }")]), {schema.query_type.name}
    while waiting:
        kind, around = waiting.popleft()
        for name, field in kind.fields.items():
            requested = name + given(field)
            named = get_named_type(field.type)
            whole = f"{requested} {{ __typename }}" if is_composite_type(named) else requested
            yield f"{kind.name}.{name}", around.replace("%s", whole)
            for one in schema.get_possible_types(named) if is_composite_type(named) else ():
                if one.name not in seen:
                    seen.add(one.name)
                    fragment = isinstance(named, GraphQLInterfaceType)
                    inner = f"... on {one.name} {{ %s }}" if fragment else "%s"
                    waiting.append((one, around.replace("%s", f"{requested} {{ {inner} }}")))


def given(field):
    required = {
        name: get_named_type(one.type)
        for name, one in field.args.items()
        if isinstance(one.type, GraphQLNonNull)
    }
    entries = [f"{name}: {sample(kind)}" for name, kind in required.items()]
    return f"({', '.join(entries)})" if entries else ""


def sample(kind):
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    return "1" if kind.name == "Int" else '"x"'


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_shown_what_it_may_ask_and_nothing_else(graph, policies, role):
    policy = policies[role]
    shown = policy.shown
    everything = graph.engine.supergraph.schema
    may = dict(questions(shown))
    may.pop("Query._empty", None)
    for coordinate, query in may.items():
        assert graph.engine.prepare(query, policy=policy).denied == (), coordinate
    if not policy.table.may_introspect:
        for coordinate, query in questions(everything):
            if coordinate not in may and "." in coordinate:
                assert graph.engine.prepare(query, policy=policy).denied, coordinate


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_is_shown_is_a_schema_for_tools(policies, role):
    text = printed(policies[role].shown)
    assert validate_schema(build_schema(text)) == []
    assert printed(build_schema(text)) == text


@pytest.mark.parametrize("role", ROLES)
def test_the_catalog_names_to_a_role_what_its_schema_shows(graph, policies, role):
    policy = policies[role]
    types = {name: set(getattr(one, "fields", ())) for name, one in policy.shown.type_map.items()}
    told = readable_catalog(default_catalog(), policy.is_read, policy.visibility.used.__contains__)
    shown = types.get("Profile", set()) | types.get("RecordTraits", set())
    assert told.traits.keys() == shown & default_catalog().traits.keys()
    fields = {camel(name) for name in told.identifiers}
    assert fields == types.get("Identifiers", set())
    events = {pascal(name) for name in default_catalog().events}
    assert {pascal(name) for name in told.events} == events & types.keys()
    for name, event in told.events.items():
        assert event.properties.keys() <= types[pascal(name)]


def test_a_connector_is_shown_what_it_may_write(policies):
    shown = policies["connector"].shown
    assert {"RecordInput", "EventInput", "ConsentInput", "TraitsInput"} <= set(shown.type_map)
    assert "phone" in shown.type_map["TraitsInput"].fields
    assert not {"Profile", "Customer", "CustomerFilter", "IdentifierType"} & set(shown.type_map)


def test_who_may_not_write_is_shown_no_mutation_but_the_one_that_opens_a_role(policies):
    makes_segments = (
        ("support_agent", ["breakGlass"]),
        ("marketing_analyst", ["listCustomers", "breakGlass", "saveSegment", "archiveSegment"]),
    )
    for role, made in makes_segments:
        assert list(policies[role].shown.mutation_type.fields) == made
        assert "RecordInput" not in policies[role].shown.type_map


def test_who_may_tag_is_shown_how_and_which_tags(policies):
    shown = policies["data_steward"].shown
    assert "tagCustomers" in shown.mutation_type.fields
    assert set(shown.type_map["TagsInput"].fields) == set(default_catalog().tags)
    assert "TagsInput" not in policies["connector"].shown.type_map


@pytest.mark.parametrize("denied", ["TagsInput.vip", "CustomerTags.vip"])
def test_a_tag_that_may_not_be_said_is_not_shown_to_who_tags(graph, denied):
    policy = parse_policy(
        "p, tagger, tag:customer_tag, write, , allow, *, , , tags\n"
        "p, tagger, WriteResult.*, read, , allow, *, , , results\n"
        f"p, tagger, {denied}, write, , deny, *, , , not-this\n"
    )
    fields = graph.tables.under(policy, ("tagger",), "").shown.type_map["TagsInput"].fields
    assert "vip" not in fields and "careLevel" in fields


def writer(graph, denied):
    policy = parse_policy(
        "p, connector, Mutation.*, write, , allow, *, , , writes\n"
        "p, connector, WriteResult.*, read, , allow, *, , , results\n"
        f"p, connector, {denied}, write, , deny, *, , , not-this\n"
    )
    return graph.tables.under(policy, ("connector",), "").shown


def values(kind):
    return getattr(kind, "values", {})


@pytest.mark.parametrize(
    ("denied", "gone"),
    [
        ("tag:phone", ["TraitsInput.phone", "IdentifierInputType.PHONE"]),
        ("Profile.phone", ["TraitsInput.phone"]),
        ("Identifiers.phone", ["TraitsInput.phone", "IdentifierInputType.PHONE"]),
        ("TraitsInput.city", ["TraitsInput.city"]),
        ("OrderCompleted.orderId", ["EventPropertiesInput.orderId"]),
        ("RecordInput.deleted", ["RecordInput.deleted"]),
        ("Mutation.recordConsent", ["Mutation.recordConsent"]),
    ],
)
def test_what_may_not_be_written_is_not_shown_to_a_writer(graph, denied, gone):
    types = writer(graph, denied).type_map
    assert "name" in types["TraitsInput"].fields
    for coordinate in gone:
        name, member = coordinate.split(".")
        assert member not in {**getattr(types[name], "fields", {}), **values(types[name])}


def test_a_property_of_two_events_is_shown_while_one_of_them_may_have_it(graph):
    shown = writer(graph, "OrderCompleted.amount")
    assert "amount" in shown.type_map["EventPropertiesInput"].fields


def test_introspection_without_data_shows_names_that_carry_no_tag(graph):
    policy = parse_policy("p, tool, *, introspect, , allow, *, , , looks\n")
    shown = graph.tables.under(policy, ("tool",), "").shown
    assert {"Query", "Mutation", "Profile", "RecordInput"} <= set(shown.type_map)
    assert "loyaltyTier" in shown.type_map["Profile"].fields
    assert "phone" not in shown.type_map["Profile"].fields
    assert "phone" not in shown.type_map["TraitsInput"].fields


def run(*arguments):
    return CliRunner().invoke(app, ["schema", *map(str, arguments)])


def test_the_command_prints_the_whole_schema_or_a_role_s(tmp_path, policies, graph):
    found = run("--data", tmp_path, "--role", "support_agent")
    assert found.exit_code == 0
    assert found.output.strip() == printed(policies["support_agent"].shown).strip()
    assert list(tmp_path.iterdir()) == []
    assert run("--data", tmp_path).output.strip() == printed(graph.engine.supergraph.schema).strip()


def test_a_role_that_the_policy_does_not_know_is_refused(tmp_path):
    found = run("--data", tmp_path, "--role", "suport_agent")
    assert found.exception.code == "ROLE_UNKNOWN"
    assert "support_agent" in str(found.exception)


COMPUTING = """
identifiers: {phone: {normalizer: phone, tier: 2, tag: phone}}
sources: {crm: {priority: 0}}
traits: {tier: {type: string, tag: public}}
events:
  bought: {properties: {amount: {type: float, tag: financial}, shop: {type: string, tag: public}}}
computed:
  spent: {kind: sum, event: bought, property: amount, tag: financial}
  lastShop: {kind: last, event: bought, property: shop, tag: public}
  purchases: {kind: count, event: bought, tag: public}
lifecycle:
  stage: {tag: financial, stages: [{stage: rich, when: {trait: spent, op: at_least, value: 9}}]}
"""


@pytest.mark.parametrize(
    ("denied", "gone"),
    [
        ("Bought.amount", {"spent", "stage"}),
        ("Bought.shop", {"lastShop"}),
        ("Bought.*", {"spent", "stage", "lastShop"}),
        ("Profile.spent", {"spent", "stage"}),
    ],
)
def test_what_is_computed_of_something_denied_by_its_name_is_denied(denied, gone):
    made, _ = own_graph(COMPUTING)
    policy = parse_policy(
        "p, analyst, *, read, , allow, *, , , reads\n"
        "p, analyst, tag:financial, read, , allow, *, , , amounts\n"
        f"p, analyst, {denied}, read, , deny, *, , , not-this\n"
    )
    table = made.tables.under(policy, ("analyst",), "").table
    traits = {"spent", "lastShop", "purchases", "stage"}
    assert {one for one in traits if table.read(f"Profile.{one}").action != "allow"} == gone
    filters = {one for one in traits if table.filtering(f"CustomerFilter.{one}").action != "allow"}
    assert filters == gone
