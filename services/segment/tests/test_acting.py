"""For whom somebody acts, at every instant: as links come, change, end and move."""

import tempfile
from pathlib import Path

import pytest
from c360_kernel.accounts.links import Link
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.model import Catalog
from c360_kernel.payload import AccountLinked, AccountUpserted
from c360_kernel.projection.progress import Progress
from c360_kernel.record import RecordKey
from c360_segment.domain.explained.ahead import look_ahead
from c360_segment.domain.explained.evidence import evidence_of
from c360_segment.domain.leaves import Facts
from c360_segment.domain.segments import compile_segments
from c360_segment.handlers import accounts
from c360_segment.handlers.catalog_change import settle
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.store.seeing import known_as_seen
from c360_segment.store.sqlite import SqliteSegmentStore
from c360_segment.testing import MemorySegmentStore
from c360_segment.testing.entries import (
    account_entry,
    account_said_entry,
    assigned_entry,
    linked_entry,
    profile_entry,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.segment.tests.test_over_time import (
    BEGIN,
    CATALOG,
    CUSTOMERS,
    DAY,
    RECORDS,
    SEGMENTS,
    TICKS,
    Bench,
    a_link,
    coming_to,
    live_through,
    said_of_an_account,
)

QUICK = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ON_DISK = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def histories(draw):
    """Everybody is live and owns a record before anything is said of links."""
    begun = [profile_entry(customer, 0, {}) for customer in CUSTOMERS]
    begun += [assigned_entry(record, draw(st.sampled_from(CUSTOMERS)), 0) for record in RECORDS]
    begun.append(account_entry("erp/x", draw(st.sampled_from(["", "a1"])), 0))
    begun.append(account_entry("erp/x", "a1", 1, draw(coming_to("erp/x"))))
    begun.append(account_entry("crm/z", "a2", 0))
    later = [draw(a_link(number)) for number in range(draw(st.integers(1, 6)))]
    later += [assigned_entry(draw(st.sampled_from(RECORDS)), draw(st.sampled_from(CUSTOMERS)), 1)]
    later.append(account_entry(draw(st.sampled_from(["erp/x", "erp/y"])), "a2", 2))
    later.append(account_entry("erp/x", "a1", 3, draw(coming_to("erp/x"))))
    later += [draw(said_of_an_account(number)) for number in range(draw(st.integers(0, 6)))]
    return [*begun, *draw(st.permutations(later))]


def linked(number, *, to="x", until=0, deleted=False):
    ends = RecordKey("crm", "l"), RecordKey("crm", "a"), RecordKey("erp", to)
    said = AccountLinked(*ends, "decision", number, 0, valid_to=until, deleted=deleted)
    return linked_entry(said, BEGIN + number)


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ([linked(1)], [True]),
        ([linked(1), linked(2, deleted=True)], [True, False]),
        ([linked(2, deleted=True), linked(1)], [False, False]),
        ([linked(1, to="y"), account_entry("erp/y", "a2", 0)], [False, True]),
        ([linked(1), account_entry("erp/x", "", 1)], [True, False]),
        ([linked(1), linked(2, to="y")], [True, False]),
        ([linked(1), assigned_entry("crm/a", "", 1)], [True, False]),
        ([linked(1, until=BEGIN + DAY)], [True]),
    ],
)
async def test_each_change_of_it_is_noticed(later, expected):
    bench = Bench(MemorySegmentStore())
    begun = [profile_entry("c1", 0, {}), assigned_entry("crm/a", "c1", 0)]
    await bench.take([*begun, account_entry("erp/x", "a1", 0)])
    for entry, is_member in zip(later, expected, strict=True):
        await bench.take([entry])
        assert (await bench.members())["decides"] == ({"c1"} if is_member else set())
    await bench.tick(BEGIN + DAY - 1)
    assert (await bench.members())["decides"] == ({"c1"} if expected[-1] else set())
    await bench.tick(BEGIN + DAY)
    is_over = later == [linked(1, until=BEGIN + DAY)]
    assert bool((await bench.members())["decides"]) is (expected[-1] and not is_over)


