"""What the file says as a whole."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence

from c360_audit.domain.activity import HOUR_MS, Activity, Actor, Sign, counted
from c360_audit.domain.marks import RULE
from c360_audit.store.sqlite.blocks import SHIFT, span

_RULES = (
    "SELECT m.mark, max(b.last_at) FROM footprint_mark m JOIN block_footprint b USING (footprint)"
    f" WHERE m.mark >= '{RULE}' AND m.mark < '{RULE[:-1]};' GROUP BY 1"
)
_ACTORS = (
    "SELECT a.principal, a.roles, max(b.last_at) FROM actor a JOIN block_actor b ON b.actor = a.id"
    " GROUP BY a.id"
)
_IN_TIME = f"/ {HOUR_MS} AS hour"
_COUNTS = (
    f"SELECT actor, at {_IN_TIME}, sum(times),"
    + ",".join(f" sum(iif(signs & {int(one)}, times, 0))" for one in Sign)
    + f" FROM leaf WHERE number >= ? << {SHIFT} AND number < (? + 1) << {SHIFT}"
    " AND at >= ? AND at < ? GROUP BY 1, 2"
)
_CUSTOMERS = (
    f"SELECT actor, at {_IN_TIME}, count(DISTINCT subject) FROM leaf_subject"
    " WHERE block BETWEEN ? AND ? AND at >= ? AND at < ? GROUP BY 1, 2"
)


def rules_used(connection: sqlite3.Connection) -> Mapping[str, int]:
    """When each rule decided anything for the last time, by its id."""
    return {mark[len(RULE) :]: at for mark, at in connection.execute(_RULES)}


def actors(connection: sqlite3.Connection) -> Mapping[Actor, int]:
    """When each principal acted with a set of roles for the last time."""
    rows = connection.execute(_ACTORS)
    return {_actor(principal, roles): at for principal, roles, at in rows}


def activity(connection: sqlite3.Connection, since: int, until: int) -> Sequence[Activity]:
    """What each actor did in each hour of a span, in the order of actors and hours."""
    rows = connection.execute("SELECT id, principal, roles FROM actor")
    named = {number: _actor(principal, roles) for number, principal, roles in rows}
    given = (*span(connection, since, until), since, until)
    customers = {
        (actor, hour): count for actor, hour, count in connection.execute(_CUSTOMERS, given)
    }
    found = [
        counted(named[actor], hour, counts, customers.get((actor, hour), 0))
        for actor, hour, *counts in connection.execute(_COUNTS, given)
    ]
    return sorted(found, key=lambda one: (one.actor, one.hour))


def _actor(principal: str, roles: str) -> Actor:
    return Actor(principal, tuple(json.loads(roles)))
