"""Statements that find leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from c360_audit.domain.operation import AuditQuery
from c360_audit.store.sqlite.blocks import SHIFT

Statement = tuple[str, Sequence[object]]
"""A statement and the values of its marks."""
Condition = tuple[str, Sequence[object]]

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
        f"SELECT footprint FROM footprint_mark WHERE mark IN ({_placeholders(marks)})"
        " GROUP BY footprint HAVING count(*) = ?"
    )
    return sql, [*marks, len(marks)]


def actors_named(principal: str) -> Statement:
    """The actors that a principal was."""
    return "SELECT id FROM actor WHERE principal = ?", [principal]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, in the numbers of this file; None: any."""

    query: AuditQuery
    footprints: Sequence[int] | None
    actors: Sequence[int] | None
    span: Span


def blocks_with(wanted: Wanted) -> Statement:
    """The blocks that may have such leaves, in the order of the span."""
    span, query = wanted.span, wanted.query
    conditions: list[Condition] = [(f"id {span.side}= ?", [span.number >> SHIFT])]
    for one, time in (("last_at >= ?", query.since), ("first_at < ?", query.until)):
        if time is not None:
            conditions.append((one, [time]))
    for met, those in (("footprint", wanted.footprints), ("actor", wanted.actors)):
        if those is not None:
            table = f"SELECT block FROM block_{met} WHERE {met} IN ({_listed(those)})"
            conditions.append((f"id IN ({table})", ()))
    return _where("SELECT id FROM block", conditions, f"ORDER BY id {span.order}")


def of_subjects(wanted: Wanted, blocks: Sequence[int]) -> Statement:
    """The numbers of the leaves of these blocks that are about the customers."""
    subjects = wanted.query.subjects
    conditions = [
        (f"block IN ({_listed(blocks)})", ()),
        (f"subject IN ({_placeholders(subjects)})", sorted(subjects)),
        *_conditions(wanted),
    ]
    return _numbers("SELECT DISTINCT number FROM leaf_subject", conditions, wanted.span)


def of_block(wanted: Wanted, block: int, limit: int) -> Statement:
    """The numbers of at most so many leaves of a block."""
    bounds = [block << SHIFT, (block + 1) << SHIFT]
    conditions = [("number >= ? AND number < ?", bounds), *_conditions(wanted)]
    return _numbers("SELECT number FROM leaf", conditions, wanted.span._replace(limit=limit))


def leaves_of(numbers: Sequence[int], span: Span) -> Statement:
    """The leaves of these numbers."""
    sql = "SELECT number, entry, data FROM payload WHERE number IN"
    return f"{sql} ({_listed(numbers)}) ORDER BY number {span.order}", ()


def _conditions(wanted: Wanted) -> Iterator[Condition]:
    span, query = wanted.span, wanted.query
    yield f"number {span.side} ?", [span.number]
    for one, time in (("at >= ?", query.since), ("at < ?", query.until)):
        if time is not None:
            yield one, [time]
    for column, those in (("footprint", wanted.footprints), ("actor", wanted.actors)):
        if those is not None:
            yield f"{column} IN ({_listed(those)})", ()


def _numbers(sql: str, conditions: Sequence[Condition], span: Span) -> Statement:
    found, values = _where(sql, conditions, f"ORDER BY number {span.order} LIMIT ?")
    return found, [*values, span.limit]


def _where(sql: str, conditions: Sequence[Condition], rest: str) -> Statement:
    joined = " AND ".join(condition for condition, _ in conditions)
    return f"{sql} WHERE {joined} {rest}", [value for _, given in conditions for value in given]


def _placeholders(values: Sequence[object] | frozenset[str]) -> str:
    return ",".join("?" * len(values))


def _listed(numbers: Sequence[int]) -> str:
    # Our own numbers, of which there may be more than a statement takes values.
    return ",".join(map(str, numbers))
