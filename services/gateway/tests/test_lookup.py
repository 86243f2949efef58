"""`lookup`: finding one customer by the whole of what the caller was told, and nothing more."""

import pytest
from c360_gateway.query.token_bucket import TokenBuckets
from hypothesis import given
from hypothesis import strategies as st

AGENT = "support_agent"
FOUND = '{ customerByIdentifier(type: PHONE, value: "13800138000") { id mainPhone } }'
FIND = '{ customerByIdentifier(type: PHONE, value: "13800138000") { id } }'
LOOKUP_RULE = "p, agent, tag:phone, lookup, , allow, *, , , found\n"
READ_RULE = "p, agent, tag:phone, read, , allow, *, , , seen\n"
NO_LOOKUP = "p, agent, tag:phone, lookup, , deny, *, , , never\n"
UNTAGGED = "p, agent, *, read, , allow, *, , , untagged\n"


def codes(answer):
    return {error["extensions"]["code"] for error in answer.get("errors", ())}


async def test_who_may_look_up_finds_the_person_and_still_sees_the_mask(world):
    answer = await world.ask(FOUND, AGENT)
    assert answer["data"]["customerByIdentifier"]["id"] == "c1"
    assert world.PHONE not in repr(answer)


async def test_the_right_to_look_up_by_one_kind_of_identifier_is_about_that_kind(make_world):
    world = await make_world(policy=UNTAGGED + LOOKUP_RULE)
    assert codes(await world.ask(FIND, "agent")) == set()
    assert codes(await world.ask(FIND.replace("PHONE", "EMAIL"), "agent")) == {"ARGUMENT_DENIED"}


@pytest.mark.parametrize(
    "query",
    [
        '{ customers(filter: {phone: {eq: "13800138000"}}) { total } }',
        '{ customers(filter: {phone: {startsWith: "138"}}) { total } }',
        "{ customers(orderBy: {field: PHONE}) { total } }",
    ],
)
async def test_the_right_to_look_up_is_no_right_to_filter_or_sort(world, query):
    assert codes(await world.ask(query, AGENT)) == {"ARGUMENT_DENIED"}
    assert world.filters == []


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        (LOOKUP_RULE, True),
        (READ_RULE, True),
        (READ_RULE + LOOKUP_RULE, True),
        (READ_RULE + NO_LOOKUP, False),
        (READ_RULE.replace("read, ,", "read, redact,"), False),
        ("", False),
    ],
)
async def test_reading_or_looking_up_has_to_be_granted_and_a_deny_wins(make_world, rules, found):
    world = await make_world(policy=UNTAGGED + rules)
    answer = await world.ask(FIND, "agent")
    assert codes(answer) == (set() if found else {"ARGUMENT_DENIED"})


async def test_a_look_up_is_on_record_with_the_rule_that_allowed_it(world):
    await world.ask(FOUND, AGENT)
    (entry,) = await world.audited()
    (use,) = [use for use in entry.uses if use.coordinate == "IdentifierType.PHONE"]
    assert (use.use, use.decision, use.rule) == ("lookup", "allow", "support-lookup-phone")


ALL = '{ customersByIdentifier(type: PHONE, value: "13800138000", first: 5) { id mainPhone } }'


async def refused_at_last(world, query):
    """The first answer that refuses: one more look-up is allowed for each second that went by."""
    for _ in range(30):
        response = await world.post({"query": query}, world.token(AGENT))
        if "errors" in response.json():
            return response
    raise AssertionError("nobody was refused")


async def test_all_holders_are_looked_up_by_the_same_right_and_the_same_limit(world):
    answer = await world.ask(ALL, AGENT)
    assert answer["data"]["customersByIdentifier"][0]["id"] == "c1"
    (entry,) = await world.audited()
    (use,) = [use for use in entry.uses if use.coordinate == "IdentifierType.PHONE"]
    assert (use.use, use.decision, use.rule) == ("lookup", "allow", "support-lookup-phone")
    for _ in range(59):
        assert "errors" not in await world.ask(ALL, AGENT)
    (error,) = (await refused_at_last(world, ALL)).json()["errors"]
    assert error["extensions"]["code"] == "LOOKUP_LIMITED"