async def test_a_link_that_is_told_every_night_is_kept_once(tmp_path):
    for store in (MemorySegmentStore(), SqliteSegmentStore(tmp_path / "segment.db")):
        bench = Bench(store)
        for night in range(9):
            await bench.take([linked(night, until=BEGIN + night * DAY)])
        async with store.unit() as unit:
            (said,) = (await unit.links([RecordKey("crm", "l")])).values()
        assert [one.number for one in said] == [8]
        await store.close()


@QUICK
@given(data=st.data(), entries=histories(), ticks=TICKS)
async def test_it_is_the_batch_at_every_instant(data, entries, ticks):
    await live_through(MemorySegmentStore(), data, entries, ticks)


@ON_DISK
@given(data=st.data(), entries=histories(), ticks=TICKS)
async def test_sqlite_is_the_model(data, entries, ticks):
    model = await live_through(MemorySegmentStore(), data, entries, ticks)
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteSegmentStore(Path(folder) / "segment.db")
        bench = Bench(store)
        for entry in data.draw(st.permutations(entries)):
            await bench.take([entry])
        for at in sorted(ticks)[-1:]:
            await bench.tick(at)
        assert await store.digest() == await model.store.digest()
        known = (await store.known(CUSTOMERS, ())).values()
        expected = await model.store.known(CUSTOMERS, ())
        for one in known:
            assert sorted(one.links) == sorted(expected[one.customer].links)
        await store.close()


@QUICK
@given(data=st.data(), entries=histories())
async def test_the_evidence_counts_the_links_that_hold(data, entries):
    bench = await live_through(MemorySegmentStore(), data, entries, [BEGIN + 5 * DAY])
    segment = SEGMENTS.by_name["buys_for"]
    for customer, known in (await bench.store.known(CUSTOMERS, ())).items():
        facts = known.facts([segment.condition], frozenset())
        count = evidence_of(segment.condition, facts).counted
        assert (count > 0) is (customer in (await bench.members())["buys_for"])


def said(number, *, of="x", **traits):
    told = AccountUpserted(RecordKey("erp", of), number, number, traits=traits)
    return account_said_entry(told, BEGIN + number)


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ([said(1, industry="tea")], [True]),
        ([said(2, industry="ink"), said(1, industry="tea")], [False, False]),
        ([said(1, industry="tea"), said(2, industry="ink")], [True, False]),
        ([said(1, of="y", industry="tea"), account_entry("erp/y", "a1", 0)], [False, True]),
        (
            [
                said(1, of="y", industry="tea"),
                account_entry("erp/y", "a1", 0),
                account_entry("erp/y", "a2", 1),
            ],
            [False, True, False],
        ),
        ([said(1, industry="tea"), account_entry("erp/x", "", 1)], [True, False]),
        ([said(1, industry="tea"), linked(2, deleted=True)], [True, False]),
        ([said(1, industry="tea"), assigned_entry("crm/a", "", 1)], [True, False]),
    ],
)
async def test_each_change_of_an_account_is_noticed(later, expected):
    bench = Bench(MemorySegmentStore())
    begun = [profile_entry("c1", 0, {}), assigned_entry("crm/a", "c1", 0)]
    await bench.take([*begun, account_entry("erp/x", "a1", 0), linked(1)])
    for entry, is_member in zip(later, expected, strict=True):
        await bench.take([entry])
        assert (await bench.members())["in_tea"] == ({"c1"} if is_member else set())


