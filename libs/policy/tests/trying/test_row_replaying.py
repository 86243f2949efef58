"""Operations of the past under other rules about rows and consents, on the values of today."""

import pytest
from c360_policy.trying.deciding import Decider
from c360_policy.trying.replaying import Past, PastUse, Reach, replay
from c360_policy.trying.row_replaying import RowTrial, changed_actors, principals_of, replay_rows

from libs.policy.tests.trying.grounds import GROUND, NOW, UNASKED
from libs.policy.tests.trying.row_grounds import TRAITS, Day, Record, policy_with

TEAMS = "rows:\n  agent: {trait: team, op: in, value: $team}\n"
CONSENT = "consent:\n  - {object: 'tag:email', purposes: [marketing]}\n"
ATTRIBUTES = {"ann": (("team", ("north",)),), "bob": (("team", ("south",)),)}
TITLE, EMAIL = (
    PastUse("Profile.title", "select", "allow"),
    PastUse("Profile.email", "select", "allow"),
)
DENIED = PastUse("Profile.email", "select", "deny")


def past(key, principal="ann", roles=("agent",), purpose="marketing", uses=(TITLE,), times=1):
    return Past(key, principal, roles, purpose, uses, times)


async def replayed(operations, touched, before, after, decided=None, day=None):
    trial = RowTrial(
        Decider(policy_with(before), GROUND),
        Decider(policy_with(after), GROUND),
        frozenset(),
        NOW,
        TRAITS,
    )
    found = changed_actors(operations, trial)
    attributes = {name: ATTRIBUTES.get(name, ()) for name in principals_of(found)}
    trial = trial.with_attributes(attributes)
    return await replay_rows(found, trial, decided or Reach(), day or Day(), Record(touched))


def changes_of(result):
    return {
        (point.use, point.coordinate, point.after): (
            reach.operations,
            sorted(reach.principals),
            sorted(reach.touched),
            reach.hidden,
            reach.shown,
        )
        for point, reach in result.changes
    }


async def test_a_rule_hides_whom_operations_touched_by_each_principals_attributes():
    operations = [past("a"), past("b", "bob"), past("c", "cas"), past("d", "dan", ("clerk",))]
    touched = {"a": [{"n1"}, {"s1", "n2"}], "b": [{"n1"}], "c": [{"s1"}], "d": [{"n1"}]}
    found = await replayed(operations, touched, "", TEAMS)
    (((point, reach),)) = found.changes
    assert (point.roles, point.purpose, point.use) == (("agent",), "marketing", "rows")
    assert (point.before, point.coordinate) == ("everybody", "Customer")
    # cas has no team any more, and so sees nobody.
    assert (reach.operations, reach.principals) == (3, {"ann", "bob", "cas"})
    assert (reach.touched, reach.hidden, reach.shown) == ({"s1", "n1"}, 4, 0)
    assert (found.operations, found.customers) == (3, {"s1", "n1"})


async def test_what_a_rule_shows_is_told_though_nobody_touched_it():
    found = await replayed([past("a")], {"a": [{"n1"}]}, TEAMS, "")
    assert [values[2:] for values in changes_of(found).values()] == [([], 0, 2)]
    assert found.operations == 0


async def test_a_consent_withholds_of_those_who_refuse_what_was_shown():
    operations = [past("a", uses=(TITLE, EMAIL)), past("b", uses=(DENIED,)), past("c")]
    operations.append(past("d", purpose="service", uses=(EMAIL,)))
    touched = {one: [{"n1"}, {"n2"}, {"u1", "n1"}] for one in "abcd"}
    found = await replayed(operations, touched, "", CONSENT)
    assert changes_of(found) == {
        ("consent", "Profile.email", "no_consent"): (2, ["ann"], ["n2", "u1"], 2, 0)
    }
    assert (found.operations, found.coordinates) == (2, ["Profile.email"])
    back = await replayed(operations, touched, CONSENT, "")
    assert changes_of(back)["consent", "Profile.email", "shown"] == (2, ["ann"], ["n2", "u1"], 0, 2)


async def test_an_operation_counts_once_whatever_withholds_from_it():
    operations = [past("a", uses=(EMAIL,)), past("b", uses=(TITLE,))]
    touched = {"a": [{"s1"}, {"n2"}, {"n1"}, {"n2", "s1"}], "b": [{"s1"}, {"n2"}]}
    found = await replayed(operations, touched, "", TEAMS + CONSENT)
    assert (
        changes_of(found)["rows", "Customer", '{"op": "in", "trait": "team", "value": "$team"}'][0]
        == 3
    )
    assert changes_of(found)["consent", "Profile.email", "no_consent"][0] == 2
    assert found.operations == 4
    decided = Reach(2, {"ann"}, {"a"})
    found = await replayed(operations, touched, "", TEAMS + CONSENT, decided)
    assert found.operations == 1


@pytest.mark.parametrize("rows", ["", TEAMS, TEAMS + CONSENT])
async def test_where_nothing_changes_nobody_is_asked_about(rows):
    class Nobody(Day):
        async def matching(self, condition):
            raise AssertionError(condition)

    found = await replayed([past("a", uses=(EMAIL,))], {}, rows, rows, day=Nobody())
    assert (list(found.changes), found.operations) == ([], 0)


async def test_columns_are_replayed_beside_them():
    operations = [past("a", uses=(PastUse("Profile.phone", "select", "allow"),))]
    decider = Decider(policy_with(TEAMS), GROUND)
    table = replay(operations, decider, UNASKED.leaves, frozenset(), NOW)
    assert table.affected.operations == 1
    found = await replayed(operations, {"a": [{"s1"}]}, "", TEAMS, table.affected)
    assert found.operations == 0 and len(found.changes) == 1
