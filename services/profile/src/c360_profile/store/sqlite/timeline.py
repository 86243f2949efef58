"""A window of timelines as SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from c360_kernel.conditions.sqlite import sql_of

from c360_profile.domain.query import Window
from c360_profile.store.sqlite.reads import among
from c360_profile.store.sqlite.rows import EVENT_COLUMNS

# Each record gives at most a page of events from its index; the pages are merged per customer.
_TIMELINE = """
SELECT owner, {columns} FROM (
  SELECT record.customer AS owner, event.*,
    row_number() OVER (PARTITION BY record.customer
      ORDER BY event.occurred_at {time}, event.source {name}, event.message_id {name}) AS place
  FROM record JOIN event ON event.rowid IN (
    SELECT seen.rowid FROM event AS seen INDEXED BY event_by_record
    WHERE seen.record = record.id AND {condition}
    ORDER BY seen.occurred_at {time}, seen.message_id {name} LIMIT :limit)
  WHERE NOT record.deleted AND record.customer IN (SELECT value FROM json_each(:customers)))
WHERE place <= :limit ORDER BY owner, place
"""
_AFTER = (
    " AND seen.occurred_at <= :after_at AND (seen.occurred_at < :after_at"
    " OR (seen.source, seen.message_id) > (:after_source, :after_id))"
)
_BEFORE = (
    " AND seen.occurred_at >= :before_at AND (seen.occurred_at > :before_at"
    " OR (seen.source, seen.message_id) < (:before_source, :before_id))"
)


_COUNTS = """
SELECT record.customer, count(*)
FROM record CROSS JOIN event AS seen INDEXED BY event_by_record ON seen.record = record.id
WHERE NOT record.deleted AND record.customer IN (SELECT value FROM json_each(:customers))
  AND {condition} GROUP BY record.customer
"""


class Statement(NamedTuple):
    """SQL and its parameters."""

    sql: str
    parameters: Mapping[str, object]


def timeline_statement(customers: Collection[str], window: Window) -> Statement:
    """Rows that begin with the customer; from the end, the oldest come first."""
    condition, bounds = _condition(customers, window)
    time, name = ("ASC", "DESC") if window.from_end else ("DESC", "ASC")
    sql = _TIMELINE.format(columns=EVENT_COLUMNS, condition=condition, time=time, name=name)
    return Statement(sql, {**bounds, "limit": window.limit})


def counts_statement(customers: Collection[str], window: Window) -> Statement:
    """Rows of customers and how many events they have; none of who has no event."""
    condition, bounds = _condition(customers, window)
    return Statement(_COUNTS.format(condition=condition), bounds)


def _condition(customers: Collection[str], window: Window) -> tuple[str, dict[str, object]]:
    bounds: dict[str, object] = {"customers": among(customers), **_places(window)}
    parts = ["1"]

    def bind(value: object) -> str:
        bounds[name := f"p{len(bounds)}"] = value
        return f":{name}"

    for column, chosen in (("name", window.names), ("source", window.sources)):
        if chosen is not None:
            listed = bind(among(chosen))
            parts.append(f"seen.{column} IN (SELECT value FROM json_each({listed}))")
    if window.since is not None:
        parts.append(f"seen.occurred_at >= {bind(window.since)}")
    if window.until is not None:
        parts.append(f"seen.occurred_at < {bind(window.until)}")
    if window.having is not None:
        parts.append(sql_of(window.having, "seen.properties", bind))
    sides = (_AFTER if window.after else "") + (_BEFORE if window.before else "")
    return " AND ".join(parts) + sides, bounds


def _places(window: Window) -> Mapping[str, object]:
    bounds: dict[str, object] = {}
    for side, place in (("after", window.after), ("before", window.before)):
        if place is not None:
            names = (f"{side}_at", f"{side}_source", f"{side}_id")
            bounds.update(zip(names, place, strict=True))
    return bounds
