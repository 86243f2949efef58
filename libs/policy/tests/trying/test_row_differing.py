"""Two policies say otherwise of whom is told: by role set and purpose, counted in today's."""

from c360_policy.trying.deciding import Decider
from c360_policy.trying.differing import Scope
from c360_policy.trying.people import Who
from c360_policy.trying.row_differing import LineChange, line_changes, row_differences
from hypothesis import given
from hypothesis import strategies as st

from libs.policy.tests.trying.grounds import GROUND, NOW, UNASKED
from libs.policy.tests.trying.row_grounds import CUSTOMERS, TRAITS, Day, policy_with

BEFORE = """
rows:
  agent: {trait: team, op: in, value: $team}
  clerk: none
consent:
  - {object: "tag:email", purposes: [marketing]}
smallestGroup: {clerk: 5}
"""
AFTER = """
rows:
  agent: {trait: team, op: equals, value: south}
consent:
  - {object: "tag:phone", purposes: [marketing]}
volume: {agent: {customersPerHour: 7}}
"""
PURPOSES = ("", "marketing", "service")
ANN = Who("ann", (("team", ("north",)),))
AGENT, CLERK = frozenset({"agent"}), frozenset({"clerk"})


async def compared(before, after, roles=(AGENT, CLERK), who=ANN, day=None):
    deciders = (Decider(policy_with(text), GROUND) for text in (before, after))
    scope = Scope(roles, PURPOSES, NOW)
    return await row_differences(*deciders, UNASKED, scope, who, TRAITS, day)


async def test_every_difference_is_told_with_whom_it_hides_and_shows_today():
    found = await compared(BEFORE, AFTER, day=Day())
    rows = {(one.roles, one.about): one for one in found if one.about != "consent"}
    assert {key: (one.hidden, one.shown) for key, one in rows.items()} == {
        (("agent",), "rows"): (2, 1),
        (("agent",), "volume"): (None, None),
        (("clerk",), "rows"): (0, 4),
        (("clerk",), "smallestGroup"): (None, None),
    }
    agent = rows[("agent",), "rows"]
    assert agent.purposes == ("*",) and "$team" in agent.before and "south" in agent.after
    assert (rows[("clerk",), "rows"].before, rows[("clerk",), "rows"].after) == (
        "none",
        "everybody",
    )
    consents = {
        (one.roles, one.purposes, one.coordinate): (one.before, one.after)
        for one in found
        if one.about == "consent"
    }
    # The clerk reads neither, and nobody who may not read a number filters by it.
    assert consents == {
        (("agent",), ("marketing",), "Profile.email"): ("needed", "not needed"),
        (("agent",), ("marketing",), "Profile.phone"): ("not needed", "needed"),
    }


async def test_who_has_not_the_attribute_is_told_of_nobody():
    (one,) = await compared("", BEFORE.partition("consent")[0], (AGENT,), Who("bob"), Day())
    assert (one.before, one.hidden, one.shown) == ("everybody", len(CUSTOMERS), 0)


async def test_without_customers_nothing_is_counted():
    found = await compared(BEFORE, AFTER)
    assert found and all(one.hidden is None and one.shown is None for one in found)


async def test_of_equal_texts_nothing_differs():
    assert await compared(BEFORE, BEFORE, day=Day()) == []


def test_each_entry_of_the_file_is_told():
    found = line_changes(policy_with(BEFORE).rows, policy_with(AFTER).rows)
    assert {(one.section, one.name, bool(one.before), bool(one.after)) for one in found} == {
        ("consent", "tag:email for marketing of *", True, False),
        ("consent", "tag:phone for marketing of *", False, True),
        ("rows", "agent", True, True),
        ("rows", "clerk", True, False),
        ("smallestGroup", "clerk", True, False),
        ("volume", "agent", False, True),
    }
    assert LineChange("rows", "clerk", "none", "") in found
    assert line_changes(policy_with(BEFORE).rows, policy_with(BEFORE).rows) == []


RULES = st.sampled_from(
    [
        "everybody",
        "none",
        "{trait: team, op: in, value: $team}",
        "{trait: team, op: not_equals, value: $team}",
        "{trait: team, op: missing}",
        "{not: {trait: team, op: equals, value: north}}",
        "{any: [{trait: team, op: equals, value: south}, {trait: owner, op: equals, value: $sub}]}",
    ]
)
VALUES = st.fixed_dictionaries(
    {}, optional={"team": st.sampled_from(["north", "south"]), "owner": st.just("ann")}
)


@given(RULES, RULES, st.dictionaries(st.sampled_from("abcd"), VALUES), st.booleans())
async def test_what_is_hidden_and_shown_is_what_one_side_alone_sees(old, new, day, has_team):
    who = ANN if has_team else Who("ann")
    texts = [f"rows:\n  agent: {one}\n" for one in (old, new)]
    found = await compared(*texts, (AGENT,), who, Day(day))
    sides = [await seen(text, who, day) for text in texts]
    expected = (len(sides[0] - sides[1]), len(sides[1] - sides[0]))
    assert [(one.hidden, one.shown) for one in found] == ([] if old == new else [expected])


async def seen(text, who, day):
    """One by one, by a policy against one that hides everybody."""
    nobody = "rows:\n  agent: none\n"
    counted = {
        name: await compared(nobody, text, (AGENT,), who, Day({name: values}))
        for name, values in day.items()
    }
    return {name for name, found in counted.items() if found and found[0].shown}
