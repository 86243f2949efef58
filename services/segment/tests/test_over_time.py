"""What looks at time is, at every instant, what the batch evaluator finds by trying every event."""

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from c360_kernel.accounts.links import Link
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.codec import decode
from c360_kernel.conditions.facts import with_facts
from c360_kernel.log.entry import Entry
from c360_kernel.log.topics import ACCOUNT_IDENTITIES, ACCOUNTS, EVENTS, IDENTITIES, LINKS
from c360_kernel.payload import AccountLinked, AccountUpserted, EventTracked
from c360_kernel.record import RecordKey
from c360_kernel.stamp import stamp_ms
from c360_segment.domain.batch import BatchEvaluator
from c360_segment.domain.past import Profiled
from c360_segment.domain.segments import compile_segments
from c360_segment.domain.state import EventName, ProfileState, SeenEvent
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.store.sqlite import SqliteSegmentStore
from c360_segment.testing import MemorySegmentStore
from c360_segment.testing.entries import (
    Said,
    account_entry,
    account_said_entry,
    assigned_entry,
    ended_entry,
    linked_entry,
    profile_entry,
    timed_event_entry,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CATALOG = """
sources:
  crm: {priority: 0}
  web: {priority: 1}
  erp: {priority: 2}
traits:
  since: {type: date, tag: public}
  renewal: {type: datetime, tag: public}
  tier: {type: string, tag: public}
purposes: {marketing: {}}
tags:
  complaint: {type: flag, tag: public}
events:
  bought:
    properties:
      amount: {type: float, tag: public}
      sku: {type: string, tag: public}
  looked:
    properties:
      sku: {type: string, tag: public}
accounts:
  kinds: {member: {}, decision: {decides: true}}
  roles: {buyer: {}, user: {}}
  traits:
    industry: {type: string, tag: public, synonyms: {tea: [Tee]}}
    employees: {type: int, tag: public, survivorship: source_priority}
    renewal: {type: datetime, tag: public}
  computed:
    revenue: {kind: sum, event: bought, property: amount, live: true, tag: account_link}
segments:
  of_much: {condition: {account: {where: {trait: revenue, op: at_least, value: 5}}}}
  of_unknown_worth: {condition: {account: {where: {trait: revenue, op: missing}}}}
  in_tea: {condition: {account: {where: {trait: industry, op: equals, value: Tee}}}}
  of_unknown: {condition: {account: {role: user, where: {trait: employees, op: missing}}}}
  decides_big:
    condition:
      account:
        kind: decision
        where:
          any:
            - {trait: employees, op: greater_than, value: 100}
            - not: {trait: industry, op: in, value: [tea, ink]}
  not_small:
    condition: {not: {account: {where: {trait: employees, op: at_most, value: 100}}}}
  account_renews: {condition: {account: {where: {trait: renewal, within_next: 2 days}}}}
  acts: {condition: {account: {}}}
  decides: {condition: {account: {kind: decision}}}
  buys_for: {condition: {account: {kind: decision, role: buyer}}}
  acts_quietly: {condition: {all: [{account: {role: user}}, {not: {event: bought, last: 3 days}}]}}
  twice_lately: {condition: {event: bought, count: {at_least: 2}, last: 3 days}}
  few: {condition: {event: bought, count: {at_most: 1}, last: 3 days}}
  lapsed:
    condition:
      all:
        - {event: bought, last: 10 days, until: 4 days}
        - not: {event: bought, last: 4 days}
  long_ago: {condition: {event: bought, until: 5 days}}
  spent: {condition: {event: bought, sum: {property: amount, at_least: 6}, last: 2 days}}
  usual: {condition: {event: bought, average: {property: amount, at_most: 4}}}
  smallest: {condition: {event: bought, min: {property: amount, at_least: 2}, last: 6 days}}
  largest:
    condition:
      {event: bought, max: {property: amount, at_least: 5}, this: week, zone: Asia/Shanghai}
  today: {condition: {event: looked, this: day, zone: America/New_York}}
  on_the_web: {condition: {event: looked, source: web, last: 2 days}}
  converted:
    condition:
      event: looked
      last: 5 days
      then: [{event: bought, within: 1 day, same: [sku]}]
  back_again:
    condition:
      event: looked
      then: [{event: bought, within: 2 days}, {event: looked, within: 1 day, same: [sku]}]
  basket_left:
    condition: {event: looked, then_not: {event: bought, within: 1 day, same: [sku]}, last: 4 days}
  bought_and_gone:
    condition:
      event: looked
      then: [{event: bought, within: 2 days}]
      then_not: {event: looked, within: 1 day}
  faithful:
    condition:
      event: looked
      regularly: {every: day, at_least: 3, of: 3, zone: Europe/Berlin, same: sku}
  often: {condition: {event: looked, regularly: {every: week, at_least: 1, of: 2}}}
  new: {condition: {trait: since, within_last: 3 days}}
  settled: {condition: {trait: since, before_last: 3 days}}
  renews: {condition: {trait: renewal, within_next: 2 days}}
  renews_later: {condition: {trait: renewal, after_next: 2 days}}
  good: {condition: {all: [{segment: spent}, {not: {segment: lapsed}}]}}
  busy: {condition: {held: {event: looked, last: 2 days}, for: 36 hours}}
  quiet: {condition: {held: {not: {event: bought, last: 1 day}}, for: 2 days}}
  kept_coming: {condition: {held: {segment: twice_lately}, for: 1 day}}
  long_a_buyer: {condition: {held: {event: bought, source: web}, for: 4 days}}
  spending: {condition: {held: {event: bought, sum: {property: amount, at_least: 3}}, for: 1 day}}
  seen_today:
    condition: {held: {event: looked, this: day, zone: America/New_York}, for: 6 hours}
  still_undecided: {condition: {held: {segment: basket_left}, for: 1 day}}
  still_faithful: {condition: {not: {held: {segment: often}, for: 8 days}}}
  long_gold: {condition: {held: {trait: tier, op: equals, value: gold}, for: 30 hours}}
  gold_and_quiet:
    condition:
      held: {all: [{trait: tier, op: exists}, {not: {event: bought, last: 1 day}}]}
      for: 1 day
  long_unasked: {condition: {held: {not: {consent: marketing}}, for: 2 days}}
  long_of_crm: {condition: {not: {held: {any: [{source: crm}, {tag: complaint}]}, for: 1 day}}}
  complains_on: {condition: {held: {held: {tag: complaint}, for: 12 hours}, for: 1 day}}
  long_about_to_renew: {condition: {held: {trait: renewal, within_next: 5 days}, for: 1 day}}
  long_new: {condition: {held: {trait: since, within_last: 4 days}, for: 2 days}}
  long_deciding: {condition: {held: {account: {kind: decision}}, for: 2 days}}
  long_a_guest: {condition: {held: {segment: guests}, for: 18 hours}}
  guests: {condition: {list: guests}}
  drawn_and_quiet:
    condition:
      held:
        any:
          - {bucket: {percent: 50, of: a}}
          - held: {all: [{event: bought, last: 3 days}, {not: {event: looked, until: 2 days}}]}
            for: 12 hours
      for: 18 hours
"""
SEGMENTS = compile_segments(parse_catalog(CATALOG, "catalog.yaml"))
HOUR, DAY = 3_600_000, 86_400_000
BEGIN = 1_711_756_800_000
"""30 March 2024: clocks change on the next day in Berlin, and the month ends."""
RECORDS, CUSTOMERS = ("crm/a", "web/a", "web/b"), ("c1", "c2")
OF_ACCOUNTS = ("erp/x", "erp/y", "crm/z")
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ON_DISK = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass
class World:
    """What entries so far come to, by a reader of the rules."""

    events: dict[EventName, SeenEvent] = field(default_factory=dict)
    owners: dict[RecordKey, object] = field(default_factory=dict)
    profiles: dict[str, ProfileState] = field(default_factory=dict)
    told: dict[str, list[Profiled]] = field(default_factory=dict)
    tick: int = 0
    said: dict[RecordKey, list] = field(default_factory=dict)
    accounts: dict[RecordKey, object] = field(default_factory=dict)
    said_of_accounts: dict[RecordKey, list] = field(default_factory=dict)

    def hear(self, entry: Entry) -> None:
        said = decode(entry.topic, entry.data)
        if entry.topic == EVENTS:
            self._hear_event(entry, said)
        elif entry.topic == IDENTITIES:
            held = self.owners.get(said.record)
            if held is None or said.version > held.version:
                self.owners[said.record] = said
        elif entry.topic == LINKS:
            self.said.setdefault(said.link, []).append((entry.stamp, said))
        elif entry.topic == ACCOUNTS:
            self.said_of_accounts.setdefault(said.record, []).append((entry.stamp, said))
        elif entry.topic == ACCOUNT_IDENTITIES:
            held = self.accounts.get(said.record)
            if held is None or said.version > held.version:
                self.accounts[said.record] = said
        else:
            held = self.profiles.get(said.customer)
            known = with_facts(said.traits, said.consents, said.sources, said.tags)
            now = ProfileState(said.version, not said.ended, known)
            told = Profiled(now, stamp_ms(entry.stamp), said.successor)
            self.told.setdefault(said.customer, []).append(told)
            if held is None or said.version > held.version:
                self.profiles[said.customer] = now

    def _hear_event(self, entry: Entry, said: EventTracked) -> None:
        name = EventName(said.record.source, said.message_id)
        seen = SeenEvent(entry.stamp, said.record, said.name, said.occurred_at, said.properties)
        held = self.events.get(name)
        if held is None or seen.stamp < held.stamp:
            self.events[name] = seen

    def links(self):
        """Of each link what holds, if it leads to an account: by the number, then by what is said
        first of it, the one said last."""
        for told in self.said.values():
            firsts = {}
            for stamp, one in sorted(told, key=lambda pair: pair[0]):
                firsts.setdefault((one.revision, repr(replace(one, observed_at=0))), (stamp, one))
            _, one = max(firsts.values(), key=lambda pair: (pair[1].revision, pair[0]))
            account = self.accounts.get(one.account)
            if not one.deleted and account is not None and account.account:
                times = one.valid_from, one.valid_to
                yield Link(one.person, one.account, one.kind, one.role, *times)

    def traits_of_accounts(self):
        """Of each record the traits of its account: of the records that are there what the newest
        says; of employees what the CRM says, if it does."""
        found = {}
        for record, assigned in self.accounts.items():
            same = [r for r, one in self.accounts.items() if one.account == assigned.account]
            held = [one for one in map(self._held_account, same) if one is not None]
            held.sort(key=lambda o: (o.observed_at, o.revision, o.record.source == "crm", o.record))
            values = {n: v for one in held for n, v in one.traits.items()}
            for one in sorted(held, key=lambda one: one.record.source == "crm"):
                values |= {n: v for n, v in one.traits.items() if n == "employees"}
            if assigned.account:
                told = {n: v for r in same for n, v in self.accounts[r].comes_to.items()}
                fitting = {n: v for n, v in {**values, **told}.items() if v != "many"}
                found[record] = {n: "tea" if v == "Tee" else v for n, v in fitting.items()}
        return found

    def _held_account(self, record):
        firsts = {}
        for stamp, one in sorted(self.said_of_accounts.get(record, ()), key=lambda pair: pair[0]):
            firsts.setdefault((one.revision, repr(replace(one, observed_at=0))), (stamp, one))
        _, one = max(
            firsts.values(), key=lambda pair: (pair[1].revision, pair[0]), default=("", None)
        )
        return None if one is None or one.deleted else one

    def members(self):
        owners = {record: said.customer for record, said in self.owners.items() if said.customer}
        others = self.tick, self.links(), self.traits_of_accounts(), self.told
        batch = BatchEvaluator(self.events.values(), owners, self.profiles, *others)
        return batch.members(SEGMENTS)


class Bench:
    def __init__(self, store):
        self.store, self.handler = store, SegmentHandler(SEGMENTS)

    async def take(self, entries):
        async with self.store.unit() as unit:
            await self.handler.handle(unit, entries)
        await self.wake()

    async def tick(self, at):
        async with self.store.unit() as unit:
            await unit.tick(at)
        await self.wake()

    async def wake(self):
        due = True
        while due:
            async with self.store.unit() as unit:
                due = await unit.take_due(3)
                if due:
                    await self.handler.wake(unit, due)

    async def members(self):
        return {
            name: frozenset(await self.store.customers_of(await self.store.members(name)))
            for name in SEGMENTS.by_name
        }


@st.composite
def an_event(draw, number):
    at = BEGIN + draw(st.integers(0, 40)) * 6 * HOUR
    properties = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "sku": st.sampled_from("xy"),
                "amount": st.sampled_from([0.1, 0.2, 3.0, 6.0]),
            },
        )
    )
    name = draw(st.sampled_from(["bought", "looked"]))
    if name == "looked":
        properties.pop("amount", None)
    # Late, and by clocks that go ahead.
    stamp = at + draw(st.sampled_from([-DAY, 0, 0, 5 * DAY])) + number
    record, message = draw(st.sampled_from(RECORDS)), draw(st.sampled_from("12345678"))
    return timed_event_entry(record, message, name, stamp, at, properties)


