"""Finds the numbers of leaves, block by block, until there are enough."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from c360_audit.domain.operation import AuditQuery
from c360_audit.store.sqlite.selection import (
    Span,
    Statement,
    Wanted,
    actors_named,
    blocks_with,
    footprints_with,
    of_block,
    of_subjects,
)


def find(connection: sqlite3.Connection, query: AuditQuery, span: Span) -> Sequence[int]:
    """The numbers of the leaves that a query asks for, in the order of the span."""

    def numbers_of(statement: Statement) -> list[int]:
        return [number for (number,) in connection.execute(*statement)]

    footprints = numbers_of(footprints_with(query.marks)) if query.marks else None
    actors = None if query.principal is None else numbers_of(actors_named(query.principal))
    wanted = Wanted(query, footprints, actors, span)
    blocks = numbers_of(blocks_with(wanted))
    if query.subjects:
        return numbers_of(of_subjects(wanted, blocks))
    found: list[int] = []
    for block in blocks:
        if len(found) >= span.limit:
            break
        found += numbers_of(of_block(wanted, block, span.limit - len(found)))
    return found
