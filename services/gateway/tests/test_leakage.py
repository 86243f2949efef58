"""No channel gives a value away: every personal value of the world is a canary."""

import itertools
import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ANALYST = "marketing_analyst"


@pytest.fixture(autouse=True)
def everything_is_logged(caplog):
    caplog.set_level(logging.DEBUG)


def clean(world, caplog, *answers):
    text = " ".join(str(answer) for answer in answers)
    for canary in world.CANARIES:
        assert canary not in text
        assert canary not in caplog.text


def codes(answer):
    return {error["extensions"]["code"] for error in answer.get("errors", ())}


SELECTED = [
    '{ customer(id: "c1") { id profile { phone email } } }',
    '{ customer(id: "c1") { id profile { tier: phone name: email } } }',
    '{ customer(id: "c1") { id ...F } } fragment F on Customer { profile { p: phone } }',
    '{ customer(id: "c1") { id ... { profile { ... on Profile { phone } } } } }',
    '{ customer(id: "c1") { id identifiers { card phone } mainPhone label } }',
    '{ customer(id: "c1") { timeline { name ... on Called { number note } } } }',
    '{ customer(id: "c1") { timeline { ... on Event { ... on Called { number note } } } } }',
    '{ customer(id: "c1") { anything { ... on Called { number } ... on Visited { name } } } }',
    '{ customer(id: "c1") { anything { __typename ... on Event { ... on Called { number } } } } }',
    'query Q($yes: Boolean!) { customer(id: "c1") { id mainPhone @include(if: $yes) } }',
]


@pytest.mark.parametrize("query", SELECTED)
async def test_a_denied_field_is_cut_on_every_way_to_it(world, caplog, query):
    answer = await world.ask(query, ANALYST, variables={"yes": True})
    assert codes(answer) == {"FIELD_DENIED"}
    assert "data" in answer
    assert not any("hone" in requested or "number" in requested for requested in world.calls)
    clean(world, caplog, answer)


async def test_the_field_of_another_type_behind_one_interface_is_still_answered(world, caplog):
    query = '{ customer(id: "c1") { timeline { name ...N ...V } } }'
    query += " fragment N on Called { number } fragment V on Visited { number }"
    answer = await world.ask(query, ANALYST)
    called, visited = answer["data"]["customer"]["timeline"]
    assert (called["number"], visited["number"]) == (None, "shop 7")
    clean(world, caplog, answer)


FILTERED = "query Q($f: CustomerFilter) { customers(filter: $f) { total } }"
IDENTIFIED = 'query Q($t: IdentifierType!) { customerByIdentifier(type: $t, value: "1") { id } }'

USED = [
    ('{ customers(filter: {phone: {eq: "13800138000"}}) { total } }', {}),
    ('{ customers(filter: {phone: {startsWith: "138"}}) { total } }', {}),
    (FILTERED, {"f": {"phone": {"eq": "13800138000"}}}),
    (
        "query Q($t: Text) { customers(filter: {phone: $t}) { total } }",
        {"t": {"eq": "13800138000"}},
    ),
    (
        'query Q($p: String) { customers(filter: {tier: {eq: "x"}, phone: {eq: $p}}) { total } }',
        {"p": "13800138000"},
    ),
    ("{ customers(orderBy: {field: PHONE}) { total } }", {}),
    ("query Q($o: CustomerOrder) { customers(orderBy: $o) { total } }", {"o": {"field": "PHONE"}}),
    (
        "query Q($f: CustomerOrderField!) { customers(orderBy: {field: $f}) { total } }",
        {"f": "PHONE"},
    ),
    ("{ customers(orderBy: {field: PHONE}, first: 1) { total } }", {}),
]
LOOKED_UP = [
    ('{ customerByIdentifier(type: PHONE, value: "13800138000") { id } }', {}),
    (IDENTIFIED, {"t": "PHONE"}),
    (IDENTIFIED.replace("!", " = PHONE", 1), {}),
]