async def test_look_ups_are_limited_alias_by_alias_and_a_refusal_says_when_to_ask_again(world):
    ten = " ".join(
        f'a{n}: customerByIdentifier(type: PHONE, value: "1380013800{n}") {{ id }}'
        for n in range(10)
    )
    for _ in range(6):
        assert "errors" not in await world.ask(f"{{ {ten} }}", AGENT)
    response = await refused_at_last(world, FOUND)
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (429, "LOOKUP_LIMITED")
    assert error["extensions"]["retryable"] is True
    assert 1 <= int(response.headers["retry-after"]) <= 60
    assert "errors" not in await world.ask('{ customer(id: "c1") { id } }', AGENT)
    assert "errors" not in await world.ask(FOUND, "privacy_officer")


async def test_what_may_be_read_plainly_is_looked_up_without_a_limit(world):
    for _ in range(70):
        assert "errors" not in await world.ask(FOUND, "privacy_officer")


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@given(st.lists(st.tuples(st.integers(1, 8), st.floats(0, 30)), max_size=40))
def test_in_any_time_no_more_is_taken_than_the_burst_and_the_rate_allow(steps):
    clock = Clock()
    buckets = TokenBuckets(10, 20.0, clock)
    taken = 0
    for tokens, pause in steps:
        if buckets.take("ann", tokens) == 0.0:
            taken += tokens
        assert taken <= 10 + clock.now / 2 + 1e-6
        clock.now += pause


@given(st.integers(1, 10), st.integers(0, 10))
def test_after_the_time_that_a_refusal_names_the_same_is_taken(first, second):
    clock = Clock()
    buckets = TokenBuckets(10, 20.0, clock)
    buckets.take("ann", first)
    wait_s = buckets.take("ann", second)
    if wait_s:
        clock.now += wait_s + 1e-9
        assert buckets.take("ann", second) == 0.0


def test_principals_do_not_share_a_bucket():
    buckets = TokenBuckets(2, 60.0, Clock())
    assert buckets.take("ann", 2) == 0.0
    assert buckets.take("bob", 2) == 0.0
    assert buckets.take("ann", 1) > 0


def test_what_happened_already_is_charged_and_waited_for():
    clock = Clock()
    buckets = TokenBuckets(10, 10.0, clock)
    buckets.charge("ann", 15)
    assert buckets.take("ann", 1) == pytest.approx(6)


FILTERED = '{ customers(filter: {phone: {startsWith: "138"}}) { total } }'
SORTED = "{ customers(orderBy: {field: PHONE}) { total } }"
FILTER_RULE = LOOKUP_RULE.replace("lookup", "filter")
NO_FILTER = NO_LOOKUP.replace("lookup", "filter")


async def test_filtering_is_a_right_of_its_own_and_alone_it_is_counted(make_world):
    world = await make_world(policy=UNTAGGED, lookups_per_minute=4)
    for rules, may in (
        (LOOKUP_RULE, False),
        (READ_RULE, True),
        (READ_RULE + NO_FILTER, False),
        (READ_RULE + NO_LOOKUP, True),
        (FILTER_RULE, True),
    ):
        world.publish(UNTAGGED + rules)
        for query in (FILTERED, SORTED):
            assert codes(await world.ask(query, "agent")) == (set() if may else {"ARGUMENT_DENIED"})
    answers = [codes(await world.ask(FILTERED, "agent")) for _ in range(3)]
    assert answers == [set(), set(), {"LOOKUP_LIMITED"}]
    world.publish(UNTAGGED + READ_RULE)
    assert codes(await world.ask(FILTERED, "agent")) == set()
