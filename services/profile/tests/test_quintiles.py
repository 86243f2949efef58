"""Quintiles of customers, live: an event, a day and a new model move them, a merge moves nothing
that its un-merge does not give back."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.projection.progress import Progress
from c360_kernel.record import RecordKey
from c360_profile.domain.basis import basis_of
from c360_profile.domain.computed.quintiles import Ranking
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.scores.model import PurchaseEvent
from c360_profile.domain.scores.quintiles import NO_QUINTILES, CutPoints, Quintiles
from c360_profile.domain.scores.rfm import rfm
from c360_profile.handlers.catalog_change import refold
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.purchases import read_purchases
from c360_profile.store.ranking import fitted_cut_points
from c360_profile.store.recomputing import recomputed
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.computing import (
    CATALOG,
    DAY,
    RULES,
    START,
    expected,
    held,
    ranked_by,
    rules_with,
    take,
)
from c360_profile.testing.consumptions import KEYS
from c360_profile.testing.entries import assigned, consented, tracked
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

QUICK = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
ANN, _, WEB, _ = KEYS
TODAY = START // DAY
MIDNIGHT = (TODAY + 1) * DAY
NAMES = ("recencyQuintile", "frequencyQuintile", "monetaryQuintile")


def order(message, at=START, amount=1.0, key=ANN, **values):
    paid = {} if amount is None else {"amount": amount}
    return tracked(key, message, at=at, properties={**paid, **values})


async def told(store, customer="c1"):
    traits = (await held(store))[customer]
    return tuple(traits.get(name) for name in NAMES)


@pytest.fixture
async def store(tmp_path):
    store = SqliteProfileStore(tmp_path / "profile.db")
    await take(store, [assigned(ANN, "c1", at=1), order("m1", amount=4.0)])
    yield store
    await store.close()


async def test_a_purchase_moves_its_customer_at_once(store):
    assert await told(store) == (5, 2, 2)
    await take(store, [order("m2", START + 1, 1.5)])
    assert await told(store) == (5, 2, 3)
    # Its return takes away what it was worth; a purchase that says no amount is one all the same.
    await take(store, [order("m3", START + 2, -5.4), order("m4", MIDNIGHT, None)])
    assert await told(store) == (5, 4, 1)


async def test_recency_is_worse_at_the_midnight_at_which_it_crosses_a_cut_point(store):
    for day, better in enumerate((5, 4, 3, 2)):
        crossing = MIDNIGHT + day * DAY
        await take(store, [crossing - 1])
        assert (await told(store))[0] == better
        await take(store, [crossing])
        assert (await told(store))[0] == better - 1
        assert await held(store) == await expected(store)


async def test_what_leaves_a_window_ranks_no_more(store):
    await take(store, [order("m2", MIDNIGHT)])
    assert (await told(store))[1] == 4
    # Two days: until the second midnight after that of the first purchase.
    await take(store, [MIDNIGHT + DAY])
    assert (await told(store))[1] == 2
    await take(store, [MIDNIGHT + 2 * DAY])
    assert (await told(store))[1] is None
    assert (await told(store))[2] == 3


async def test_what_is_said_to_be_bought_tomorrow_counts_tomorrow(store):
    ahead = tracked(ANN, "m2", at=START, occurred_at=MIDNIGHT + 5, properties={"amount": 3.5})
    await take(store, [ahead])
    assert await told(store) == (5, 2, 2)
    await take(store, [MIDNIGHT])
    assert await told(store) == (5, 4, 4)


async def test_merge_and_unmerge_give_back_what_was(store):
    later = order("w1", MIDNIGHT, 3.2, key=WEB)
    await take(store, [assigned(WEB, "c2", at=2), later])
    before = await told(store), await told(store, "c2")
    await take(store, [assigned(WEB, "c1", at=9, counter=2, left="c2")])
    assert await told(store) == (5, 4, 4)
    await take(store, [assigned(WEB, "c2", at=10, counter=3, left="c1")])
    assert (await told(store), await told(store, "c2")) == before


async def test_without_a_model_nobody_has_any_and_with_another_all_follow(store):
    other = ranked_by("summer", {"monetaryQuintile": (1, 2, 3, 3.5)})
    none = rules_with(NO_QUINTILES)
    for rules, after in (
        (none, (None,) * 3),
        (rules_with(other), (None, None, 5)),
        (RULES, (5, 2, 2)),
    ):
        await refold(store, ProfileHandler(rules), Progress("test"))
        assert await told(store) == after
        assert (await recomputed(store, rules)).differing == 0
    assert len({basis_of(CATALOG, one) for one in (NO_QUINTILES, other, RULES.quintiles)}) == 3
    # By another name alone nobody is folded again.
    assert basis_of(CATALOG, other) == basis_of(CATALOG, other._replace(version="autumn"))


async def test_a_quintile_that_differs_from_its_batch_is_found(store):
    other = rules_with(ranked_by("summer", {"monetaryQuintile": (1, 2, 3, 3.5)}))
    found = await recomputed(store, other)
    assert (found.customers, found.differing) == (1, 1)
    assert set(found.traits) == set(NAMES)


amounts = st.sampled_from([1.0, 0.1, 0.2, 0.3, 11.77, -0.1, None])
purchases = st.lists(
    st.tuples(st.integers(0, 11), st.integers(0, 9), amounts), min_size=1, max_size=40
)


@QUICK
@given(purchases, st.none() | st.integers(1, 9))
async def test_on_the_day_of_the_fit_live_quintiles_are_those_of_the_batch(bought, days):
    """As `c360 profile score` writes them; of customers whose records were joined, too."""
    window = f", last: {days} days" if days else ""
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteProfileStore(Path(folder) / "profile.db")
        await _check(store, bought, days, window)
        await store.close()


async def _check(store, bought, days, window):
    catalog = parse_catalog(_RFM % {"last": window}, "rfm")
    rules = GoldenRules(catalog, Normalizers(catalog).normalize)
    handler, until = ProfileHandler(rules), TODAY + max(day for _, day, _ in bought)
    keys = [RecordKey("crm", f"k{number}") for number in range(12)]
    # Of two records each is a customer: some are joined after they bought.
    moves = [assigned(key, f"c{n // 2}", at=1 + n) for n, key in enumerate(keys)]
    orders = [
        order(f"m{n}", (TODAY + day) * DAY + n, amount, keys[who])
        for n, (who, day, amount) in enumerate(bought)
    ]
    async with store.unit() as unit:
        await unit.tick(until * DAY + DAY - 1)
        await handler.handle(unit, [*orders, *moves])
    cuts = await fitted_cut_points(store, rules.computed, until)
    fitted = GoldenRules(catalog, rules.normalize, Quintiles("v", cuts))
    await refold(store, ProfileHandler(fitted), Progress("test"))
    read = await read_purchases(store, PurchaseEvent("order_completed", "amount"), until)
    batch = rfm(read.spent, None if days is None else until - days + 1, until)
    customers = await store.customers({f"c{number}" for number in range(6)})
    traits = {n: tuple(map(c.traits.get, NAMES)) for n, c in customers.items() if c.traits}
    assert traits == {name: tuple(one) for name, one in batch.items()}


_RFM = """
sources: {crm: {priority: 0}}
events: {order_completed: {properties: {amount: {type: float, tag: financial}}}}
computed:
  recencyQuintile: {kind: quintile, of: recency, event: order_completed%(last)s, tag: behaviour}
  frequencyQuintile: {kind: quintile, of: frequency, event: order_completed%(last)s, tag: behaviour}
  monetaryQuintile: {kind: quintile, of: monetary, event: order_completed, property: amount%(last)s,
    tag: financial}
