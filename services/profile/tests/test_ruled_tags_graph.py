"""Tags by rules as they are asked for: who says what, why, then, and to whom that is told."""

from dataclasses import replace

import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.context import CallerContext
from c360_kernel.payload import TagChange
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.visibility import everything
from c360_profile.domain.golden import GoldenRules
from c360_profile.graph import context as graph_context
from c360_profile.graph import profile_subgraphs
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.computing import MINUTE, START, take
from c360_profile.testing.consumptions import KEYS
from c360_profile.testing.entries import assigned, tagged, tracked, upserted
from c360_profile.testing.memory import MemoryProfileStore
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


_PLAIN = """
sources: {crm: {priority: 0}}
traits: {interests: {type: strings, tag: public, survivorship: union}}
events: {order_completed: {properties: {amount: {type: float, tag: financial}}}}
computed: {orders: {kind: count, event: order_completed, tag: behaviour}}
tags:
  teaPerson:
    type: flag
    tag: behaviour
    rule: {when: {trait: interests, op: contains, value: tea}, reason: Likes tea}
  buyer: {type: flag, tag: behaviour, rule: {when: {trait: orders, op: exists}, reason: Bought}}
"""


async def _plain(store, interests):
    """What is told of tags by rules that keep nothing, and what is kept."""
    catalog = parse_catalog(_PLAIN, "plain")
    rules = GoldenRules(catalog, Normalizers(catalog).normalize)
    said = [
        assigned(KEYS[0], "c1", at=1),
        upserted(KEYS[0], {"interests": interests}, at=2),
        order("m1", START),
    ]
    await take(store, said, handler=ProfileHandler(rules))
    caller = CallerContext("tester", ("admin",), visibility=everything(catalog))
    answer = await profile_subgraphs(rules, SEALER)(store).execute(
        CUSTOMER % "tags { teaPerson { byRule } buyer { byRule } }", KNOWN, None, caller
    )
    told = answer["data"]["_entities"][0]["tags"]
    return {name for name, one in told.items() if one}, (await store.customers(["c1"]))["c1"]


async def test_a_rule_is_on_traits_that_are_too_large_to_be_told():
    interests = ("tea", *(f"{n:0500d}" for n in range(2_500)))
    told, held = await _plain(MemoryProfileStore(), interests)
    assert held.left_out == ("interests",)
    assert told == held.tags.keys() == {"teaPerson", "buyer"}


async def test_where_no_rule_keeps_nothing_that_happened_is_read_for_a_tag(monkeypatch):
    store, read = MemoryProfileStore(), []
    monkeypatch.setattr(graph_context, "happened_as_seen", lambda *given: read.append(given))
    told, held = await _plain(store, ("tea",))
    assert told == held.tags.keys() == {"teaPerson", "buyer"}
    assert read == []
