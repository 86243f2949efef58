"""`c360 policy explain`: why a policy answers roles as it does about a coordinate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import typer
from c360_kernel.errors import NotFound
from c360_policy.reading.names import nearest_name
from c360_policy.rule import Act, Policy
from c360_policy.schema.reach import is_applicable
from c360_policy.trying.deciding import Asker, Decider
from c360_policy.trying.differing import purposes_of
from c360_policy.trying.explaining import ConsideredRule, Explanation, explain
from c360_policy.trying.people import Who

from c360_cli.instants import shown_instant
from c360_cli.policies import Words
from c360_cli.roles import unknown_roles
from c360_cli.trying.explaining_rows import NamedCustomer, RowsExplained, explain_rows
from c360_cli.trying.showing import print_json, print_table, purpose_name

_HEAD = ("line", "rule", "role", "effect", "object", "purpose", "verdict")


@dataclass(frozen=True, slots=True)
class Explained:
    """What a policy says of one coordinate, act by act."""

    policy: Policy
    acts: Sequence[Explanation]
    rows: RowsExplained

    def as_json(self) -> dict[str, object]:
        """The form that `--json` prints."""
        first = self.acts[0]
        return {
            "policyVersion": self.policy.version,
            "coordinate": first.coordinate,
            "tags": list(first.tags),
            "roles": sorted(first.asker.roles),
            "rolesIncluded": list(first.roles),
            "purpose": first.asker.purpose,
            "at": shown_instant(first.asker.at_ms),
            "acts": [_as_json(one) for one in self.acts],
            **self.rows.as_json(),
        }

    def show(self, *, as_json: bool) -> None:
        """Print it."""
        if as_json:
            print_json(self.as_json())
            return
        first = self.acts[0]
        tags = ", ".join(f"tag:{tag}" for tag in first.tags) or "no tag"
        typer.echo(f"{first.coordinate} ({tags})")
        heading = f"for {', '.join(sorted(first.asker.roles))}, which is {', '.join(first.roles)}"
        typer.echo(f"{heading}; purpose {purpose_name(first.asker.purpose)}")
        for one in self.acts:
            _print_act(one)
        self.rows.show()


def explain_to(
    policy: Policy,
    words: Words,
    asker: Asker,
    who: Who,
    coordinate: str,
    acts: Sequence[Act],
    customer: NamedCustomer | None = None,
) -> Explained:
    """Explain a coordinate for each of the acts that are asked of it, for a customer if named.

    Raises `NotFound`: ROLE_UNKNOWN, UNKNOWN_PURPOSE, COORDINATE_UNKNOWN.
    """
    for complaint in unknown_roles(policy, sorted(asker.roles)):
        raise NotFound(complaint, code="ROLE_UNKNOWN")
    purposes = purposes_of(words.known.purposes, policy)
    if asker.purpose not in purposes:
        near = nearest_name(asker.purpose, purposes)
        raise NotFound(f"nothing names the purpose {asker.purpose!r}{near}", code="UNKNOWN_PURPOSE")
    ground = words.ground
    applicable_acts: list[Act] = [act for act in acts if _is_applicable(act, coordinate, words)]
    if coordinate not in ground.coordinates or not applicable_acts:
        near = nearest_name(coordinate, ground.coordinates)
        raise NotFound(f"nothing is asked of {coordinate!r}{near}", code="COORDINATE_UNKNOWN")
    decider = Decider(policy, ground)
    explanations = [explain(decider, ground, asker, act, coordinate) for act in applicable_acts]
    traits = words.known.traits or {}
    rows = explain_rows(decider, asker, who, traits, coordinate, customer)
    return Explained(policy, explanations, rows)


def _is_applicable(act: Act, coordinate: str, words: Words) -> bool:
    of_all = act in ("introspect", "ask", "break_glass")
    return not of_all and is_applicable(act, coordinate, words.known.inapplicable)


def _print_act(explanation: Explanation) -> None:
    until = shown_instant(explanation.found.valid_until)
    typer.echo(f"\n{explanation.act}: {explanation.found}{f', until {until}' if until else ''}")
    if explanation.found.action == "deny" and explanation.missing:
        typer.echo(f"nothing grants {', '.join(f'tag:{tag}' for tag in explanation.missing)}")
    if explanation.considered:
        print_table(_HEAD, map(_row, explanation.considered))
    else:
        typer.echo("no rule of these roles is about it")


def _row(considered: ConsideredRule) -> tuple[str, ...]:
    rule = considered.rule
    effect = f"mask:{rule.mask}" if rule.mask is not None else rule.effect
    return (
        str(rule.line),
        rule.rule_id,
        rule.role,
        effect,
        rule.obj,
        rule.purpose,
        considered.verdict,
    )


def _as_json(explanation: Explanation) -> dict[str, object]:
    return {
        "act": explanation.act,
        "decision": str(explanation.found),
        "rules": list(explanation.found.rule_ids),
        "validUntil": shown_instant(explanation.found.valid_until),
        "missingTags": list(explanation.missing) if explanation.found.action == "deny" else [],
        "heard": [
            {
                "line": one.rule.line,
                "rule": one.rule.rule_id,
                "role": one.rule.role,
                "act": one.rule.act,
                "effect": one.rule.effect,
                "mask": str(one.rule.mask) if one.rule.mask is not None else None,
                "object": one.rule.obj,
                "purpose": one.rule.purpose,
                "verdict": one.verdict,
            }
            for one in explanation.considered
        ],
    }