SAID = st.builds(
    Said,
    st.sampled_from([{}, {}, {"marketing": "granted"}]),
    st.sampled_from([(), ("crm",), ("crm", "web")]),
    st.sampled_from([{}, {"complaint": True}, {"list:guests": True}]),
)


@st.composite
def a_profile(draw, customer, counter):
    # Most are told later than the one before, and some by a clock that goes back or ahead.
    stamp = BEGIN + (6 * counter + draw(st.integers(-6, 20))) * 6 * HOUR
    if draw(st.integers(0, 4)) == 0:
        return ended_entry(customer, counter, draw(st.sampled_from(CUSTOMERS)), stamp)
    traits = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "since": st.sampled_from(["2024-03-30", "2024-04-02"]),
                "renewal": st.integers(0, 20).map(lambda n: BEGIN + n * 12 * HOUR),
                "tier": st.sampled_from(["gold", "gold", "silver"]),
            },
        )
    )
    return profile_entry(customer, counter, traits, draw(SAID), stamp)


@st.composite
def a_link(draw, number):
    days = st.integers(0, 12).map(lambda n: BEGIN + n * DAY)
    name, record = draw(st.sampled_from("ab")), draw(st.sampled_from(RECORDS))
    linked = AccountLinked(
        RecordKey("crm", name),
        RecordKey.parse(record),
        RecordKey.parse(draw(st.sampled_from(OF_ACCOUNTS))),
        draw(st.sampled_from(["member", "decision"])),
        draw(st.integers(1, 3)),
        number,
        role=draw(st.sampled_from(["", "buyer", "user"])),
        valid_from=draw(st.one_of(st.just(0), days)),
        valid_to=draw(st.one_of(st.just(0), days)),
        deleted=draw(st.integers(0, 4)) == 0,
    )
    return linked_entry(linked, BEGIN + number)