"""


async def test_those_who_granted_a_purpose_alone_are_ranked(store):
    consents = [consented(WEB, "analytics", "granted", at=3)]
    await take(store, [assigned(WEB, "c2", at=2), order("w1", MIDNIGHT, 3.2, WEB), *consents])
    found = await fitted_cut_points(store, RULES.computed, TODAY + 1, "analytics")
    monetary = next(one for one in found if one.trait == "monetaryQuintile")
    assert (monetary.buyers, monetary.points) == (1, (3.2,) * 4)
    everybody = await fitted_cut_points(store, RULES.computed, TODAY + 1)
    recency = next(one for one in everybody if one.trait == "recencyQuintile")
    assert (recency.buyers, recency.shown) == (2, (1, 1, 0, 0))


days_bought = st.dictionaries(
    st.integers(-3, 12), st.sampled_from([1.0, 2.5, -1.0, 0.0]), min_size=1, max_size=8
)
points = st.lists(st.integers(-8, 6).map(float), min_size=4, max_size=4).map(sorted).map(tuple)


@given(
    days_bought,
    points,
    st.sampled_from(["recency", "frequency", "monetary"]),
    st.none() | st.integers(1, 6),
    st.integers(-3, 14),
)
def test_when_a_quintile_changes_by_itself_is_told_to_the_millisecond(spent, cuts, of, days, day):
    trait = replace(
        CATALOG.computed["recencyQuintile"], of=of, last_ms=None if days is None else days * DAY
    )
    one = Ranking(trait, CutPoints("x", of, "", 9, cuts))
    present = day * DAY + 5
    now, changes_at = one.quintile(spent, present), one.changes_at(spent, present)
    end = 40 * DAY if changes_at is None else changes_at
    moments = [at for later in range(day + 1, 41) for at in (later * DAY - 1, later * DAY)]
    assert all(one.quintile(spent, at) == now for at in moments if at < end)
    if changes_at is not None:
        assert changes_at > present
        assert one.quintile(spent, changes_at) != now
        looked = one.looks_again(spent.keys(), present)
        assert looked is not None and looked <= changes_at
