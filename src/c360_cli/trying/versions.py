"""`c360 policy history`: every version, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable

from c360_policy.changing.steps import PolicyVersion

from c360_cli.instants import shown_instant
from c360_cli.trying.showing import print_json, print_table

_HEAD = ("version", "in force since", "author", "proposed", "approver", "approved", "publisher")
_DIGITS = 12
_NOBODY = "-"


def print_versions(versions: Iterable[PolicyVersion], *, as_json: bool) -> None:
    """Print them; the one in force is marked."""
    if as_json:
        print_json([_as_json(one) for one in versions])
    else:
        print_table(_HEAD, map(_row, versions))


def _row(one: PolicyVersion) -> tuple[str, ...]:
    mark = " *" if one.is_in_force else ""
    return (
        f"{one.version[:_DIGITS]}{mark}",
        _time(one.in_force_at) or _NOBODY,
        one.author or _NOBODY,
        _time(one.proposed_at) or _NOBODY,
        one.approver or _NOBODY,
        _time(one.approved_at) or _NOBODY,
        one.publisher or _NOBODY,
    )


def _as_json(one: PolicyVersion) -> dict[str, object]:
    return {
        "version": one.version,
        "isInForce": one.is_in_force,
        "inForceAt": _time(one.in_force_at),
        "author": one.author,
        "proposedAt": _time(one.proposed_at),
        "approver": one.approver,
        "approvedAt": _time(one.approved_at),
        "publisher": one.publisher,
    }


def _time(at_ms: int | None) -> str | None:
    return None if at_ms is None else shown_instant(at_ms)
