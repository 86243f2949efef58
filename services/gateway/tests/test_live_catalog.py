"""Tags of the catalog while it is in use: tightened at once, loosened by nobody alone."""

import asyncio
import logging

import pytest
from c360_federation import SubgraphSdl, compose
from c360_federation.supergraph import read_supergraph
from c360_gateway.bootstrap import Subgraphs, build
from c360_gateway.policy.declared import Declared
from c360_gateway.policy.live_catalog import LiveCatalog, listed
from c360_gateway.policy.scopes import Scopes
from c360_gateway.policy.tables import PolicyTables
from c360_kernel.catalog.loader import default_catalog, default_catalog_text, parse_catalog
from c360_kernel.file_marks import UNCHANGED_S
from c360_policy.errors import PolicyInvalid
from c360_policy.mask.apply import Masks
from c360_policy.reading.parsing import parse_policy
from c360_policy.row_policy import RowPolicy
from c360_policy.schema.catalog_tags import catalog_tags, union
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.tests.streams import customer, listen

SOON_S = 20.0
NAMES = ("name", "tier", "city")
CATALOGS = st.tuples(*(st.sampled_from(["public", "a", "b"]) for _ in NAMES)).map(
    lambda tags: parse_catalog(written(dict(zip(NAMES, tags, strict=True))), "c")
)
SERVED = """
type Query { customer: Customer }
type Customer { profile: Profile }
type Profile { name: String tier: String city: String id: ID }
"""
SUPERGRAPH = read_supergraph(compose([SubgraphSdl("api", SERVED)]))
POLICY = """
p, reader, *, read, , allow, *, , , r1
p, reader, tag:a, read, , allow, *, , , r2
"""


def written(tags):
    form = "  {}: {{type: string, tag: {}, survivorship: latest}}"
    lines = [form.format(name, tag) for name, tag in tags.items()]
    head = ["classifications: {a: {}, b: {}}", "sources: {crm: {priority: 1}}", "traits:"]
    return "\n".join([*head, *lines, ""])


@pytest.fixture
def file(tmp_path):
    return tmp_path / "catalog.yaml"


@pytest.fixture
def live(file):
    file.write_text(written({"name": "a", "tier": "public"}))
    return LiveCatalog(parse_catalog(file.read_text(), "c"), file)


async def test_a_tighter_tag_holds_at_the_next_look_and_goes_with_the_file(live, file):
    file.write_text(written({"name": "a", "tier": "b"}))
    await live.refresh()
    assert live.declared["Profile.tier"] == live.declared["CustomerFilter.tier"] == {"b"}
    file.write_text(written({"name": "a", "tier": "public"}))
    await live.refresh()
    assert live.declared["Profile.tier"] == frozenset()


async def test_tags_are_agreed_on_and_told_when_they_changed_and_only_then(live, file, caplog):
    agreed = []
    live.agree = agreed.append
    await live.refresh()
    assert agreed == []
    file.write_text(written({"name": "a", "tier": "b"}))
    for _ in range(3):
        await live.refresh()
    file.write_text(f"# the same\n{file.read_text()}")
    await live.refresh()
    assert agreed == [live.declared]
    messages = [one.getMessage() for one in caplog.records]
    [entries] = [one for one in messages if one.startswith("the catalog's tags changed")]
    names = ("CustomerFilter.tier", "CustomerOrderField.TIER", "Profile.tier", "RecordTraits.tier")
    assert entries == f"the catalog's tags changed: {', '.join((*names, 'TraitsInput.tier'))}"


async def test_without_a_file_the_catalog_stays_what_it_is():
    live = LiveCatalog(default_catalog())
    before = live.declared
    await live.refresh()
    assert (live.declared, live.is_refused) == (before, False)


@pytest.mark.parametrize("count", [1, 9, 10, 11, 30])
def test_ten_names_are_told_and_how_many_more_there_are(count):
    names = [f"T.{number:02}" for number in range(count)]
    more = f" and {count - 10} more" if count > 10 else ""
    assert listed(list(reversed(names))) == ", ".join(names[:10]) + more


@pytest.mark.parametrize("looser", [{"name": "public"}, {"name": "b"}, {"tier": "public"}])
async def test_a_tag_of_the_start_holds_whatever_the_file_says(live, file, looser):
    file.write_text(written(looser))
    await live.refresh()
    assert "a" in live.declared["Profile.name"]
    assert not live.is_refused


