"""Entries of the topics, worlds of them that Hypothesis draws, and a catalog to read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.evidence.seed_id import customer_ids
from c360_kernel.log.entry import Entry, Partition, entry_at
from c360_kernel.log.topics import ACCOUNTS, EVENTS, IDENTITIES, LINKS, PROFILES
from c360_kernel.payload import (
    AccountLinked,
    AccountUpserted,
    EventTracked,
    ProfileChanged,
    RecordAssigned,
)
from c360_kernel.record import Identifier, RecordKey, TraitValue
from c360_kernel.record_parts import PARENT, identifiers_part, trait_part
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version
from hypothesis import strategies as st

CATALOG = parse_catalog(
    """
sources:
  crm: {priority: 0}
  erp: {priority: 1}
identifiers:
  email: {normalizer: email, tier: 2, tag: email}
traits:
  spent: {type: float, tag: financial}
  stage: {type: string, tag: behaviour}
events:
  order:
    properties:
      amount: {type: float, tag: financial}
      company: {type: string, tag: public}
  visit: {properties: {site: {type: string, tag: public}, note: {type: string, tag: free_text}}}
accounts:
  events:
    order: {property: company, identifier: number}
    visit: {property: site}
  computed:
    people: {over: members, kind: count, live: true, tag: account_link}
    bestSpent:
      over: members
      kind: max
      trait: spent
      where: {trait: stage, op: equals, value: active}
      subtree: true
      live: true
      tag: financial
    recentOrders: {kind: count, event: order, last: 1 days, live: true, tag: financial}
    revenue:
      {kind: sum, event: order, property: amount, subtree: true, live: true, tag: financial}
    lastSeen: {kind: last, event: [order, visit], tag: behaviour}
  identifiers:
    code: {normalizer: token, tier: 0, separates: true, limit: 1, tag: public}
    number: {normalizer: token, tier: 1, tag: public}
    domain: {normalizer: web_domain, tier: 2, fan: 3, tag: public}
  traits:
    name: {type: string, tag: public, survivorship: source_priority}
    employees: {type: int, tag: public, survivorship: maximum}
    brands: {type: strings, tag: public, survivorship: union}
  kinds:
    member: {}
    decision: {decides: true}
    owner: {ours: true}
  roles:
    decision_maker: {needed: true}
    budget_holder: {needed: true}
    champion: {}
""",
    "catalog.yaml",
)
ACCOUNT_ID = customer_ids(b"a key of these tests")


def stamp_of(number: int) -> str:
    """The stamp whose milliseconds are this number."""
    return f"{number:012x}{0:04x}{'0' * 12}"


def account_entry(
    record: str,
    stamp: int,
    carried: Mapping[str, str] | None = None,
    *,
    revision: int = 1,
    **said: Any,  # noqa: ANN401 - fields of the payload
) -> Entry:
    """What an account record, written `source/key`, says; `carried` are identifiers by type."""
    key = RecordKey.parse(record)
    if parent := said.pop("parent", ""):
        said["parent"] = RecordKey.parse(parent)
    identifiers = tuple(Identifier(*one) for one in (carried or {}).items())
    payload = AccountUpserted(key, revision, stamp, identifiers=identifiers, **said)
    return _entry(ACCOUNTS, record, payload, stamp)


def link_entry(
    link: str,
    stamp: int,
    person: str,
    account: str,
    *,
    kind: str = "member",
    revision: int = 1,
    **said: Any,  # noqa: ANN401 - fields of the payload
) -> Entry:
    """A link of two records, each written `source/key`."""
    if boss := said.pop("reports_to", ""):
        said["reports_to"] = RecordKey.parse(boss)
    ends = RecordKey.parse(person), RecordKey.parse(account)
    payload = AccountLinked(RecordKey.parse(link), *ends, kind, revision, stamp, **said)
    return _entry(LINKS, link, payload, stamp)


def person_entry(record: str, customer: str, counter: int = 0) -> Entry:
    """Whose the record of a person is, under version (0, counter)."""
    payload = RecordAssigned(RecordKey.parse(record), customer, Version(0, counter))
    return _entry(IDENTITIES, record, payload, counter)


def event_entry(
    record: str,
    stamp: int,
    message_id: str = "m1",
    name: str = "order",
    *,
    at: int = 0,
    **properties: TraitValue,
) -> Entry:
    """An event of a person's record, when it came in unless told `at`."""
    key = RecordKey.parse(record)
    payload = EventTracked(key, message_id, name, at or stamp, properties=properties)
    return _entry(EVENTS, record, payload, stamp)


