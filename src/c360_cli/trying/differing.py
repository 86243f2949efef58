"""`c360 policy diff`: what two policies answer otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import typer
from c360_policy.rule import Policy
from c360_policy.trying.deciding import Decider
from c360_policy.trying.differing import Difference, Scope, differences, purposes_of, roles_of
from c360_policy.trying.people import Who
from c360_policy.trying.row_differing import (
    LineChange,
    RowDifference,
    line_changes,
    row_differences,
)
from c360_policy.trying.today import CustomersToday

from c360_cli.catalogs import instance_as_it_is
from c360_cli.directory import DataDirectory
from c360_cli.policies import Words
from c360_cli.trying.showing import print_json, print_table, purpose_name
from c360_cli.trying.today import todays_customers

_ROWS_HEAD = ("roles", "purpose", "about", "coordinate", "from", "to", "hides", "shows")
_FILE_HEAD = ("rows.yaml", "of", "from", "to")
_HEAD = ("roles", "purpose", "act", "coordinate", "from", "to", "by")


@dataclass(frozen=True, slots=True)
class Compared:
    """Two policies, and what they answer otherwise."""

    before: Policy
    after: Policy
    found: Sequence[Difference]
    rows: Sequence[RowDifference]

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
            "rows": [_row_json(one) for one in self.rows],
            "rowsFile": [
                {"section": one.section, "name": one.name, "from": one.before, "to": one.after}
                for one in line_changes(self.before.rows, self.after.rows)
            ],
        }

    def show(self, *, as_json: bool) -> None:
        """Print it."""
        if as_json:
            print_json(self.as_json())
            return
        if self.found:
            print_table(_HEAD, map(_row, self.found))
        typer.echo(f"{len(self.found)} answers differ")
        if self.rows:
            typer.echo()
            print_table(_ROWS_HEAD, map(_of_rows, self.rows))
        if entries := line_changes(self.before.rows, self.after.rows):
            typer.echo()
            print_table(_FILE_HEAD, map(_entry, entries))


async def compare(
    before: Policy,
    after: Policy,
    words: Words,
    role_sets: Sequence[frozenset[str]],
    who: Who,
    at_ms: float,
    today: CustomersToday | None,
) -> Compared:
    """Compare two policies for role sets; for each role by itself where none is named.

    What rows are to `who`, who asks, is counted in the customers of `today`, if there are any.
    """
    ground = words.ground
    scope = Scope(
        role_sets or roles_of(before, after),
        purposes_of(words.known.purposes, before, after),
        at_ms,
    )
    one, other = Decider(before, ground), Decider(after, ground)
    found = differences(one, other, ground, words.known.inapplicable, scope)
    traits, inapplicable = words.known.traits or {}, words.known.inapplicable
    rows = await row_differences(one, other, inapplicable, scope, who, traits, today)
    return Compared(before, after, found, rows)


def compare_today(
    before: Policy,
    after: Policy,
    words: Words,
    role_sets: Sequence[frozenset[str]],
    who: Who,
    at_ms: float,
    data: Path,
) -> Compared:
    """The same, counted in the customers of an instance where the directory holds one."""
    comparing = partial(compare, before, after, words, role_sets, who, at_ms)
    if not DataDirectory(data).catalog.exists() or before.rows.rules == after.rows.rules:
        return asyncio.run(comparing(None))

    async def counted() -> Compared:
        async with todays_customers(instance_as_it_is(data)) as today:
            return await comparing(today)

    return asyncio.run(counted())


def _row_json(one: RowDifference) -> dict[str, object]:
    return {
        "roles": list(one.roles),
        "purposes": list(one.purposes),
        "about": one.about,
        "coordinate": one.coordinate,
        "from": one.before,
        "to": one.after,
        "hidden": one.hidden,
        "shown": one.shown,
        "decidedOn": None if one.hidden is None else "TODAY",
    }


def _of_rows(one: RowDifference) -> tuple[str, ...]:
    numbers = ("-" if number is None else str(number) for number in (one.hidden, one.shown))
    purposes = ", ".join(map(purpose_name, one.purposes))
    cells = ("+".join(one.roles), purposes, one.about, one.coordinate, one.before, one.after)
    return (*cells, *numbers)


def _entry(one: LineChange) -> tuple[str, ...]:
    return one.section, one.name, one.before or "-", one.after or "-"


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