@pytest.mark.parametrize(
    ("role", "query", "variables"),
    [
        *((role, *use) for role in (ANALYST, "support_agent") for use in USED),
        *((ANALYST, *use) for use in LOOKED_UP),
    ],
)
async def test_what_may_not_be_read_plainly_filters_sorts_and_finds_nothing(
    world, caplog, role, query, variables
):
    answer = await world.ask(query, role, variables=variables)
    assert codes(answer) == {"ARGUMENT_DENIED"}
    assert not any(answer["data"].values()) if answer["data"] else True
    assert world.calls == []
    assert world.filters == []
    clean(world, caplog, answer)


@pytest.mark.parametrize(("query", "variables"), [*USED, *LOOKED_UP])
async def test_who_may_read_it_may_use_it(world, query, variables):
    answer = await world.ask(query, "privacy_officer", variables=variables)
    assert "errors" not in answer


async def test_untagged_filters_and_lookups_are_open_to_who_reads_them(world):
    query = '{ customers(filter: {tier: {eq: "gold"}}, orderBy: {field: TIER}) { total } }'
    assert "errors" not in await world.ask(query, ANALYST)
    query = '{ customerByIdentifier(type: CARD, value: "x") { id } }'
    assert "errors" not in await world.ask(query, ANALYST)


async def test_a_brute_force_over_aliases_gains_nothing(world, caplog):
    tried = " ".join(
        f'a{n}: customers(filter: {{phone: {{startsWith: "138001380{n}"}}}}) {{ total }}'
        for n in range(10)
    )
    answer = await world.ask(f"{{ {tried} }}", "support_agent")
    assert codes(answer) == {"ARGUMENT_DENIED"}
    assert world.filters == []


WRONG = [
    ("query Q($w: Int) { customers(first: $w) { total } }", {"w": "13800138000x"}),
    ("query Q($w: Int!) { customers(first: $w) { total } }", {"w": ["13800138000"]}),
    (FILTERED, {"f": "13800138000"}),
    (FILTERED, {"f": {"13800138000": 1}}),
    (FILTERED, {"f": {"tier": {"eq": {"a": "13800138000"}}}}),
    (IDENTIFIED, {"t": "13800138000"}),
    ('{ customers(first: "13800138000x") { total } }', {}),
    ("{ customers(filter: {tier: {eq: 13800138000}}) { total } }", {}),
    ('{ customers(filter: "13800138000") { total } }', {}),
    ('{ customerByIdentifier(type: "13800138000", value: "1") { id } }', {}),
    ('{ customerByIdentifier(type: 13800138000, value: "1") { id } }', {}),
    ("{ customer(id: 13800138000.5) { id } }", {}),
    ('{ customer(id: "13800138000) { id } }', {}),
    ('{ customer(id: "c1" 13800138000) { id } }', {}),
]


@pytest.mark.parametrize(("query", "variables"), WRONG)
async def test_a_value_of_the_wrong_type_is_refused_without_repeating_it(
    world, caplog, query, variables
):
    answer = await world.ask(query, "privacy_officer", variables=variables)
    assert answer["errors"]
    assert answer.get("data") is None
    clean(world, caplog, answer)


async def test_an_exception_says_nothing_but_where_it_can_be_found(world, caplog):
    answer = await world.ask('{ customer(id: "c1") { id broken } }', "privacy_officer")
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["traceId"] in caplog.text
    assert error["path"] == ["customer", "broken"]
    clean(world, caplog, answer)


async def test_an_error_of_ours_keeps_its_code_and_its_message(world):
    answer = await world.ask('{ customer(id: "c1") { id refused } }', "privacy_officer")
    assert answer["errors"][0]["message"] == "first must be at most 200"
    assert answer["errors"][0]["extensions"]["code"] == "PAGE_TOO_LARGE"


async def test_a_fault_of_the_gateway_itself_says_nothing(world, caplog):
    def fail(*_):
        raise RuntimeError(world.PHONE)

    world.gateway.pipeline.graph.tables.of = fail
    answer = await world.ask('{ customer(id: "c1") { id } }', "privacy_officer")
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["traceId"] in caplog.text
    clean(world, caplog, answer)


