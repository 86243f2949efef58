"""What is kept of persons' events and traits for accounts, and for which account an event counts.

An event counts for one account at most, so that no two accounts count it twice: for the one that it
names itself, else for the one that a link of its customer said when it happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import NamedTuple

from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.value_object import value_object
from c360_kernel.version import Version

from c360_account.domain.membership import holds_at, newness
from c360_account.domain.model import HeldLink

_NOTHING: Mapping[str, TraitValue] = {}


class EventName(NamedTuple):
    """Names one event for ever: its source and the source's own message id."""

    source: str
    message_id: str


class AccountName(NamedTuple):
    """How an event names an account: by an identifier of a type, or ("") by the key of a record of
    `source`. A value of "" is what has no normal form, and names none."""

    type: str
    source: str
    value: str


@value_object
class CountedEvent:
    """What is kept of an event, at `occurred_at` (ms UTC), and which account it names, if any."""

    record: RecordKey
    message_id: str
    name: str
    occurred_at: int
    stamp: str
    properties: Mapping[str, TraitValue] = field(default_factory=lambda: _NOTHING)
    account: AccountName | None = None

    @property
    def id(self) -> EventName:
        """Its name among all events."""
        return EventName(self.record.source, self.message_id)

    def outranks(self, other: CountedEvent | None) -> bool:
        """True if this is the entry that counts for their common name: the first stamped."""
        return other is None or self.stamp < other.stamp


class ToldTraits(NamedTuple):
    """The traits of a customer that are read, and under which version they were told."""

    traits: Mapping[str, TraitValue]
    version: Version


def linked_account(links: Iterable[HeldLink], accounts: Mapping[RecordKey, str], at: int) -> str:
    """For which account a customer with these links acted at a time (ms UTC); "" if none is sure.

    That is the main one, of several the one said last; without any, the only one.
    """
    held = [one for one in links if one.said.account in accounts and holds_at(one.said, at)]
    primary = [one for one in held if one.said.primary]
    if primary:
        return accounts[max(primary, key=newness).said.account]
    named = {accounts[one.said.account] for one in held}
    return named.pop() if len(named) == 1 else ""
