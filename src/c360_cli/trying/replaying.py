"""`c360 policy replay`: what a policy would have done to the operations of the past days."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import typer
from c360_audit.domain.performed import Performed
from c360_audit.store.port import AuditLog
from c360_kernel.errors import Invalid
from c360_kernel.payload import CoordinateUse
from c360_kernel.stamp import wall_clock_ms
from c360_policy.rule import Policy
from c360_policy.trying.deciding import Decider
from c360_policy.trying.replaying import Past, PastUse, Point, Reach, Replayed, replay
from c360_policy.trying.row_replaying import RowsReplayed, RowTrial

from c360_cli.assembly import Instance
from c360_cli.instants import shown_instant
from c360_cli.policies import Words
from c360_cli.trying.replayed_change import change_json, point_cells
from c360_cli.trying.replaying_rows import print_rows, row_json, rows_of_past
from c360_cli.trying.showing import print_json, print_table

MOST_DAYS = 36_500
_DAY_MS = 86_400_000
_HEAD = ("roles", "purpose", "use", "coordinate", "from", "to", "operations", "principals")
_NAMED_MOST = 3
DECIDED_ON = "rows and consents as they are today, rules as they hold today"


@dataclass(frozen=True, slots=True)
class Report:
    """What would have been decided otherwise since a time (ms UTC)."""

    candidate: Policy
    since: int
    replayed: Replayed
    rows: RowsReplayed
    customers: int

    def as_json(self) -> dict[str, object]:
        """The form that `--json` prints."""
        replayed = self.replayed
        return {
            "candidate": self.candidate.version,
            "since": shown_instant(self.since),
            "decidedOn": DECIDED_ON,
            "operations": replayed.operations,
            "affectedOperations": self.affected,
            "principals": self.principals,
            "coordinates": self.coordinates,
            "customers": self.customers + self.rows.further,
            "withheldCustomers": len(self.rows.customers),
            "unknownCoordinates": list(replayed.unknown),
            "changes": [
                *(change_json(point, reach) for point, reach in replayed.changes),
                *(row_json(point, reach) for point, reach in self.rows.changes),
            ],
        }

    @property
    def affected(self) -> int:
        """How many operations would have been answered otherwise."""
        return self.replayed.affected.operations + self.rows.operations

    @property
    def principals(self) -> Sequence[str]:
        """Who asked those."""
        return sorted(self.replayed.affected.principals | self.rows.principals)

    @property
    def coordinates(self) -> Sequence[str]:
        """What would have been decided otherwise."""
        return sorted({*self.replayed.coordinates, *self.rows.coordinates})

    def show(self, *, as_json: bool) -> None:
        """Print it."""
        if as_json:
            print_json(self.as_json())
            return
        replayed = self.replayed
        if replayed.changes:
            print_table(_HEAD, (_row(point, reach) for point, reach in replayed.changes))
        print_rows(self.rows)
        typer.echo(
            f"{self.affected} of {replayed.operations} operations since"
            f" {shown_instant(self.since)} would have been answered otherwise:"
            f" {len(self.principals)} principals, {len(self.coordinates)} coordinates,"
            f" {self.customers + self.rows.further} customers,"
            f" {len(self.rows.customers)} of them by rows and consents"
        )
        typer.echo(f"decided on {DECIDED_ON}")
        if replayed.unknown:
            typer.echo(f"no longer in the schema: {', '.join(replayed.unknown)}")


class OnRecord(Protocol):
    """What is on record, open to be read."""

    @property
    def log(self) -> AuditLog:
        """The audit log."""
        ...


def replay_past(
    candidate: Policy,
    in_force: Policy,
    words: Words,
    days: float,
    instance: Instance,
    record: AbstractAsyncContextManager[OnRecord],
) -> Report:
    """Decide the operations of the past days by another policy.

    Raises `Invalid` (DAYS_INVALID, SCHEMA_INVALID), and what opening the record does.
    """
    if not 0 < days <= MOST_DAYS:
        raise Invalid(f"--days is above 0 and at most {MOST_DAYS}", code="DAYS_INVALID")
    now, ground = wall_clock_ms(), words.ground
    trial = RowTrial(
        Decider(in_force, ground),
        Decider(candidate, ground),
        in_force.glass_roles,
        now,
        words.known.traits or {},
    )
    leaves, since = words.known.inapplicable.leaves, now - int(days * _DAY_MS)
    return asyncio.run(_reported(trial, leaves, since, instance, record))


async def _reported(
    trial: RowTrial,
    leaves: Collection[str],
    since: int,
    instance: Instance,
    record: AbstractAsyncContextManager[OnRecord],
) -> Report:
    async with record as opened:
        past = list(map(_past, await opened.log.performed(since, _EVER)))
        replayed = replay(past, trial.candidate, leaves, trial.opened, trial.at_ms)
        customers = await opened.log.touched(sorted(replayed.affected.keys), since, _EVER)
        rows = await rows_of_past(past, trial, replayed.affected, since, instance, opened.log)
    return Report(trial.candidate.policy, since, replayed, rows, customers)


_EVER = 2**62
_SHAPES = 4_096


def _past(one: Performed) -> Past:
    who, uses = one.actor, _uses(one.uses)
    return Past(one.key, who.principal, who.roles, one.purpose, uses, one.operations)


@lru_cache(maxsize=_SHAPES)
def _uses(uses: tuple[CoordinateUse, ...]) -> tuple[PastUse, ...]:
    return tuple(PastUse(use.coordinate, use.use, use.decision) for use in uses)


def _row(point: Point, reach: Reach) -> tuple[str, ...]:
    names = sorted(reach.principals)
    more = len(names) - _NAMED_MOST
    who = ", ".join(names[:_NAMED_MOST]) + (f" and {more} more" if more > 0 else "")
    return *point_cells(point), str(reach.operations), who
