"""Tags by rules as they are asked for: who says what, why, then, and to whom that is told."""

from dataclasses import replace

import pytest
from c360_kernel.context import CallerContext
from c360_kernel.payload import TagChange
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.visibility import everything
from c360_profile.graph import profile_subgraphs
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.computing import MINUTE, START
from c360_profile.testing.consumptions import KEYS
from c360_profile.testing.entries import assigned, tagged, tracked
from c360_profile.testing.ruling import CATALOG, RULES, take_ruled

ALL = everything(CATALOG)
CUSTOMER = """query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { %s } } }"""
KNOWN = {"r": [{"__typename": "Customer", "id": "c1"}]}
WORDS = "value byRule author reason since expiresAt"
WHY = "tagRules { tag given holds expiresAt changesAt evidence { of holds } }"
AUTHOR = f"catalog:busy@{CATALOG.digest[:12]}"


def order(message, at):
    return tracked(KEYS[0], message, at=at, properties={"amount": 6.0})


@pytest.fixture
async def store(tmp_path):
    store = SqliteProfileStore(tmp_path / "profile.db")
    orders = [order("m1", START), order("m2", START + MINUTE)]
    await take_ruled(store, [assigned(KEYS[0], "c1", at=1), *orders])
    yield store
    await store.close()


@pytest.fixture
def ask(store):
    async def ask(fields, visibility=ALL):
        caller = CallerContext("tester", ("admin",), visibility=visibility)
        answer = await profile_subgraphs(RULES, SEALER)(store).execute(
            CUSTOMER % fields, KNOWN, None, caller
        )
        assert "errors" not in answer, answer
        return answer["data"]["_entities"][0]

    return ask


async def busy(ask, arguments=""):
    fields = f"tags{arguments} {{ busy {{ {WORDS} statements {{ {WORDS} }} }} }}"
    return (await ask(fields))["tags"]["busy"]


async def rule(ask, name="busy", visibility=ALL):
    found = {one.pop("tag"): one for one in (await ask(WHY, visibility))["tagRules"]}
    return found.get(name)


async def test_both_what_people_say_and_what_a_rule_gives_are_told(ask, store):
    ruled = {"value": True, "byRule": True, "author": AUTHOR, "reason": "Orders", "since": None,
             "expiresAt": None}  # fmt: skip
    assert await busy(ask) == {**ruled, "statements": [ruled]}
    await take_ruled(store, [tagged(KEYS[0], TagChange("busy", True), at=START + 2 * MINUTE)])
    both = await busy(ask)
    said = {"value": True, "byRule": False, "author": "eve", "reason": "why",
            "since": "2023-11-14T22:15:20Z", "expiresAt": None}  # fmt: skip
    assert both == {**said, "statements": [said, ruled]}


async def test_what_is_kept_tells_until_when(ask, store):
    await take_ruled(store, [START + 40 * MINUTE])
    assert (await busy(ask))["expiresAt"] == "2023-11-14T23:03:20Z"
    told = await rule(ask)
    assert (told["given"], told["holds"], told["expiresAt"]) == (
        True, False, "2023-11-14T23:03:20Z",
    )  # fmt: skip
    await take_ruled(store, [START + 50 * MINUTE])
    assert await busy(ask) is None
    told = await rule(ask)
    assert (told["given"], told["holds"], told["expiresAt"]) == (False, False, None)


async def test_why_tells_which_tests_pass_and_when_that_changes(ask):
    told = await rule(ask)
    assert told["evidence"] == [{"of": "ordersLately", "holds": True}]
    assert told["changesAt"] == "2023-11-14T22:43:20Z"
    reachable = await rule(ask, "reachable")
    assert not reachable["given"]
    assert reachable["evidence"] == [
        {"of": "consent:marketing", "holds": False},
        {"of": "sources", "holds": True},
        {"of": "tag:complaint", "holds": False},
    ]


async def test_the_past_is_what_the_rule_gave_by_then(ask, store):
    await take_ruled(store, [START + 90 * MINUTE])
    assert await busy(ask) is None
    assert await busy(ask, '(asOf: "2023-11-14T22:14:00Z")') is None
    then = await busy(ask, '(asOf: "2023-11-14T22:15:00Z")')
    assert (then["author"], then["expiresAt"]) == (AUTHOR, None)
    kept = await busy(ask, '(asOf: "2023-11-14T22:50:00Z")')
    assert kept["expiresAt"] == "2023-11-14T23:03:20Z"


async def test_who_may_not_read_what_a_rule_is_on_is_not_told_of_it(ask):
    told = await rule(ask, visibility=replace(ALL, used=ALL.used - {"Profile.ordersLately"}))
    assert (told["given"], told["evidence"], told["changesAt"]) == (True, None, None)
    unseen = replace(ALL, seen=ALL.seen - {"CustomerTags.busy"})
    assert await rule(ask, visibility=unseen) is None
    assert (await rule(ask, visibility=replace(ALL, seen=ALL.seen - {"Customer.timeline"})))[
        "changesAt"
    ] is None
