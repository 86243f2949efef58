"""Computed traits as they are asked for: fields, filters, the past, and why they are so."""

from dataclasses import replace

import pytest
from c360_kernel.conditions.plain import condition_text
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.context import CallerContext
from c360_kernel.projection.progress import Progress
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.visibility import everything
from c360_profile.domain.scores.quintiles import NO_QUINTILES
from c360_profile.graph import profile_subgraphs
from c360_profile.handlers.catalog_change import refold
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.computing import (
    CATALOG,
    MINUTE,
    RULES,
    START,
    ranked_by,
    rules_with,
    take,
)
from c360_profile.testing.consumptions import KEYS
from c360_profile.testing.entries import assigned, tracked

ALL = everything(CATALOG)
CUSTOMER = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { %s } } }"
WHY = """computed { trait kind from to changesAt
  events%s { totalCount edges { cursor node { messageId } } } }"""
KNOWN = {"r": [{"__typename": "Customer", "id": "c1"}]}
HALF_AN_HOUR = 30 * MINUTE
BUYERS = condition_text(ValueTest("sumEver", "exists"))


def order(message, at, amount):
    values = {"amount": amount, "category": "tea"}
    return tracked(KEYS[0], message, at=at, properties=values)


@pytest.fixture
async def store(tmp_path):
    store = SqliteProfileStore(tmp_path / "profile.db")
    orders = [order("m1", START, 9.0), order("m2", START + MINUTE, 1.0)]
    await take(store, [assigned(KEYS[0], "c1", at=1), *orders])
    yield store
    await store.close()


@pytest.fixture
def ask(store):
    async def ask(query, visibility=ALL, variables=KNOWN, rules=RULES, **scope):
        caller = CallerContext("tester", ("admin",), visibility=visibility, **scope)
        answer = await profile_subgraphs(rules, SEALER)(store).execute(
            query, variables, None, caller
        )
        assert "errors" not in answer, answer
        return answer["data"]

    return ask


async def why(ask, visibility=ALL, arguments=""):
    found = (await ask(CUSTOMER % (WHY % arguments), visibility))["_entities"][0]["computed"]
    return {one.pop("trait"): one for one in found}


def ids(connection):
    return [edge["node"]["messageId"] for edge in connection["edges"]]


async def test_it_is_a_field_a_filter_and_an_order_as_any_trait(ask):
    query = """{ customers(filter: {countLately: {equals: 2}, stage: {equals: "active"}},
      orderBy: [{field: SUM_EVER}]) { edges { node { profile { sumEver lastEver stage } } } } }"""
    (edge,) = (await ask(query))["customers"]["edges"]
    last = "2023-11-14T22:14:20Z"
    assert edge["node"]["profile"] == {"sumEver": 10.0, "lastEver": last, "stage": "active"}
    none = query.replace("equals: 2", "equals: 3")
    assert (await ask(none))["customers"]["edges"] == []


async def test_the_past_is_what_had_happened_by_then_within_the_window_of_then(ask):
    asked = 'profile(asOf: "2023-11-14T22:13:30Z") { countEver countLately sumLately stage }'
    profile = (await ask(CUSTOMER % asked))["_entities"][0]["profile"]
    assert profile == {"countEver": 1, "countLately": 1, "sumLately": 9.0, "stage": "dormant"}
    asked = 'changes(from: "2023-11-14T22:13:30Z") { trait }'
    changed = {one["trait"] for one in (await ask(CUSTOMER % asked))["_entities"][0]["changes"]}
    assert {"countEver", "stage"} <= changed


async def test_why_tells_events_window_and_next_change(ask):
    found = await why(ask)
    ever, lately = found["sumEver"], found["sumLately"]
    assert (ever["kind"], ever["from"], ever["to"], ever["changesAt"]) == ("SUM", None, None, None)
    assert ids(ever["events"]) == ["m2", "m1"]
    # Only what is worth 5 counts for it.
    assert ids(lately["events"]) == ["m1"]
    assert lately["events"]["totalCount"] == 1
    assert lately["from"] == "2023-11-14T21:44:20.001Z"
    assert lately["changesAt"] == "2023-11-14T22:43:20Z"
    assert found["countToday"]["to"] == found["countToday"]["changesAt"] == "2023-11-15T16:00:00Z"


async def test_what_it_tells_changes_with_the_last_tick(ask, store):
    await take(store, [START + HALF_AN_HOUR])
    found = await why(ask)
    assert "sumLately" not in found
    assert ids(found["countLately"]["events"]) == ["m2"]
    assert found["countLately"]["changesAt"] == "2023-11-14T22:44:20Z"


async def test_events_come_in_pages(ask):
    page = (await why(ask, arguments="(first: 1)"))["countEver"]["events"]
    assert (ids(page), page["totalCount"]) == (["m2"], 2)
    after = f'(first: 1, after: "{page["edges"][0]["cursor"]}")'
    assert ids((await why(ask, arguments=after))["countEver"]["events"]) == ["m1"]


async def test_who_does_not_see_a_trait_is_not_told_why(ask):
    hidden = replace(ALL, seen=ALL.seen - {"Profile.sumLately"})
    assert "sumLately" not in await why(ask, hidden)
    masked = replace(ALL, used=ALL.used - {"Profile.sumLately"})
    told = (await why(ask, masked))["sumLately"]
    assert (told["events"], told["changesAt"]) == (None, None)
    unseen = replace(ALL, seen=ALL.seen - {"Customer.timeline"})
    told = (await why(ask, unseen))["sumLately"]
    assert (told["events"], told["changesAt"]) == (None, None)


