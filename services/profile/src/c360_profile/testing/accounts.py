"""Accounts and who acts for them, as entries, for what tests ask of both."""

from __future__ import annotations

from collections.abc import Mapping

from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.conditions.facts import Acting, acting_fact
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.log.entry import Entry, Partition, entry_at
from c360_kernel.log.topics import ACCOUNT_IDENTITIES, ACCOUNTS, LINKS
from c360_kernel.payload import AccountAssigned, AccountLinked, AccountUpserted, Payload
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version

from c360_profile.domain.golden import GoldenRules
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.port import ProfileStore
from c360_profile.testing.entries import stamp

_TEXT = """
sources: {crm: {priority: 0}, erp: {priority: 1}, web: {priority: 2}}
identifiers: {}
traits:
  name: {type: string, tag: name, survivorship: latest}
  city: {type: string, tag: public, survivorship: latest}
events:
  order_completed: {properties: {amount: {type: float, tag: financial}}}
accounts:
  identifiers:
    domain: {normalizer: web_domain, tier: 2, tag: public}
  traits:
    industry: {type: string, tag: public, survivorship: source_priority}
    employees: {type: int, tag: public, survivorship: latest}
    markets: {type: strings, tag: public, survivorship: union}
    website: {type: string, tag: public, survivorship: latest, identifier: domain}
  kinds: {member: {}, decision: {decides: true}, owner: {ours: true}}
  roles: {buyer: {needed: true}, user: {}}
  computed:
    orders: {kind: count, event: order_completed, tag: account_link, live: true}
    spent: {kind: sum, event: order_completed, property: amount, tag: financial}
"""
CATALOG = parse_catalog(_TEXT, "accounts")
RULES = GoldenRules(CATALOG, Normalizers(CATALOG).normalize)
HANDLER = ProfileHandler(RULES)
_NO_VALUES: Mapping[str, TraitValue] = {}


def linked(
    link: str,
    person: RecordKey,
    account: RecordKey,
    *,
    at: int,
    kind: str = "member",
    role: str = "",
    since: int = 0,
    until: int = 0,
    revision: int = 1,
    deleted: bool = False,
) -> Entry:
    """What the CRM says of a link, stamped `at`."""
    said = RecordKey("crm", link), person, account, kind, revision, at, role
    payload = AccountLinked(*said, valid_from=since, valid_to=until, deleted=deleted)
    return _entry(LINKS, said[0], payload, at)


def described(
    account: RecordKey,
    traits: Mapping[str, TraitValue] = _NO_VALUES,
    *,
    at: int,
    revision: int = 1,
    deleted: bool = False,
) -> Entry:
    """What a source says of its record of an account, stamped `at`."""
    payload = AccountUpserted(account, revision, at, deleted, (), traits)
    return _entry(ACCOUNTS, account, payload, at)


def counted_as(
    account: RecordKey,
    id_: str,
    *,
    at: int,
    counter: int = 1,
    comes_to: Mapping[str, TraitValue] = _NO_VALUES,
) -> Entry:
    """Of which account a record is since a version, and what that comes to."""
    payload = AccountAssigned(account, id_, Version(0, counter), comes_to)
    return _entry(ACCOUNT_IDENTITIES, account, payload, at)


def acting(asked: Acting) -> ValueTest:
    """The test of who has such a link."""
    return ValueTest(acting_fact(asked), "at_least", 1)


async def consume(store: ProfileStore, *entries: Entry) -> None:
    """Handle entries as one batch."""
    async with store.unit() as unit:
        await HANDLER.handle(unit, entries)


def _entry(topic: str, key: RecordKey, payload: Payload, at: int) -> Entry:
    return entry_at(new_entry(topic, str(key), payload, stamp(at)), Partition(topic, 0), 0)
