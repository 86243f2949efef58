"""The fast path: records that join without solving.

Records of one batch that share identifiers form a group. A group attaches
when, whoever else holds its identifiers, they are one *plain* customer, older
than the group; no identifier ends up over its fan; and its values of limited and
separating types, with those that this customer holds, are few enough that none
refuses another. Then nothing can be refused or become generic, and the solve
could only join. A *numbered* customer takes less: see `numbered`. What a known
record alone carried it may lose: that linked nobody. Everything else is left to
the solve.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from c360_kernel.evidence.rules import Rules
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.changes import RecordChange
from c360_identity.domain.model import Customer, Holding
from c360_identity.domain.numbered import Neighbours, all_hang, may_change, stays_numbered


class Attachment(NamedTuple):
    """Whom fresh records join, and which changes need the solve."""

    customers: Mapping[RecordKey, Customer]
    unsettled: Sequence[RecordChange]


class Group:
    """Changes of records that share identifiers, and the customers who hold these."""

    __slots__ = ("changes", "customers", "identifiers")

    def __init__(self, change: RecordChange) -> None:
        self.changes = [change]
        self.identifiers: list[Identifier] = []
        self.customers: set[Customer] = set()


@dataclass(frozen=True, slots=True)
class PriorState:
    """What was true before the batch, and the numbers of holders after it.

    `customers` are those of changed records that were known before; `neighbours` are told of
    groups that numbered customers may take.
    """

    holdings: Mapping[Identifier, Holding]
    customers: Mapping[RecordKey, Customer]
    holders: Mapping[Identifier, int]
    neighbours: Neighbours = field(default_factory=Neighbours)


def strained(groups: Iterable[Group], prior: PriorState, rules: Rules) -> set[RecordKey]:
    """The seeds of the customers of whom `attach` asks what values they hold."""
    return {
        customer.seed
        for group in groups
        if len(group.customers) == 1
        for customer in group.customers
        if _is_open(customer, group, prior)
        and (
            _new_values(group, prior, rules) or (not customer.plain and _lost_values(group, rules))
        )
    }


def near_numbered(groups: Iterable[Group], prior: PriorState) -> list[Group]:
    """The groups of which `attach` asks who carries what, before the batch and after."""
    return [
        group
        for group in groups
        if len(group.customers) == 1
        for customer in group.customers
        if not customer.plain and _is_open(customer, group, prior)
    ]


def attach(
    groups: Iterable[Group],
    prior: PriorState,
    held: Mapping[RecordKey, Collection[Identifier]],
    rules: Rules,
) -> Attachment:
    """Settle the groups that need no solve.

    `held` are the values of bounded types that customers hold; of one that is not in it nothing is
    known.
    """
    customers: dict[RecordKey, Customer] = {}
    unsettled: list[RecordChange] = []
    known = {seed: set(values) for seed, values in held.items()}
    for group in groups:
        customer = _common_customer(group, prior, known, rules)
        if customer is None:
            unsettled.extend(group.changes)
            continue
        for change in group.changes:
            if change.fresh:
                customers[change.record.key] = customer
    return Attachment(customers, unsettled)


def grouped(changes: Iterable[RecordChange], prior: PriorState) -> Collection[Group]:
    """Changes together that share identifiers."""
    groups: dict[int, Group] = {}
    group_of: dict[Identifier, Group] = {}
    for change in changes:
        group = Group(change)
        groups[id(group)] = group
        _add_customer(group, prior.customers.get(change.record.key))
        for identifier in change.gained:
            other = group_of.get(identifier)
            if other is None:
                group_of[identifier] = group
                group.identifiers.append(identifier)
                _add_customer(group, prior.holdings[identifier].customer)
            elif other is not group:
                group = _merge(other, group, groups, group_of)
    return groups.values()


def _add_customer(group: Group, customer: Customer | None) -> None:
    if customer is not None:
        group.customers.add(customer)


def _merge(
    one: Group, other: Group, groups: dict[int, Group], group_of: dict[Identifier, Group]
) -> Group:
    if len(one.changes) < len(other.changes):
        one, other = other, one
    one.changes += other.changes
    one.customers |= other.customers
    one.identifiers += other.identifiers
    for identifier in other.identifiers:
        group_of[identifier] = one
    del groups[id(other)]
    return one


def _common_customer(
    group: Group,
    prior: PriorState,
    known: dict[RecordKey, set[Identifier]],
    rules: Rules,
) -> Customer | None:
    if len(group.customers) > 1 or not _within_fan(group, prior, rules):
        return None
    new = _new_values(group, prior, rules)
    fresh = [change.record for change in group.changes if change.fresh]
    oldest = min(((record.age, record.key) for record in fresh), default=None)
    if not group.customers:
        may_join = oldest is not None and not rules.refuse_some(new)
        return Customer(oldest[1], oldest[0], plain=True) if may_join and oldest else None
    customer = next(iter(group.customers))
    older = oldest is None or (customer.age, customer.seed) < oldest
    if not older or not _is_open(customer, group, prior):
        return None
    lost, values = _lost_values(group, rules), known.get(customer.seed)
    if values is None and (new or (lost and not customer.plain)):
        return None
    held = values or set[Identifier]()
    now = held.difference(lost).union(new)
    if customer.plain:
        takes = not new or not _refused(new, now, rules)
    else:
        takes = _takes(customer, group, Values(held, now), prior, rules)
    if takes and values is not None:
        known[customer.seed] = now
    return customer if takes else None


class Values(NamedTuple):
    """What a customer holds of bounded types, before a group and with it."""

    before: set[Identifier]
    now: set[Identifier]


def _is_open(customer: Customer, group: Group, prior: PriorState) -> bool:
    """Whether all that a group does to a customer could only join, or needs a closer look."""
    if not _loses_its_own(group, prior):
        return False
    return customer.plain or (
        customer.numbered and (_is_fresh(group) or _links_nobody(group, prior))
    )


def _loses_its_own(group: Group, prior: PriorState) -> bool:
    """Whether nobody else carried what its records lose, or does now."""
    lost = [identifier for change in group.changes for identifier in change.lost]
    held = (prior.holdings[identifier] for identifier in lost)
    return not any(one.holders > 1 or one.generic for one in held) and not any(
        prior.holders[identifier] for identifier in lost
    )


def _is_fresh(group: Group) -> bool:
    return all(change.fresh for change in group.changes)


def _links_nobody(group: Group, prior: PriorState) -> bool:
    """Whether it is a known record, and nobody else carries what that gains."""
    is_known = not any(change.fresh for change in group.changes)
    return is_known and all(prior.holders[one] == 1 for one in group.identifiers)


def _takes(
    customer: Customer, group: Group, values: Values, prior: PriorState, rules: Rules
) -> bool:
    """Whether a numbered customer stays as joined, and as told apart, as it was."""
    near, firm = prior.neighbours, customer.firm
    if rules.exceed(values.now):
        return False
    if _is_fresh(group):
        return all_hang(group.changes, firm, near, rules)
    return all(
        may_change(change, firm, values.before, near, rules)
        and stays_numbered(change, values.now, near, rules)
        for change in group.changes
    )


def _refused(new: set[Identifier], values: set[Identifier], rules: Rules) -> bool:
    types = {one.type for one in new}
    return rules.refuse_some({one for one in values if one.type in types})


def _within_fan(group: Group, prior: PriorState, rules: Rules) -> bool:
    never, holders = rules.never_over_fan, prior.holders
    return not any(
        rules.over_fan(identifier.type, holders[identifier])
        for change in group.changes
        for identifier in change.gained
        if holders[identifier] > never
    )


def _new_values(group: Group, prior: PriorState, rules: Rules) -> set[Identifier]:
    """Its values of limited and separating types that nobody holds yet."""
    bounded, holdings = rules.bounded, prior.holdings
    return {
        identifier
        for change in group.changes
        for identifier in change.gained
        if identifier.type in bounded and not holdings[identifier].holders
    }


def _lost_values(group: Group, rules: Rules) -> set[Identifier]:
    """The values of limited and separating types that its records lose."""
    bounded = rules.bounded
    return {one for change in group.changes for one in change.lost if one.type in bounded}
