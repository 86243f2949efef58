"""A window of timelines as SQL."""

from __future__ import annotations

from collections.abc import Mapping

from c360_profile.domain.query import Window
from c360_profile.store.sqlite.rows import EVENT_COLUMNS

# Each record gives at most a page of events from its index; the pages are merged per customer.
_TIMELINE = """
SELECT owner, {columns} FROM (
  SELECT record.customer AS owner, event.*,
    row_number() OVER (PARTITION BY record.customer
      ORDER BY event.occurred_at {time}, event.source {name}, event.message_id {name}) AS place
  FROM record JOIN event ON event.rowid IN (
    SELECT seen.rowid FROM event AS seen
    WHERE seen.record = record.id AND {condition}
    ORDER BY seen.occurred_at {time}, seen.message_id {name} LIMIT :limit)
  WHERE NOT record.deleted AND record.customer IN (SELECT value FROM json_each(:customers)))
WHERE place <= :limit ORDER BY owner, place
"""
_NAMED = " AND seen.name IN (SELECT value FROM json_each(:names))"
_AFTER = (
    " AND seen.occurred_at <= :after_at AND (seen.occurred_at < :after_at"
    " OR (seen.source, seen.message_id) > (:after_source, :after_id))"
)
_BEFORE = (
    " AND seen.occurred_at >= :before_at AND (seen.occurred_at > :before_at"
    " OR (seen.source, seen.message_id) < (:before_source, :before_id))"
)


def timeline_sql(window: Window) -> str:
    """The statement, whose rows begin with the customer; from the end, the oldest come first."""
    condition = "1" + (_NAMED if window.names is not None else "")
    condition += (_AFTER if window.after else "") + (_BEFORE if window.before else "")
    time, name = ("ASC", "DESC") if window.from_end else ("DESC", "ASC")
    return _TIMELINE.format(columns=EVENT_COLUMNS, condition=condition, time=time, name=name)


def window_bounds(window: Window) -> Mapping[str, object]:
    """The parameters of the window's places."""
    bounds: dict[str, object] = {}
    for side, place in (("after", window.after), ("before", window.before)):
        if place is not None:
            names = (f"{side}_at", f"{side}_source", f"{side}_id")
            bounds.update(zip(names, place, strict=True))
    return bounds
