"""What every change of a replay is printed with, whatever decided it."""

from __future__ import annotations

from c360_policy.trying.replaying import Point, Reach
from c360_policy.trying.row_replaying import RowReach

from c360_cli.trying.showing import purpose_name


def point_cells(point: Point) -> tuple[str, ...]:
    """Who used what for what, and the decisions before and after: the cells of a row."""
    return (
        "+".join(point.roles) or "(none)",
        purpose_name(point.purpose),
        point.use,
        point.coordinate,
        point.before,
        point.after,
    )


def change_json(point: Point, reach: Reach | RowReach) -> dict[str, object]:
    """The form that `--json` prints."""
    return {
        "roles": list(point.roles),
        "purpose": point.purpose,
        "use": point.use,
        "coordinate": point.coordinate,
        "from": point.before,
        "to": point.after,
        "operations": reach.operations,
        "principals": sorted(reach.principals),
    }
