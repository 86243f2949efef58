"""Statements that find leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from c360_audit.domain.operation import AuditQuery

Statement = tuple[str, Sequence[object]]
"""A statement and the values of its marks."""

_LAST = 2**63 - 1


class Span(NamedTuple):
    """At most `limit` leaves above a number, or below it and newest first."""

    number: int
    limit: int
    is_down: bool

    @property
    def side(self) -> str:
        """How a leaf's number compares with the span's."""
        return "<" if self.is_down else ">"

    @property
    def order(self) -> str:
        """In which order they come."""
        return "DESC" if self.is_down else "ASC"


def above(after: int, limit: int) -> Span:
    """Those numbered above `after`, by number."""
    return Span(after, limit, False)


def below(before: int | None, limit: int) -> Span:
    """Those numbered below `before`, newest first."""
    return Span(_LAST if before is None else before, limit, True)


def footprints_with(marks: Sequence[str]) -> Statement:
    """The footprints that have all of these marks."""
    sql = (
        f"SELECT footprint FROM footprint_mark WHERE mark IN ({_asked(marks)})"
        " GROUP BY footprint HAVING count(*) = ?"
    )
    return sql, [*marks, len(marks)]


def of_subjects(query: AuditQuery, footprints: Sequence[int] | None, span: Span) -> Statement:
    """The numbers of leaves that are about these customers, out of an index that holds it all."""
    wanted: list[tuple[str, Sequence[object]]] = [
        (f"s.subject IN ({_asked(query.subjects)})", sorted(query.subjects)),
        (f"s.number {span.side} ?", [span.number]),
        *_times("s", query),
    ]
    if footprints is not None:
        wanted.append((f"s.footprint IN ({_listed(footprints)})", ()))
    table = "leaf_subject s"
    if query.principal is not None:
        table += " CROSS JOIN leaf l ON l.number = s.number"
        wanted.append(("l.principal = ?", [query.principal]))
    return _numbers(f"SELECT DISTINCT s.number FROM {table}", wanted, span)


def of_footprint(query: AuditQuery, footprint: int, span: Span) -> Statement:
    """The numbers of leaves with one footprint."""
    wanted = [("l.footprint = ?", [footprint]), *_among_leaves(query, span)]
    return _numbers("SELECT l.number FROM leaf l INDEXED BY leaf_footprint", wanted, span)


def of_all(query: AuditQuery, footprints: Sequence[int] | None, span: Span) -> Statement:
    """The numbers of leaves by who, when, and which of these footprints."""
    wanted = _among_leaves(query, span)
    if footprints is not None:
        wanted.append((f"l.footprint IN ({_listed(footprints)})", ()))
    return _numbers("SELECT l.number FROM leaf l", wanted, span)


def leaves_of(numbers: Sequence[int], span: Span) -> Statement:
    """The leaves of these numbers."""
    sql = "SELECT number, entry, data FROM leaf WHERE number IN"
    return f"{sql} ({_listed(numbers)}) ORDER BY number {span.order}", ()


def _among_leaves(query: AuditQuery, span: Span) -> list[tuple[str, Sequence[object]]]:
    wanted = [(f"l.number {span.side} ?", [span.number]), *_times("l", query)]
    if query.principal is not None:
        wanted.append(("l.principal = ?", [query.principal]))
    return wanted


def _times(table: str, query: AuditQuery) -> Iterator[tuple[str, Sequence[object]]]:
    for side, time in ((">=", query.since), ("<", query.until)):
        if time is not None:
            yield f"{table}.at {side} ?", [time]


def _numbers(sql: str, wanted: Sequence[tuple[str, Sequence[object]]], span: Span) -> Statement:
    conditions = " AND ".join(condition for condition, _ in wanted)
    values = [value for _, given in wanted for value in given]
    return f"{sql} WHERE {conditions} ORDER BY 1 {span.order} LIMIT ?", [*values, span.limit]


def _asked(values: Sequence[object] | frozenset[str]) -> str:
    return ",".join("?" * len(values))


def _listed(numbers: Sequence[int]) -> str:
    # Our own numbers, of which there may be more than a statement takes values.
    return ",".join(map(str, numbers))
