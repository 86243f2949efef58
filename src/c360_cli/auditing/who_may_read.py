"""`c360 audit access`: who may read a coordinate or everything of a tag, now or at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer
from c360_audit.domain.activity import Actor
from c360_audit.store.policies import policy_at
from c360_policy.readers import AccessQuestion, Reading, readings, roles_of, rule_lines
from c360_policy.reading.parsing import parse_policy
from c360_policy.rule import Policy
from c360_policy.schema.outputs import outputs_of

from c360_cli.assembly import Instance
from c360_cli.auditing.reading import reading
from c360_cli.instants import shown_instant
from c360_cli.policies import Words
from c360_cli.recording import by_operator
from c360_cli.trying.showing import print_json, print_table

_HEAD = ("roles", "purposes", "shown", "by", "of")
_KNOWN_HEAD = ("who", "last seen", *_HEAD)
_SHOWN = {"allow": "clear", "mask": "masked", "deny": "nothing"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked about, and as of when (ms UTC)."""

    coordinate: str | None
    tag: str | None
    at_ms: float

    def question(self, words: Words) -> AccessQuestion:
        """Its coordinates. Raises as `AccessQuestion.only`, and `Invalid` (SCHEMA_INVALID)."""
        ground = words.ground
        question = AccessQuestion(ground.coordinates, ground.interfaces, self.at_ms)
        tag = None if self.tag is None else self.tag.removeprefix("tag:")
        shown = frozenset[str]() if words.schema is None else outputs_of(words.schema)
        return question.only(self.coordinate, tag, shown)


@dataclass(frozen=True, slots=True)
class AccessReport:
    """Who reads what, by role and by everybody on record."""

    policy: Policy
    texts: Mapping[str, str]
    question: AccessQuestion
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
        typer.echo("by today's schema with its tags, and the policy of the time asked about")

    def as_json(self) -> dict[str, Any]:
        """The form that `--json` prints."""
        return {
            "policyVersion": self.policy.version,
            "schemaOf": "TODAY",
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


@dataclass(frozen=True, slots=True)
class Known:
    """What the audit log knows: who acted when last, and the policy of the time asked about."""

    actors: Mapping[Actor, int]
    version: str


async def known(instance: Instance, wanted: Wanted) -> Known:
    """Ask the audit log; the question is on record."""
    about = wanted.coordinate or f"tag:{(wanted.tag or '').removeprefix('tag:')}"
    question = by_operator("audit_question", "access", coordinate=about)
    async with reading(instance, question) as record:
        version = await policy_at(record.log, int(wanted.at_ms))
        return Known(await record.log.actors(), version)


def readers(text: str, question: AccessQuestion, actors: Mapping[Actor, int]) -> AccessReport:
    """Who reads it under the policy of a text. What holds only while opened is told of roles."""
    policy = parse_policy(text)
    active_roles = {one: frozenset(policy.active_roles(one.roles)) for one in sorted(actors)}
    found = {roles: readings(policy, [roles], question) for roles in set(active_roles.values())}
    known = [(who, actors[who], one) for who, roles in active_roles.items() for one in found[roles]]
    by_role = readings(policy, roles_of(policy), question)
    return AccessReport(policy, rule_lines(text, policy), question, by_role, known)
