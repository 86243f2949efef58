"""The fast path: records that join without solving.

Records of one batch that share identifiers form a group. A group attaches
when, whoever else holds its identifiers, they are one *plain* customer, older
than the group; no identifier ends up over its fan; and no value of a limited or
separating type is new to that customer. Then nothing can be refused or become generic,
and the solve could only join. Everything else is left to the solve.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.changes import RecordChange
from c360_identity.domain.model import Customer, Holding
from c360_identity.domain.rules import Rules


class Attachment(NamedTuple):
    """Whom fresh records join, and which changes need the solve."""

    customers: Mapping[RecordKey, Customer]
    unsettled: Sequence[RecordChange]


class _Group:
    __slots__ = ("changes", "customers", "identifiers")

    def __init__(self, change: RecordChange) -> None:
        self.changes = [change]
        self.identifiers: list[Identifier] = []
        self.customers: set[Customer] = set()


class Standing(NamedTuple):
    """What was true before the batch, and the numbers of holders after it."""

    holdings: Mapping[Identifier, Holding]
    customers: Mapping[RecordKey, Customer]
    holders: Mapping[Identifier, int]


def attach(changes: Iterable[RecordChange], standing: Standing, rules: Rules) -> Attachment:
    """Settle the groups that need no solve.

    `standing.customers` are those of changed records that were known before.
    """
    customers: dict[RecordKey, Customer] = {}
    unsettled: list[RecordChange] = []
    for group in _groups(changes, standing):
        customer = _common_customer(group, standing, rules)
        if customer is None:
            unsettled.extend(group.changes)
            continue
        for change in group.changes:
            if change.fresh:
                customers[change.record.key] = customer
    return Attachment(customers, unsettled)


def _groups(changes: Iterable[RecordChange], standing: Standing) -> Iterable[_Group]:
    groups: dict[int, _Group] = {}
    group_of: dict[Identifier, _Group] = {}
    for change in changes:
        group = _Group(change)
        groups[id(group)] = group
        _add_customer(group, standing.customers.get(change.record.key))
        for identifier in change.gained:
            other = group_of.get(identifier)
            if other is None:
                group_of[identifier] = group
                group.identifiers.append(identifier)
                _add_customer(group, standing.holdings[identifier].customer)
            elif other is not group:
                group = _merge(other, group, groups, group_of)
    return groups.values()


def _add_customer(group: _Group, customer: Customer | None) -> None:
    if customer is not None:
        group.customers.add(customer)


def _merge(
    one: _Group, other: _Group, groups: dict[int, _Group], group_of: dict[Identifier, _Group]
) -> _Group:
    if len(one.changes) < len(other.changes):
        one, other = other, one
    one.changes += other.changes
    one.customers |= other.customers
    one.identifiers += other.identifiers
    for identifier in other.identifiers:
        group_of[identifier] = one
    del groups[id(other)]
    return one


def _common_customer(group: _Group, standing: Standing, rules: Rules) -> Customer | None:
    if not _within_rules(group, standing, rules):
        return None
    fresh = [change.record for change in group.changes if change.fresh]
    oldest = min(((record.age, record.key) for record in fresh), default=None)
    if not group.customers:
        return None if oldest is None else Customer(oldest[1], oldest[0], plain=True)
    customer = next(iter(group.customers))
    older = oldest is None or (customer.age, customer.seed) < oldest
    return customer if len(group.customers) == 1 and customer.plain and older else None


def _within_rules(group: _Group, standing: Standing, rules: Rules) -> bool:
    new_values: dict[str, set[str]] = {}
    for change in group.changes:
        for identifier in change.gained:
            if rules.over_fan(identifier.type, standing.holders[identifier]):
                return False
            if identifier.type in rules.bounds and not standing.holdings[identifier].holders:
                new_values.setdefault(identifier.type, set()).add(identifier.value)
    if group.customers:
        return not new_values
    return all(len(values) <= rules.bounds[name] for name, values in new_values.items())