async def test_the_audit_holds_no_value_and_no_id(world):
    query = "query Q($v: String!) { customerByIdentifier(type: PHONE, value: $v) { id label } }"
    await world.ask(query, "privacy_officer", variables={"v": world.PHONE})
    query = '{ customers(filter: {phone: {eq: "13800138000"}}) { edges { node { id } } } }'
    await world.ask(query, "privacy_officer")
    for entry in await world.audited():
        for canary in (*world.CANARIES, "'c1'", "'c2'"):
            assert canary not in repr(entry)


async def test_a_masked_date_is_a_date_and_a_masked_number_is_not_shown(world):
    query = '{ customer(id: "c1") { profile { birthDate spend } } }'
    shown = (await world.ask(query, "support_agent"))["data"]["customer"]["profile"]
    assert shown == {"birthDate": "1990-01-01", "spend": 12.5}
    answer = await world.ask(query, ANALYST)
    assert answer["data"]["customer"]["profile"] == {"birthDate": "1990-01-01", "spend": None}


async def test_masks_reach_every_element_of_a_list(world):
    query = '{ customer(id: "c1") { identifiers { phone } } }'
    answer = await world.ask(query, "support_agent")
    assert answer["data"]["customer"]["identifiers"]["phone"] == ["***8000"]


MASK_TO_NOTHING = """
p, agent, *, read, , allow, *, , , r1
p, agent, tag:phone, read, null, allow, *, , , r2
p, agent, tag:financial, read, null, allow, *, , , r3
"""


async def test_a_mask_that_leaves_nothing_is_explained_and_never_fetched(make_world):
    world = await make_world(policy=MASK_TO_NOTHING)
    query = '{ customer(id: "c1") { id profile { tier phone spend } identifiers { phone } } }'
    answer = await world.ask(query, "agent")
    assert answer["data"]["customer"]["profile"] == {"tier": "gold", "phone": None, "spend": None}
    assert codes(answer) == {"FIELD_MASKED"}
    assert not any("phone" in requested or "spend" in requested for requested in world.calls)
    uses = {use.coordinate: use.decision for use in (await world.audited())[0].uses}
    assert uses["Profile.phone"] == "mask:null"


LEAVES = {
    "Customer": ["id", "mainPhone", "label", "identifiers { phone card }", "broken", "refused"],
    "Profile": ["name", "phone", "email", "birthDate", "tier", "spend"],
    "Called": ["name", "number", "note"],
}


@st.composite
def selections(draw):
    """A selection over every path of the world to a personal field, aliased and fragmented."""
    counter = itertools.count()

    def leaves(kind):
        picked = draw(st.lists(st.sampled_from(LEAVES[kind]), min_size=1, max_size=4))
        text = " ".join(f"x{next(counter)}: {leaf}" for leaf in picked)
        return f"... on {kind} {{ {text} }}" if draw(st.booleans()) else text

    events = f"name ... on Called {{ {leaves('Called')} }}"
    parts = [
        leaves("Customer"),
        f"profile {{ {leaves('Profile')} }}",
        f"timeline {{ {events} }}",
        f"anything {{ ... on Called {{ {leaves('Called')} }} }}",
    ]
    chosen = draw(st.lists(st.sampled_from(parts), min_size=1, max_size=4, unique=True))
    customer = " ".join(chosen)
    root = draw(st.sampled_from(['customer(id: "c1")', "customers"]))
    if root == "customers":
        return f"{{ customers {{ edges {{ node {{ id {customer} }} }} }} }}"
    return f'{{ customer(id: "c1") {{ id {customer} }} }}'


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(query=selections())
async def test_no_generated_query_shows_a_canary_to_the_analyst(world, caplog, query):
    answer = await world.ask(query, ANALYST)
    assert "data" in answer, answer
    clean(world, caplog, answer)
