"""Introspection by role: the schema as its policy lets it see it, and no data."""

import pytest
from c360_policy.store.shipped import policy_text
from graphql import build_client_schema, get_introspection_query, validate_schema

LOOKS = "p, {role}, *, introspect, , allow, *, , , looks\n"
ASKS = "p, {role}, operation:ad-hoc, ask, , allow, *, , , asks\n"


def granting(world, role, *more):
    policy = policy_text(world.directory / "none")
    world.publish("\n".join([policy, LOOKS.format(role=role), *more]))


async def seen_by(world, role, *more):
    granting(world, role, *more)
    answer = await world.ask(get_introspection_query(), role)
    return build_client_schema(answer["data"])


async def test_a_role_sees_its_own_fields_and_no_other(world):
    schema = await seen_by(world, "marketing_analyst")
    profile = schema.type_map["Profile"].fields
    assert {"tier", "birthDate"} <= profile.keys()
    assert not {"name", "phone", "email", "spend"} & profile.keys()
    assert "phone" not in schema.type_map["CustomerFilter"].fields
    assert "PHONE" not in schema.type_map["CustomerOrderField"].values
    assert validate_schema(schema) == []


async def test_what_a_role_may_look_up_by_it_sees_without_reading_it(world):
    schema = await seen_by(world, "support_agent")
    assert {"PHONE", "EMAIL"} <= schema.type_map["IdentifierType"].values.keys()
    assert "phone" not in schema.type_map["CustomerFilter"].fields


async def test_a_deny_hides_what_carries_no_tag(world):
    schema = await seen_by(
        world, "marketing_analyst", "p, marketing_analyst, Profile.tier, read, , deny, *, , , no\n"
    )
    assert "tier" not in schema.type_map["Profile"].fields


async def test_a_tool_sees_the_schema_and_no_data(world):
    schema = await seen_by(world, "tool", ASKS.format(role="tool"))
    assert {"Query", "Mutation", "RecordInput"} <= schema.type_map.keys()
    assert "phone" not in schema.type_map["Profile"].fields
    answer = await world.ask('{ customer(id: "c1") { id profile { tier } } }', "tool")
    assert answer["data"] == {"customer": None}
    assert world.calls == []


async def test_a_changed_policy_changes_what_is_seen(world):
    assert "tier" in (await seen_by(world, "marketing_analyst")).type_map["Profile"].fields
    more = "p, marketing_analyst, tag:name, read, , allow, *, , , name\n"
    schema = await seen_by(world, "marketing_analyst", more)
    assert "name" in schema.type_map["Profile"].fields


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ('{ customer(id: "c1") { profile { tierr } } }', "tier"),
        ('{ customer(id: "c1") { profile { emaill } } }', None),
        ('{ customer(id: "c1") { profile { spendd } } }', None),
        ("{ customers(orderBy: {field: TIERR}) { total } }", None),
        ("{ custmers { total } }", None),
        ("{ customrs { total } }", None),
    ],
)
async def test_only_what_a_role_sees_is_suggested_to_it(world, query, meant):
    granting(world, "marketing_analyst")
    answer = await world.ask(query, "marketing_analyst")
    message = answer["errors"][0]["message"]
    for hidden in ("email", "spend", "phone", "Spend", "EMAIL", "PHONE"):
        assert hidden not in message.replace("emaill", "").replace("spendd", "")
    assert meant is None or f"Did you mean '{meant}'" in message
