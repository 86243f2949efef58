"""`Query.catalog`: the words of the catalog, to each caller as far as policy lets it read."""

from c360_kernel.catalog.loader import default_catalog
from c360_policy.store.shipped import ROWS_FILE, copy_default_policy, policy_text

CATALOG = """{ catalog {
    traits { name type tag choices description identifier titles { language title } }
    identifiers { name field tag }
    events { name } segments { name } purposes { name } sources { name }
    classifications { name } } }"""
NAMES = "{ catalog { traits { name } identifiers { name } } }"
PHONE, RECORDS_PHONE = "Profile.phone", "RecordTraits.phone"


async def traits(world, role, query=NAMES):
    answer = await world.ask(query, role)
    assert "errors" not in answer
    return {one["name"]: one for one in answer["data"]["catalog"]["traits"]}


def publish(world, *lines):
    world.publish("\n".join([policy_text(world.directory / "none"), *lines]))


def rule(role, coordinate, act="deny", mask=""):
    return f"p, {role}, {coordinate}, read, {mask}, {act}, *, , , this-{len(coordinate)}{mask}"


async def test_entries_say_what_they_are_in_each_language(world):
    phone = (await traits(world, "privacy_officer", CATALOG))["phone"]
    assert (phone["type"], phone["tag"], phone["choices"]) == ("STRING", "phone", [])
    assert [one["language"] for one in phone["titles"]] == ["en", "zh-Hans"]
    assert all(one["title"] for one in phone["titles"])
    answer = await world.ask(CATALOG, "privacy_officer")
    told = {one["name"]: one["field"] for one in answer["data"]["catalog"]["identifiers"]}
    assert told["phone"] == "phone"


async def test_a_trait_tells_the_bounds_of_its_values(world):
    bounds = "{ catalog { traits { name minimum maximum longest pattern } } }"
    told = await traits(world, "privacy_officer", bounds)
    for name, known in default_catalog().profile_traits.items():
        low, high = (None if b is None else str(b) for b in (known.minimum, known.maximum))
        bound = {"minimum": low, "maximum": high, "longest": known.longest}
        assert told[name] == {"name": name, **bound, "pattern": known.pattern}
    assert {name for name, one in told.items() if one["minimum"] or one["longest"]}


async def test_a_trait_tells_who_says_it(world):
    told = await traits(world, "privacy_officer", "{ catalog { traits { name origin } } }")
    catalog = default_catalog()
    for name, one in told.items():
        by = "COMPUTED" if name in catalog.computed else "SAID"
        assert one["origin"] == ("LIFECYCLE" if name in catalog.lifecycle else by)


async def test_accounts_and_objects_are_told_as_far_as_they_are_read(world):
    query = """{ catalog { objects { name typeName properties { name type } } accounts {
      identifiers { name field } traits { name origin titles { title } } rollUps { name }
      kinds { name } roles { name } } } }"""
    answer = await world.ask(query, "privacy_officer")
    assert "errors" not in answer
    found, known = answer["data"]["catalog"], default_catalog()
    assert {one["name"] for one in found["objects"]} <= known.objects.keys()
    accounts = found["accounts"]
    assert {one["name"] for one in accounts["traits"]} <= known.accounts.traits.keys()
    assert accounts["rollUps"] == []


async def test_a_caller_is_told_what_it_may_read_masked_perhaps(world):
    assert {"name", "phone", "birthDate"} <= (await traits(world, "support_agent")).keys()
    told = (await traits(world, "marketing_analyst")).keys()
    assert "birthDate" in told
    assert not {"name", "phone", "email"} & told
    answer = await world.ask(NAMES, "marketing_analyst")
    assert "phone" not in str(answer)


async def test_a_denied_trait_is_not_named(world):
    publish(world, rule("support_agent", PHONE))
    assert "phone" not in await traits(world, "support_agent")
    assert "phone" in await traits(world, "privacy_officer")


async def test_what_a_mask_leaves_nothing_of_is_not_named(world):
    publish(world, rule("marketing_analyst", PHONE, "allow", "null"))
    assert "phone" not in await traits(world, "marketing_analyst")
    publish(world, rule("marketing_analyst", PHONE, "allow", "redact"))
    assert "phone" in await traits(world, "marketing_analyst")


async def test_what_nothing_leads_to_is_not_named(world):
    publish(world, rule("support_agent", "Customer.profile"))
    assert await traits(world, "support_agent") == {}


async def test_the_right_to_see_the_schema_is_none_to_the_catalog(world):
    looks = "p, tool, *, introspect, , allow, *, , , looks"
    asks = "p, tool, operation:ad-hoc, ask, , allow, *, , , asks"
    publish(world, looks, asks, "p, tool, Query.catalog, read, , allow, *, , , catalog")
    answer = await world.ask("{ catalog { __typename } }", "tool")
    assert answer["data"] == {"catalog": {"__typename": "Catalog"}}
    parts = (f"Catalog{one}.*" for one in ("", "Trait", "Identifier"))
    publish(
        world, looks, asks, "p, tool, Query.catalog, read, , allow, *, , , catalog",
        *(f"p, tool, {one}, read, , allow, *, , , {n}" for n, one in enumerate(parts)),
    )  # fmt: skip
    answer = await world.ask(NAMES, "tool")
    assert answer["data"] == {"catalog": {"traits": [], "identifiers": []}}


async def test_what_some_customers_consent_to_is_named(make_world, tmp_path):
    copy_default_policy(tmp_path / "policy")
    consent = '{object: "tag:email", purposes: [service], roles: [support_agent]}'
    (tmp_path / "policy" / ROWS_FILE).write_text(f"consent:\n  - {consent}\n")
    assert "email" in await traits(await make_world(), "support_agent")


async def test_who_may_not_ask_is_told_nothing(world):
    answer = await world.ask(NAMES, "connector")
    assert answer["data"] == {"catalog": None}
    assert answer["errors"][0]["extensions"]["code"] in ("FIELD_DENIED", "DOCUMENT_REQUIRED")
