"""`c360 policy diff`: what two policies answer otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import typer
from c360_policy.rule import Policy
from c360_policy.trying.deciding import Decider
from c360_policy.trying.differing import Difference, Scope, differences, purposes_of, roles_of

from c360_cli.policies import Words
from c360_cli.trying.showing import purpose_name, tell_json, tell_table

_HEAD = ("roles", "purpose", "act", "coordinate", "from", "to", "by")


@dataclass(frozen=True, slots=True)
class Compared:
    """Two policies, and what they answer otherwise."""

    before: Policy
    after: Policy
    found: Sequence[Difference]

    def as_json(self) -> dict[str, object]:
        """The form that `--json` prints."""
        return {
            "from": self.before.version,
            "to": self.after.version,
            "differences": [
                {
                    "roles": list(one.roles),
                    "purposes": list(one.purposes),
                    "act": one.act,
                    "coordinate": one.coordinate,
                    "from": str(one.before),
                    "to": str(one.after),
                    "fromRules": list(one.before.rule_ids),
                    "toRules": list(one.after.rule_ids),
                }
                for one in self.found
            ],
        }

    def tell(self, *, as_json: bool) -> None:
        """Print it."""
        if as_json:
            tell_json(self.as_json())
            return
        if self.found:
            tell_table(_HEAD, map(_row, self.found))
        typer.echo(f"{len(self.found)} answers differ")


def compare(
    before: Policy,
    after: Policy,
    words: Words,
    role_sets: Sequence[frozenset[str]],
    at_ms: float,
) -> Compared:
    """Compare two policies for role sets; for each role by itself where none is named."""
    ground = words.ground
    scope = Scope(
        role_sets or roles_of(before, after),
        purposes_of(words.known.purposes, before, after),
        at_ms,
    )
    found = differences(
        Decider(before, ground), Decider(after, ground), ground, words.known.unasked, scope
    )
    return Compared(before, after, found)


def _row(one: Difference) -> tuple[str, ...]:
    rules = dict.fromkeys((*one.before.rule_ids, *one.after.rule_ids))
    return (
        "+".join(one.roles),
        ", ".join(map(purpose_name, one.purposes)),
        one.act,
        one.coordinate,
        str(one.before),
        str(one.after),
        ", ".join(rules) or "no rule",
    )
