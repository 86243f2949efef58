"""Which rules about rows and consents hold for somebody, and what they say of a customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import typer
from c360_policy.trying.deciding import Asker, Decider
from c360_policy.trying.people import RuleMet, SomeCustomer, Traits, Who, rules_met
from c360_policy.trying.row_differing import sees_text

from c360_cli.trying.showing import print_table, purpose_name

_HEAD = ("line", "role", "sees", "this customer")
_SAYS = {True: "is shown", False: "is hidden"}


@dataclass(frozen=True, slots=True)
class NamedCustomer:
    """A customer that is asked about, as it is today."""

    id: str
    known: SomeCustomer


@dataclass(frozen=True, slots=True)
class RowsExplained:
    """What `rows.yaml` says to somebody who asks, and of a customer if one is named."""

    met: Sequence[RuleMet]
    purpose: str
    needs_consent: bool
    customer: NamedCustomer | None

    @property
    def is_hidden(self) -> bool:
        """Whether the customer is told of at all; of no rule everybody is."""
        return bool(self.met) and not any(one.shows for one in self.met)

    @property
    def consents(self) -> bool | None:
        """Whether the customer consents; None where none is needed, or none is named."""
        if self.customer is None or not self.needs_consent:
            return None
        return bool(self.purpose) and self.purpose in self.customer.known.granted

    def as_json(self) -> dict[str, object]:
        """The form that `--json` prints."""
        report: dict[str, object] = {
            "rowRules": [self._rule(one) for one in self.met],
            "needsConsent": self.needs_consent,
        }
        if self.customer is not None:
            report["customer"] = {
                "id": self.customer.id,
                "hidden": self.is_hidden,
                "consents": self.consents,
                "decidedOn": "TODAY",
            }
        return report

    def show(self) -> None:
        """Print it."""
        if self.met:
            typer.echo()
            print_table(_HEAD, map(self._row, self.met))
        if self.needs_consent:
            purpose = purpose_name(self.purpose)
            typer.echo(f"shown of customers alone who consent to the purpose {purpose}")
        if self.customer is not None:
            typer.echo(f"{self.customer.id}, by its values of today: {self._verdict()}")

    def _verdict(self) -> str:
        if self.is_hidden:
            return "hidden, as if it were not there"
        return "shown, but it does not consent" if self.consents is False else "shown"

    def _rule(self, one: RuleMet) -> dict[str, object]:
        rule = one.rule
        return {
            "role": None if rule is None else rule.role,
            "line": None if rule is None else rule.at.line,
            "sees": sees_text(None if rule is None else rule.sees),
            "shows": None if self.customer is None else one.shows,
        }

    def _row(self, one: RuleMet) -> tuple[str, ...]:
        rule = one.rule
        shown = "-" if self.customer is None else _SAYS[one.shows]
        if rule is None:
            return "-", "a role without a rule", "everybody", shown
        return str(rule.at.line), rule.role, sees_text(rule.sees), shown


def explain_rows(
    decider: Decider,
    asker: Asker,
    who: Who,
    traits: Traits,
    coordinate: str,
    customer: NamedCustomer | None,
) -> RowsExplained:
    """Every rule about rows that applies to somebody, and whether a coordinate wants consent."""
    known = SomeCustomer() if customer is None else customer.known
    met = rules_met(decider, asker, who, traits, known)
    needs = coordinate in decider.row_policy(asker).consented
    return RowsExplained(met, asker.purpose, needs, customer)