def profile_entry(customer: str, counter: int = 0, **traits: TraitValue) -> Entry:
    """The traits of a customer under version (0, counter); without any it has ended."""
    payload = ProfileChanged(customer, Version(0, counter), traits, ended=not traits)
    return _entry(PROFILES, customer, payload, counter)


def _entry(topic: str, key: str, payload: Any, stamp: int) -> Entry:  # noqa: ANN401 - any payload
    entry = new_entry(topic, key, payload, stamp_of(stamp))
    return entry_at(entry, Partition(topic, 0), stamp)


_RECORDS = ("crm/a", "crm/b", "crm/c", "erp/a", "erp/b")
_TRAITS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["One", "Two"]),
        "employees": st.integers(1, 3),
        "brands": st.sampled_from([("a",), ("a", "b")]),
    },
)
_CARRIED = st.fixed_dictionaries(
    {},
    optional={
        "code": st.sampled_from(["C-1001", "C-1002"]),
        "number": st.sampled_from(["N-2001", "N-2002"]),
        "domain": st.sampled_from(["one.example.org", "two.example.org", "qq.com"]),
    },
)


@st.composite
def worlds(draw: st.DrawFn) -> Sequence[Entry]:
    """Revisions of account records that share, lose and get back what they carry; links; people."""
    entries: list[Entry] = []
    for stamp in range(1, draw(st.integers(1, 12)) + 1):
        record = draw(st.sampled_from(_RECORDS))
        deleted = draw(st.sampled_from([False, False, False, True]))
        carried = {} if deleted else draw(_CARRIED)
        parent = draw(st.sampled_from(("", "", *_RECORDS)))
        said: dict[str, Any] = {
            "revision": draw(st.integers(1, 4)),
            "deleted": deleted,
            "parent": parent,
            "traits": {} if deleted else draw(_TRAITS),
        }
        if not deleted and draw(st.booleans()):
            said["named"] = _named(draw, carried, said)
        entries.append(account_entry(record, stamp, carried, **said))
    for stamp in range(20, 20 + draw(st.integers(0, 6))):
        entries.append(_draw_link(draw, stamp))
    for record in ("crm/p", "erp/p", "erp/q"):
        for counter in range(draw(st.integers(0, 3))):
            customer = draw(st.sampled_from(("", "c1", "c2")))
            entries.append(person_entry(record, customer, counter))
    entries += [_draw_event(draw, stamp) for stamp in range(40, 40 + draw(st.integers(0, 6)))]
    for counter in range(draw(st.integers(0, 3))):
        spent, stage = draw(st.sampled_from([1.5, 7.0])), draw(st.sampled_from(["active", "gone"]))
        traits = draw(st.sampled_from([{}, {"spent": spent}, {"spent": spent, "stage": stage}]))
        entries.append(profile_entry(draw(st.sampled_from(["c1", "c2"])), counter, **traits))
    return entries


def _named(draw: st.DrawFn, carried: Mapping[str, str], said: Mapping[str, Any]) -> tuple[str, ...]:
    """The parts of a patch: all that it says, and perhaps what it removes."""
    above = {PARENT} if said["parent"] else set[str]()
    own = {*map(identifiers_part, carried), *map(trait_part, said["traits"])}
    removed = draw(st.sets(st.sampled_from((trait_part("name"), identifiers_part("number")))))
    return tuple(sorted(own | above | removed))


def _draw_link(draw: st.DrawFn, stamp: int) -> Entry:
    ends = draw(st.sampled_from(("crm/p", "erp/p", "erp/q"))), draw(st.sampled_from(_RECORDS))
    said: dict[str, Any] = {
        "kind": draw(st.sampled_from(["member", "member", "decision", "owner"])),
        "role": draw(st.sampled_from(["", "champion", "decision_maker"])),
        "revision": draw(st.integers(1, 3)),
        "deleted": draw(st.booleans()),
        "primary": draw(st.booleans()),
        "valid_to": draw(st.sampled_from([0, 0, 43])),
    }
    return link_entry(draw(st.sampled_from(["crm/l1", "crm/l2"])), stamp, *ends, **said)


def _draw_event(draw: st.DrawFn, stamp: int) -> Entry:
    record = draw(st.sampled_from(("crm/p", "erp/p", "erp/q")))
    message_id, at = draw(st.sampled_from(["m1", "m2", "m3"])), draw(st.integers(40, 46))
    if draw(st.booleans()):
        company = draw(st.sampled_from([{}, {}, {"company": "N-2001"}, {"company": "N-2002"}]))
        amount = draw(st.sampled_from([0.1, 0.2, 9.0]))
        return event_entry(record, stamp, message_id, at=at, amount=amount, **company)
    site = draw(st.sampled_from([{}, {"site": "a"}, {"site": "none"}]))
    return event_entry(record, stamp, message_id, "visit", at=at, **site)