async def test_which_events_count_tells_of_a_property_only_who_may_read_it(ask):
    blind = replace(ALL, used=ALL.used - {"OrderCompleted.amount"})
    found = await why(ask, blind)
    assert ids(found["sumLately"]["events"]) == []
    assert ids(found["countEver"]["events"]) == ["m2", "m1"]


async def test_of_nobody_nothing_is_told(ask):
    nobody = {"r": [{"__typename": "Customer", "id": "nobody"}]}
    assert (await ask(CUSTOMER % (WHY % ""), variables=nobody))["_entities"][0]["computed"] is None


QUINTILES = """computed { trait kind from to changesAt
  quintile { of model cutPoints missing } events { totalCount } }"""


async def ranked(ask, visibility=ALL, rules=RULES, **scope):
    answer = await ask(CUSTOMER % QUINTILES, visibility, rules=rules, **scope)
    return {one.pop("trait"): one for one in answer["_entities"][0]["computed"]}


async def test_a_quintile_tells_its_cut_points_with_their_model_and_when_it_is_another(ask):
    found = await ranked(ask)
    recency = found["recencyQuintile"]
    assert recency["quintile"] == {
        "of": "RECENCY",
        "model": "spring",
        "cutPoints": [3.0, 2.0, 1.0, 0.0],
        "missing": None,
    }
    assert recency["events"]["totalCount"] == 2
    assert (recency["kind"], recency["from"], recency["to"], recency["changesAt"]) == (
        "QUINTILE",
        None,
        "2023-11-15T00:00:00Z",
        "2023-11-15T00:00:00Z",
    )
    assert found["monetaryQuintile"]["changesAt"] is None
    assert found["frequencyQuintile"]["from"] == "2023-11-13T00:00:00Z"
    assert found["frequencyQuintile"]["changesAt"] == "2023-11-16T00:00:00Z"
    assert found["sumEver"]["quintile"] is None
    query = "{ customers(filter: {recencyQuintile: {atLeast: 5}}) { edges { node { id } } } }"
    assert len((await ask(query))["customers"]["edges"]) == 1


@pytest.mark.parametrize(
    ("quintiles", "model", "missing"),
    [(NO_QUINTILES, None, "NO_MODEL"), (ranked_by("other", {}), "other", "NOT_FITTED")],
)
async def test_a_quintile_that_nobody_has_is_told_with_why(ask, store, quintiles, model, missing):
    rules = rules_with(quintiles)
    await refold(store, ProfileHandler(rules), Progress("test"))
    found = (await ranked(ask, rules=rules))["recencyQuintile"]
    assert found["changesAt"] is None
    quintile = {"of": "RECENCY", "model": model, "cutPoints": None, "missing": missing}
    assert found["quintile"] == quintile
    hidden = replace(ALL, seen=ALL.seen - {"Profile.recencyQuintile"})
    assert "recencyQuintile" not in await ranked(ask, hidden, rules)


async def test_cut_points_are_told_only_to_whom_the_trait_is_explained(ask):
    masked = replace(ALL, used=ALL.used - {"Profile.monetaryQuintile"})
    told = (await ranked(ask, masked))["monetaryQuintile"]["quintile"]
    assert (told["model"], told["cutPoints"]) == ("spring", None)


@pytest.mark.parametrize("scope", [{"predicate": BUYERS}, {"smallest_group": 2}])
async def test_cut_points_are_those_of_some_buyers_and_told_to_nobody_who_is_told_of_few(
    ask, scope
):
    told = (await ranked(ask, **scope))["monetaryQuintile"]
    assert (told["quintile"]["model"], told["quintile"]["cutPoints"]) == ("spring", None)
    assert told["events"]["totalCount"]


STAGES = "stages { lifecycle stage changesAt tried { stage holds reads } }"


async def stage(ask, visibility=ALL):
    (found,) = (await ask(CUSTOMER % STAGES, visibility))["_entities"][0]["stages"]
    return found


async def test_a_stage_tells_which_rules_were_tried_and_when_it_may_change(ask, store):
    now = await stage(ask)
    assert (now["lifecycle"], now["stage"]) == ("stage", "active")
    assert now["tried"][-1] == {"stage": "active", "holds": True, "reads": ["countLately"]}
    assert [one["holds"] for one in now["tried"][:-1]] == [False] * (len(now["tried"]) - 1)
    assert now["changesAt"] == "2023-11-14T22:43:20Z"
    await take(store, [START + 2 * HALF_AN_HOUR])
    later = await stage(ask)
    assert (later["stage"], later["changesAt"]) == ("dormant", None)
    assert len(later["tried"]) > len(now["tried"])


async def test_rules_of_a_stage_tell_nothing_of_a_trait_that_is_not_read(ask):
    blind = replace(ALL, used=ALL.used - {"Profile.countLately"})
    told = await stage(ask, blind)
    assert (told["stage"], told["tried"], told["changesAt"]) == ("active", None, None)
    masked = await stage(ask, replace(ALL, used=ALL.used - {"Profile.stage"}))
    assert (masked["stage"], masked["tried"], masked["changesAt"]) == (None, None, None)
    unseen = replace(ALL, seen=ALL.seen - {"Customer.timeline"})
    assert (await stage(ask, unseen))["changesAt"] is None
    hidden = replace(ALL, seen=ALL.seen - {"Profile.stage"})
    assert (await ask(CUSTOMER % STAGES, hidden))["_entities"][0]["stages"] == []