@pytest.mark.parametrize("broken", ["", "traits: [", "traits: {x: 5}", "\x00", None])
async def test_a_broken_file_keeps_what_held_and_says_so(live, file, broken, caplog):
    file.write_text(written({"name": "a", "tier": "b"}))
    await live.refresh()
    file.unlink() if broken is None else file.write_text(broken)
    await live.refresh()
    assert (live.declared["Profile.tier"], live.is_refused) == ({"b"}, True)
    assert caplog.records[-1].levelno == logging.ERROR
    file.write_text(written({"name": "a", "tier": "public"}))
    await live.refresh()
    assert (live.declared["Profile.tier"], live.is_refused) == (frozenset(), False)


async def test_a_file_that_others_may_write_is_not_taken(live, file):
    file.write_text(written({"name": "a", "tier": "b"}))
    file.chmod(0o666)
    await live.refresh()
    assert (live.declared["Profile.tier"], live.is_refused) == (frozenset(), True)
    file.chmod(0o644)
    await live.refresh()
    assert (live.declared["Profile.tier"], live.is_refused) == ({"b"}, False)


async def test_a_directory_that_others_may_write_holds_the_file_back_until_they_may_not(
    live, file, caplog
):
    file.parent.chmod(0o777)
    file.write_text(written({"name": "a", "tier": "b"}))
    await live.refresh()
    await live.refresh()
    assert (live.declared["Profile.tier"], live.is_refused) == (frozenset(), True)
    assert caplog.text.count("is open to others") == 1
    file.parent.chmod(0o755)
    await live.refresh()
    assert (live.declared["Profile.tier"], live.is_refused) == ({"b"}, False)


async def test_a_file_that_others_may_write_by_now_is_told(live, file):
    await live.refresh()
    file.chmod(0o666)
    await live.refresh()
    assert live.is_refused


class Told:
    """Who is told of a catalog, and by whose clock a file is whole."""

    def __init__(self, file):
        self.now_s, self.taken = 0.0, []
        file.write_text(written({"name": "a", "tier": "b"}))
        self.live = LiveCatalog(parse_catalog(file.read_text(), "c"), file, lambda: self.now_s)
        self.live.changed = self.take

    async def take(self, catalog):
        self.taken.append(sorted(catalog.traits))


async def test_a_looser_and_longer_catalog_is_taken_once_the_file_is_whole(file, caplog):
    stated = Told(file)
    file.write_text(written({"name": "public", "tier": "b", "city": "a"}))
    for _ in range(2):
        await stated.live.refresh()
        assert stated.live.declared["Profile.name"] == {"a"}
        assert not stated.taken
    stated.now_s += UNCHANGED_S
    await stated.live.refresh()
    await stated.live.refresh()
    assert stated.taken == [["city", "name", "tier"]]
    assert caplog.text.count(f"catalog taken: {stated.live.in_force.digest}") == 1
    assert stated.live.declared["Profile.name"] == frozenset()
    assert stated.live.declared["Profile.city"] == {"a"}


async def test_rows_are_ruled_by_the_traits_that_the_catalog_in_force_marks(file):
    stated = Told(file)
    scopes = Scopes(stated.live)
    ruled = RowPolicy(({"trait": "tier", "op": "equals", "value": "gold"},))
    nobody = scopes.text(RowPolicy(("none",)), "ann", ())
    seen = [scopes.text(ruled, "ann", ())]
    plain = file.read_text()
    for text in (plain.replace("tier: {", "tier: {rowRule: true, "), plain):
        file.write_text(text)
        await stated.live.refresh()
        stated.now_s += UNCHANGED_S
        await stated.live.refresh()
        seen.append(scopes.text(ruled, "ann", ()))
    assert [one == nobody for one in seen] == [True, False, True]
    assert "gold" in seen[1]


async def test_what_is_not_allowed_is_kept_out_whole_and_told(file, caplog):
    stated = Told(file)

    def allow(catalog):
        del catalog
        raise PolicyInvalid.whole("a deny on tag:b would be lost")

    stated.live.allow = allow
    file.write_text(written({"name": "a", "tier": "a"}))
    await stated.live.refresh()
    stated.now_s += UNCHANGED_S
    await stated.live.refresh()
    await stated.live.refresh()
    assert not stated.taken
    assert stated.live.refused.code == "POLICY_INVALID"
    assert "b" in stated.live.declared["Profile.tier"]
    assert caplog.text.count("would be lost") == 1