SPELLED = compile_segments(
    parse_catalog(
        """
sources: {crm: {priority: 0}, erp: {priority: 1}}
accounts:
  identifiers: {domain: {normalizer: web_domain, tier: 2, tag: public}}
  kinds: {member: {}}
  traits:
    site: {type: string, tag: public, identifier: domain}
    sites: {type: strings, tag: public, survivorship: union, identifier: domain}
segments:
  equal: {condition: {account: {where: {trait: site, op: equals, value: "https://WWW.Tea.example/"}}}}
  listed: {condition: {account: {where: {trait: site, op: in, value: [TEA.example, x.example]}}}}
  other: {condition: {account: {where: {trait: site, op: not_equals, value: "http://tea.example"}}}}
  among: {condition: {account: {where: {trait: sites, op: contains, value: "ink@Tea.example"}}}}
""",
        "catalog.yaml",
    )
)


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        ("tea.example", {"equal", "listed", "among"}),
        ("http://Tea.example/shop", {"equal", "listed", "among"}),
        ("ink.example", {"other"}),
    ],
)
async def test_an_identifier_of_an_account_is_asked_for_in_any_spelling(site, expected):
    handler, store = SegmentHandler(SPELLED), MemorySegmentStore()
    begun = [profile_entry("c1", 0, {}), assigned_entry("crm/a", "c1", 0)]
    told = [account_entry("erp/x", "a1", 0), linked(1), said(1, site=site, sites=(site,))]
    async with store.unit() as unit:
        await handler.handle(unit, [*begun, *told])
    async with store.unit() as unit:
        await handler.wake(unit, await unit.take_due(9))
    assert (await store.segments_of(["c1"]))["c1"] == expected
    for name, one in SPELLED.by_name.items():
        known = (await known_as_seen(store, ["c1"], (), one))["c1"]
        facts = known.facts([one.condition], frozenset())
        assert one.condition.holds(facts) is (name in expected)


async def test_who_is_linked_to_what_changes_is_gone_through_page_by_page(tmp_path, monkeypatch):
    monkeypatch.setattr(accounts, "_PAGE", 5)
    bench = Bench(SqliteSegmentStore(tmp_path / "segment.db"))
    many = range(24)
    await bench.take([assigned_entry(f"crm/{n}", f"c{n}", 0) for n in many])
    await bench.take([profile_entry(f"c{n}", 0, {}) for n in many])
    await bench.take([account_entry(f"erp/{n}", f"a{n}", 0) for n in range(2)])
    for n in many:
        ends = RecordKey("crm", str(n)), RecordKey("erp", str(n % 2))
        await bench.take(
            [linked_entry(AccountLinked(RecordKey("l", str(n)), *ends, "member", 1, 0), n)]
        )
    async with bench.store.unit() as unit:
        told = [said(1, of=str(n), industry="tea") for n in range(2)]
        await bench.handler.handle(unit, told)
    found, is_due = [], True
    while is_due:
        async with bench.store.unit() as unit:
            due = await unit.take_due(9)
            is_due = bool(due)
            found.append(await accounts.touched_by_accounts(unit, due))
    assert max(map(len, found)) == 5
    assert set().union(*found) == {f"c{n}" for n in many}
    await bench.store.close()


async def test_what_is_told_again_of_an_account_wakes_nobody():
    bench = Bench(MemorySegmentStore())
    begun = [profile_entry("c1", 0, {}), assigned_entry("crm/a", "c1", 0)]
    await bench.take([*begun, account_entry("erp/x", "a1", 0), linked(1), said(1, industry="tea")])
    for entry in (
        said(2, industry="Tee"),
        said(3, industry="tea", other=4),
        account_entry("erp/x", "a1", 2),
    ):
        async with bench.store.unit() as unit:
            await bench.handler.handle(unit, [entry])
            assert not await unit.take_due(3)
    assert (await bench.members())["in_tea"] == {"c1"}