@st.composite
def said_of_an_account(draw, number):
    traits = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "industry": st.sampled_from(["tea", "Tee", "ink"]),
                "employees": st.sampled_from([5, 100, 101, "many"]),
                "renewal": st.integers(0, 20).map(lambda n: BEGIN + n * 12 * HOUR),
            },
        )
    )
    record = RecordKey.parse(draw(st.sampled_from(OF_ACCOUNTS)))
    deleted = draw(st.integers(0, 4)) == 0
    numbers = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    said = AccountUpserted(record, *numbers, deleted, traits={} if deleted else traits)
    return account_said_entry(said, BEGIN + number)


def coming_to(record):
    """What an account comes to is told with one of its records."""
    told = [{}, {"revenue": 5.0}, {"revenue": 4.5}, {"revenue": "many"}, {"other": 9.0}]
    return st.sampled_from(told if record == "erp/x" else [{}])


@st.composite
def histories(draw):
    entries = [draw(an_event(number)) for number in range(draw(st.integers(0, 12)))]
    for record in RECORDS:
        for counter in range(draw(st.integers(0, 3))):
            owner = draw(st.sampled_from(("", *CUSTOMERS)))
            entries.append(assigned_entry(record, owner, counter))
    entries += [draw(a_link(number)) for number in range(draw(st.integers(0, 4)))]
    entries += [draw(said_of_an_account(number)) for number in range(draw(st.integers(0, 4)))]
    for record in OF_ACCOUNTS:
        accounts = draw(st.lists(st.sampled_from(["", "a1"]), max_size=2))
        entries += [
            account_entry(record, one, number, draw(coming_to(record)))
            for number, one in enumerate(accounts)
        ]
    for customer in CUSTOMERS:
        entries += [draw(a_profile(customer, n)) for n in range(draw(st.integers(1, 4)))]
    again = draw(st.lists(st.sampled_from(entries), max_size=4))
    return draw(st.permutations([*entries, *again]))


