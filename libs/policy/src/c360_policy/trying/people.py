"""Callers with their attributes, customers with their values: whom a policy tells whom of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from c360_kernel.catalog.model import TraitType
from c360_kernel.conditions.tree import ValueCondition, Values
from c360_kernel.context import Attributes
from c360_kernel.record import TraitValue

from c360_policy.row_policy import row_rules
from c360_policy.rows.model import RowRule
from c360_policy.rows.scoping import scope_for
from c360_policy.rule import Act
from c360_policy.table import Access
from c360_policy.trying.deciding import Asker, Decider

Traits: TypeAlias = Mapping[str, TraitType]
Withheld: TypeAlias = Literal["", "hidden", "no_consent"]
_SHOWS: tuple[Act, ...] = ("read", "export")
_FINDS: tuple[Act, ...] = (*_SHOWS, "lookup", "filter")


class Who(NamedTuple):
    """What rules about rows may ask of a caller besides its roles."""

    subject: str = ""
    attributes: Attributes = ()


@dataclass(frozen=True, slots=True)
class SomeCustomer:
    """A customer as rules see it: golden traits, and the purposes that it consents to."""

    values: Values = field(default_factory=dict[str, TraitValue])
    granted: frozenset[str] = frozenset()


class RuleMet(NamedTuple):
    """What a rule about rows says of a customer; no rule shows everybody."""

    rule: RowRule | None
    shows: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question about a customer is answered with.

    `access` is what the table says; `withheld` is why nothing of this customer is told all the
    same: a rule about rows hides it (`hidden_by`), or it does not consent.
    """

    access: Access
    withheld: Withheld = ""
    hidden_by: tuple[RowRule, ...] = ()

    def __str__(self) -> str:
        return self.withheld or str(self.access)

    @property
    def rule_ids(self) -> tuple[str, ...]:
        """The rules that decided it, of whichever file."""
        if self.withheld == "hidden":
            return tuple(f"rows.yaml: {rule.role}" for rule in self.hidden_by)
        return self.access.rule_ids if not self.withheld else ("rows.yaml: consent",)


def scope_of(decider: Decider, asker: Asker, who: Who, traits: Traits) -> ValueCondition:
    """Whom somebody is told of."""
    return scope_for(decider.row_policy(asker).rules, who.subject, who.attributes, traits)


def rules_met(
    decider: Decider, asker: Asker, who: Who, traits: Traits, customer: SomeCustomer
) -> Sequence[RuleMet]:
    """Each rule about rows that applies to somebody, and whether it shows the customer."""
    policy = decider.policy
    active_roles = policy.active_roles(asker.roles, asker.opened)
    return [
        RuleMet(rule, _shows(rule, who, traits, customer))
        for rule in row_rules(policy, active_roles, asker.purpose, asker.at_ms)
    ]


def answer_about(
    decider: Decider,
    asker: Asker,
    who: Who,
    traits: Traits,
    about: tuple[Act, str],
    customer: SomeCustomer | None,
) -> Answer:
    """What an act on a coordinate is answered with, for a customer if there is one.

    Rows come first, as for who asks: of a hidden customer there is nothing to be denied.
    """
    act, coordinate = about
    found = decider.decide(asker, act, coordinate)
    needs_consent = coordinate in decider.row_policy(asker).consented
    if act == "filter" and needs_consent:
        # It would tell of those who do not show it.
        return Answer(found, "no_consent")
    if customer is None or act not in _FINDS:
        return Answer(found)
    met = rules_met(decider, asker, who, traits, customer)
    if met and not any(one.shows for one in met):
        return Answer(found, "hidden", tuple(one.rule for one in met if one.rule is not None))
    is_refused = needs_consent and act in _SHOWS and found.action != "deny"
    return Answer(found, "no_consent" if is_refused and not _consents(asker, customer) else "")


def _consents(asker: Asker, customer: SomeCustomer) -> bool:
    return bool(asker.purpose) and asker.purpose in customer.granted


def _shows(rule: RowRule | None, who: Who, traits: Traits, customer: SomeCustomer) -> bool:
    rules = (None if rule is None else rule.sees,)
    return scope_for(rules, who.subject, who.attributes, traits).holds(customer.values)
