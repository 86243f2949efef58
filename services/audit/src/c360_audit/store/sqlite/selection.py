"""Statements that find leaves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from c360_audit.domain.operation import AuditQuery

_USES_COORDINATE = (
    "f.footprint IN (SELECT footprint FROM footprint_coordinate WHERE coordinate = ?)"
)

Statement = tuple[str, Sequence[object]]
"""A statement and the values of its marks."""


def upwards(query: AuditQuery, after: int, limit: int) -> Statement:
    """Leaves numbered above `after`, by number."""
    return _select(query, ">", after, limit)


def downwards(query: AuditQuery, before: int | None, limit: int) -> Statement:
    """Leaves numbered below `before`, newest first."""
    return _select(query, "<", _BEYOND if before is None else before, limit)


_BEYOND = 2**63 - 1
_ORDER = {">": "ASC", "<": "DESC"}


def _select(query: AuditQuery, side: str, number: int, limit: int) -> Statement:
    """A statement that walks the narrowest index by number and looks the rest up."""
    tables: list[str] = []
    wanted: list[tuple[str, object]] = []
    if query.subject is not None:
        tables.append("leaf_subject s")
        wanted.append(("s.subject = ?", query.subject))
    if query.coordinate is not None:
        tables.append("leaf_footprint f")
        wanted.append((_USES_COORDINATE, query.coordinate))
    tables.append("leaf l")
    names = [table[-1] for table in tables]
    wanted.append((f"{names[0]}.number {side} ?", number))
    wanted += [(f"l.{column} ?", value) for column, value in _columns(query) if value is not None]
    joined = [f"{one}.number = {names[0]}.number" for one in names[1:]]
    sql = (
        f"SELECT l.number, l.entry, l.data FROM {' CROSS JOIN '.join(tables)}"
        f" WHERE {' AND '.join([condition for condition, _ in wanted] + joined)}"
        f" ORDER BY {names[0]}.number {_ORDER[side]} LIMIT ?"
    )
    return sql, [*(value for _, value in wanted), limit]


def _columns(query: AuditQuery) -> Iterable[tuple[str, object]]:
    return (
        ("at >=", query.since),
        ("at <", query.until),
        ("principal =", query.principal),
    )
