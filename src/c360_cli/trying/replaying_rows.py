"""The part of a replay that rows and consents decide, on the customers of today."""

from __future__ import annotations

from collections.abc import Sequence

from c360_audit.store.last_attributes import attributes_of
from c360_audit.store.port import AuditLog
from c360_kernel.attributes import attributes_of_text
from c360_policy.trying.replaying import Past, Point, Reach
from c360_policy.trying.row_replaying import (
    TODAY,
    RowReach,
    RowsReplayed,
    RowTrial,
    changed_actors,
    principals_of,
    replay_rows,
)

from c360_cli.assembly import Instance
from c360_cli.trying.replayed_change import change_json, point_cells
from c360_cli.trying.showing import print_table
from c360_cli.trying.today import StoredTouched, audit_names, todays_customers

_HEAD = (
    *("roles", "purpose", "about", "coordinate", "from", "to", "operations", "principals"),
    *("customers", "of all hides", "shows"),
)


async def rows_of_past(
    past: Sequence[Past],
    trial: RowTrial,
    decided: Reach,
    since: int,
    instance: Instance,
    log: AuditLog,
) -> RowsReplayed:
    """What rows and consents would have changed since a time (ms UTC)."""
    changed = changed_actors(past, trial)
    if not changed:
        return RowsReplayed()
    texts = await attributes_of(log, sorted(principals_of(changed)))
    known_trial = trial.with_attributes(
        {name: attributes_of_text(text) for name, text in texts.items()}
    )
    touched = StoredTouched(log, audit_names(instance), since)
    async with todays_customers(instance) as today:
        return await replay_rows(changed, known_trial, decided, today, touched)


def print_rows(rows: RowsReplayed) -> None:
    """Print them, if there are any."""
    if rows.changes:
        print_table(_HEAD, (_row(point, reach) for point, reach in rows.changes))


def row_json(point: Point, reach: RowReach) -> dict[str, object]:
    """The form that `--json` prints."""
    return {
        **change_json(point, reach),
        "decidedOn": TODAY,
        "customers": len(reach.touched),
        "hidden": reach.hidden,
        "shown": reach.shown,
    }


def _row(point: Point, reach: RowReach) -> tuple[str, ...]:
    numbers = (reach.operations, len(reach.principals), len(reach.touched))
    return *point_cells(point), *map(str, (*numbers, reach.hidden, reach.shown))