async def test_another_rule_for_what_an_account_is_evaluates_everybody_again(tmp_path):
    bench = Bench(SqliteSegmentStore(tmp_path / "segment.db"))
    await settle(bench.store, SEGMENTS, Progress("segment"))
    begun = [profile_entry("c1", 0, {}), assigned_entry("crm/a", "c1", 0)]
    await bench.take([*begun, account_entry("erp/x", "a1", 0), linked(1), said(2, industry="ink")])
    older = AccountUpserted(RecordKey("crm", "z"), 1, 1, traits={"industry": "tea"})
    await bench.take([account_entry("crm/z", "a1", 0), account_said_entry(older, BEGIN)])
    assert (await bench.members())["in_tea"] == set()
    plain = "industry: {type: string, tag: public, synonyms: {tea: [Tee]}}"
    trusted = plain.replace("tag: public", "tag: public, survivorship: source_priority")
    assert plain in CATALOG
    other = compile_segments(parse_catalog(CATALOG.replace(plain, trusted), "catalog.yaml"))
    await settle(bench.store, other, Progress("segment"))
    assert (await bench.members())["in_tea"] == {"c1"}
    await bench.store.close()


@pytest.mark.parametrize("open_store", [lambda _: MemorySegmentStore(), SqliteSegmentStore])
async def test_what_an_account_comes_to_is_followed_as_it_is_told(tmp_path, open_store):
    bench = Bench(open_store(tmp_path / "segment.db"))
    begun = [profile_entry("c1", 0, {}), assigned_entry("crm/a", "c1", 0), linked(1, to="y")]
    await bench.take([*begun, account_entry("erp/y", "a1", 0)])
    for counter, revenue in enumerate((4.0, 5.0, 4.5, 7.0), start=1):
        # It is told with the oldest record, which nobody is linked to.
        await bench.take([account_entry("erp/x", "a1", counter, {"revenue": revenue})])
        expected = {"c1"} if revenue >= 5 else set()
        assert (await bench.members())["of_much"] == expected
    await bench.take([account_entry("erp/x", "a1", 3, {"revenue": 1.0})])
    assert (await bench.members())["of_much"] == {"c1"}
    await bench.take([account_entry("erp/y", "a2", 1)])
    assert (await bench.members())["of_much"] == set()
    assert (await bench.members())["of_unknown_worth"] == {"c1"}
    await bench.store.close()


async def test_a_date_of_an_account_comes_by_itself():
    bench = Bench(MemorySegmentStore())
    begun = [profile_entry("c1", 0, {}), assigned_entry("crm/a", "c1", 0)]
    await bench.take([*begun, account_entry("erp/x", "a1", 0), linked(1)])
    await bench.take([said(1, renewal=BEGIN + 5 * DAY)])
    for days, expected in ((1, set()), (3, {"c1"}), (4, {"c1"}), (5, set())):
        await bench.tick(BEGIN + days * DAY)
        assert (await bench.members())["account_renews"] == expected


def test_an_account_is_looked_at_without_comparing_catalogs(monkeypatch):
    """Two threads have a catalog each, both with all conditions that people saved."""
    views = [compile_segments(parse_catalog(CATALOG, "catalog.yaml")).accounts for _ in range(2)]
    monkeypatch.setattr(Catalog, "__eq__", lambda *_: pytest.fail("it takes long"))
    assert [view.of({}) for view in views] == [{}, {}]


def test_how_far_is_looked_counts_links():
    """Else one question of who acts for a thousand accounts would take seconds."""
    person = RecordKey("crm", "a")
    condition = SEGMENTS.by_name["account_renews"].condition
    for count, is_bounded in ((4, False), (12, True)):
        links = [
            Link(person, RecordKey("erp", str(number)), "member", "", BEGIN + number, BEGIN + DAY)
            for number in range(count)
        ]
        ahead = look_ahead([condition], Facts({}, {}, now=BEGIN - 1, links=links), most=100)
        assert (ahead.looked_to is not None) is is_bounded


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), entries=histories(), ticks=TICKS)
async def test_it_is_the_batch_at_length(data, entries, ticks):
    await live_through(MemorySegmentStore(), data, entries, ticks)
