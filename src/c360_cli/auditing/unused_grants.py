"""`c360 audit unused`: grants of the policy in force that decided nothing for so long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer
from c360_policy.readers import rule_lines
from c360_policy.reading.parsing import parse_policy
from c360_policy.rule import Act, Rule

from c360_cli.assembly import Instance
from c360_cli.auditing.reading import reading
from c360_cli.instants import shown_instant
from c360_cli.recording import by_operator
from c360_cli.trying.showing import print_json, print_table

_HEAD = ("rule", "role", "last used", "as it is written")
_ON_RECORD: frozenset[Act] = frozenset({"read", "write", "lookup", "filter"})
"""Acts whose rules stand in every operation that they decide."""


@dataclass(frozen=True, slots=True)
class Unused:
    """A grant, and when it decided anything for the last time (ms UTC), if that is on record."""

    rule: Rule
    text: str
    last_at: int | None

    def as_json(self) -> dict[str, Any]:
        """The form that `--json` prints."""
        last = None if self.last_at is None else shown_instant(self.last_at)
        rule = self.rule
        return {
            "rule": rule.rule_id,
            "role": rule.role,
            "act": rule.act,
            "object": rule.obj,
            "line": rule.line,
            "text": self.text,
            "lastUsed": last,
        }


async def rules_used(instance: Instance, days: float) -> Mapping[str, int]:
    """When each rule decided for the last time; the question is on record."""
    question = by_operator("audit_question", "unused", days=f"{days:g}")
    async with reading(instance, question) as record:
        return await record.log.rules_used()


def unused(text: str, used: Mapping[str, int], since: int) -> list[Unused]:
    """The grants that decided nothing since a time, in the order of the text."""
    policy = parse_policy(text)
    lines = rule_lines(text, policy)
    granting = (one for one in policy.rules if one.effect == "allow" and one.act in _ON_RECORD)
    return [
        Unused(one, lines.get(one.rule_id, ""), used.get(one.rule_id))
        for one in granting
        if used.get(one.rule_id, -1) < since
    ]


def show(found: Sequence[Unused], *, as_json: bool) -> None:
    """Print them."""
    if as_json:
        print_json({"unused": [one.as_json() for one in found]})
        return
    if found:
        print_table(_HEAD, map(_row, found))
    typer.echo(f"{len(found)} grants were not used")


def _row(one: Unused) -> Sequence[str]:
    last = "never" if one.last_at is None else shown_instant(one.last_at) or ""
    return one.rule.rule_id, one.rule.role, last, one.text