async def test_the_gateway_takes_a_catalog_that_its_policy_can_still_mean(followed_world):
    world = followed_world
    file = world.directory / "catalog.yaml"
    file.write_text(default_catalog_text())
    taken = []

    class Followers:
        async def take(self, catalog):
            taken.append(catalog)

        def work(self):
            return {"identity": "deriving"} if taken else {}

    world.gateway = build(
        world.settings, default_catalog(), world.log, Subgraphs(local=world.subgraphs),
        b"an instance key of some length", catalog_file=file, followers=Followers(),
    )  # fmt: skip
    async with world.gateway.app.router.lifespan_context(world.gateway.app):
        file.write_text(default_catalog_text().replace("\ntraits:\n", WITH_ALLERGY))
        async with asyncio.timeout(SOON_S):
            while "TraitsInput.allergy" not in world.gateway.pipeline.graph.tables.coordinates:
                await asyncio.sleep(0.05)
            while "work" not in (await world.get("/readyz")).json().get("catalog", {}):
                await asyncio.sleep(0.05)
        assert "allergy" in taken[0].traits
        assert "allergy" in world.gateway.supergraph_source.current


WITH_ALLERGY = "\ntraits:\n  allergy: {type: string, tag: name}\n"


class Store:
    """A policy that stays."""

    def __init__(self, text):
        self._text = text

    def current(self):
        return parse_policy(self._text)


def tables(catalog, policy=POLICY):
    return PolicyTables(Store(policy), SUPERGRAPH, Masks.__new__(Masks), catalog)


def decided(kept, name):
    return kept.of(("reader",), "").table.read(f"Profile.{name}").action


@given(CATALOGS, CATALOGS)
def test_whoever_tags_more_decides(first, second):
    """What may be read under two catalogs is what may be read under each of them."""
    one, two = catalog_tags(first), catalog_tags(second)
    both = union(one, two)
    read = [
        {name for name in NAMES if decided(table, name) == "allow"}
        for table in (tables(Declared(each)) for each in (one, two, both))
    ]
    assert read[2] <= read[0] & read[1]
    assert union(one, one) == one


def test_a_decision_follows_the_catalog_without_another_supergraph():
    catalog = Declared(catalog_tags(parse_catalog(written({"name": "public"}), "c")))
    kept = tables(catalog)

    assert decided(kept, "name") == "allow"
    catalog.declared = catalog_tags(parse_catalog(written({"name": "b"}), "c"))
    assert decided(kept, "name") == "deny"
    assert kept.differing == ["Profile.name"]


def test_what_is_computed_by_now_of_what_is_denied_is_denied():
    catalog = Declared()
    kept = tables(catalog, f"{POLICY}p, reader, Profile.city, read, , deny, *, , , r3\n")
    assert [decided(kept, name) for name in ("city", "tier")] == ["deny", "allow"]
    catalog.computed = {"Profile.tier": ("Profile.city",)}
    assert decided(kept, "tier") == "deny"


async def test_a_tighter_tag_cuts_the_next_event_and_the_next_answer(followed_world, change):
    world = followed_world
    file = world.directory / "catalog.yaml"
    file.write_text(default_catalog_text())
    world.gateway = build(
        world.settings, default_catalog(), world.log, Subgraphs(local=world.subgraphs),
        b"an instance key of some length", catalog_file=file,
    )  # fmt: skip
    query = '{ customer(id: "c1") { profile { name } } }'
    async with world.gateway.app.router.lifespan_context(world.gateway.app):
        events = listen(world, "support_agent")
        await events.started()
        await change("c1")
        assert customer((await events.event())[1])["profile"]["name"] == "Ann"
        tighter = "name: {type: string, tag: employment"
        file.write_text(default_catalog_text().replace("name: {type: string, tag: name", tighter))
        async with asyncio.timeout(SOON_S):
            while "errors" not in await world.ask(query, "support_agent"):
                await asyncio.sleep(0.05)
        await change("c2")
        _, payload = await events.event()
        assert customer(payload)["profile"]["name"] is None
        reply = await world.get("/readyz")
        assert "Profile.name" in reply.json()["catalog"]["differs"]
        await events.hang_up()


async def test_a_catalog_that_would_lose_a_deny_is_refused(live, file):
    file.write_text(written({"name": "a", "tier": "b"}))
    await live.refresh()

    def agree(declared):
        known = frozenset().union(*declared.values())
        if "b" not in known:
            raise PolicyInvalid.whole("a deny on tag:b would be lost")

    live.agree = agree
    file.write_text(written({"name": "a", "tier": "public"}))
    await live.refresh()
    assert (live.declared["Profile.tier"], live.is_refused) == ({"b"}, True)