TICKS = st.lists(st.integers(-4, 60).map(lambda n: BEGIN + n * 6 * HOUR), max_size=8)


async def live_through(store, data, entries, ticks):
    """Entries and ticks in some order; after each step the store is compared with a batch."""
    bench, world, waiting = Bench(store), World(), sorted(ticks)
    while entries or waiting:
        if waiting and (not entries or data.draw(st.booleans())):
            at, waiting = waiting[0], waiting[1:]
            world.tick = max(world.tick, at)
            await bench.tick(at)
        else:
            size = data.draw(st.integers(1, 4))
            batch, entries = entries[:size], entries[size:]
            for entry in batch:
                world.hear(entry)
            await bench.take(batch)
        assert await bench.members() == world.members()
    return bench


@QUICK
@given(data=st.data(), entries=histories(), ticks=TICKS)
async def test_it_is_the_batch_at_every_instant(data, entries, ticks):
    await live_through(MemorySegmentStore(), data, entries, ticks)


@QUICK
@given(data=st.data(), entries=histories(), ticks=TICKS)
async def test_another_order_and_one_last_tick_give_the_same(data, entries, ticks):
    """A replay knows the last tick alone."""
    live = await live_through(MemorySegmentStore(), data, entries, ticks)
    replayed = await live_through(
        MemorySegmentStore(), data, data.draw(st.permutations(entries)), ticks[-1:] and [max(ticks)]
    )
    assert await replayed.store.digest() == await live.store.digest()


@ON_DISK
@given(data=st.data(), entries=histories(), ticks=TICKS)
async def test_sqlite_is_the_batch_at_every_instant(data, entries, ticks):
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteSegmentStore(Path(folder) / "segment.db")
        await live_through(store, data, entries, ticks)
        await store.close()


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), entries=histories(), ticks=TICKS)
async def test_it_is_the_batch_at_length(data, entries, ticks):
    await live_through(MemorySegmentStore(), data, entries, ticks)
