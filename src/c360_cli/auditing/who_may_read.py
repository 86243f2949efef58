"""`c360 audit access`: who may read a coordinate or everything of a tag, now or at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer
from c360_audit.domain.activity import Actor
from c360_gateway.access.readers import SchemaOf
from c360_policy.readers import AccessQuestion, Reading, readings, roles_of, rule_lines
from c360_policy.reading.parsing import parse_policy
from c360_policy.rule import Policy

from c360_cli.instants import shown_instant
from c360_cli.trying.showing import print_json, print_table

_HEAD = ("roles", "purposes", "shown", "by", "of")
_KNOWN_HEAD = ("who", "last seen", *_HEAD)
_WHOSE = {
    "THEN": "the schema with its tags of then",
    "TODAY": "today's schema with its tags",
}
_SHOWN = {"allow": "clear", "mask": "masked", "deny": "nothing"}


@dataclass(frozen=True, slots=True)
class AccessReport:
    """Who reads what, by role and by everybody on record."""

    policy: Policy
    texts: Mapping[str, str]
    question: AccessQuestion
    schema_of: SchemaOf
    by_role: Sequence[Reading]
    known: Sequence[tuple[Actor, int, Reading]]

    def show(self, *, as_json: bool) -> None:
        """Print it."""
        if as_json:
            print_json(self.as_json())
            return
        print_table(_HEAD, map(self._row, self.by_role))
        typer.echo()
        rows = [
            (who.principal, shown_instant(at) or "", *self._row(one)) for who, at, one in self.known
        ]
        print_table(_KNOWN_HEAD, rows)
        typer.echo(f"by {_WHOSE[self.schema_of]}, and the policy of the time asked about")

    def as_json(self) -> dict[str, Any]:
        """The form that `--json` prints."""
        return {
            "policyVersion": self.policy.version,
            "schemaOf": self.schema_of,
            "coordinates": sorted(self.question.coordinates),
            "roles": [self._reading(one) for one in self.by_role],
            "principals": [
                {"principal": who.principal, "lastAt": shown_instant(at), **self._reading(one)}
                for who, at, one in self.known
            ],
        }

    def _reading(self, one: Reading) -> dict[str, Any]:
        access = one.access
        return {
            "roles": list(one.roles),
            "purposes": list(one.purposes),
            "shown": _SHOWN[access.action],
            "mask": None if access.mask is None else str(access.mask),
            "coordinates": list(one.coordinates),
            "rules": [{"id": rule, "text": self.texts.get(rule)} for rule in access.rule_ids],
            "until": shown_instant(access.valid_until),
            "opened": not self.policy.glass_roles.isdisjoint(one.roles),
        }

    def _known_row(self, one: tuple[Actor, int, Reading]) -> Sequence[str]:
        who, at, found = one
        return who.principal, shown_instant(at) or "", *self._row(found)

    def _row(self, one: Reading) -> Sequence[str]:
        access, named = one.access, one.coordinates
        shown = f"masked {access.mask}" if access.mask is not None else _SHOWN[access.action]
        of = named[0] if len(named) == 1 else f"{named[0]} and {len(named) - 1} more"
        rules = ", ".join(access.rule_ids) or "no grant"
        return "+".join(one.roles), ", ".join(one.purposes), shown, rules, of


def readers(
    text: str, question: AccessQuestion, schema_of: SchemaOf, actors: Mapping[Actor, int]
) -> AccessReport:
    """Who reads it under the policy of a text. What holds only while opened is told of roles."""
    policy = parse_policy(text)
    active_roles = {one: frozenset(policy.active_roles(one.roles)) for one in sorted(actors)}
    found = {roles: readings(policy, [roles], question) for roles in set(active_roles.values())}
    known = [(who, actors[who], one) for who, roles in active_roles.items() for one in found[roles]]
    by_role = readings(policy, roles_of(policy), question)
    texts = rule_lines(text, policy)
    return AccessReport(policy, texts, question, schema_of, by_role, known)
