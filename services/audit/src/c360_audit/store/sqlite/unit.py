"""One batch on its way into the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from c360_kernel.projection.sqlite import SqliteUnit
from typing_extensions import override

from c360_audit.domain.operation import Audited, Leaf
from c360_audit.store.gathering import once_each
from c360_audit.store.port import AuditUnit

NEXT = "SELECT coalesce(max(number) + 1, 0) FROM leaf"
_FOOTPRINT = "SELECT id FROM footprint WHERE coordinates = ?"
_NEW_FOOTPRINT = "INSERT INTO footprint(coordinates) VALUES (?) RETURNING id"


class SqliteAuditUnit(SqliteUnit, AuditUnit):
    """A unit of work on an open transaction."""

    @override
    def keep(self, audited: Sequence[Audited]) -> None:
        fresh = self._unknown(audited)
        first = self.connection.execute(NEXT).fetchone()[0]
        leaves = [Leaf(number, one) for number, one in enumerate(fresh, first)]
        self.connection.executemany("INSERT INTO leaf VALUES (?,?,?,?,?)", map(_row, leaves))
        self.connection.executemany("INSERT INTO leaf_subject VALUES (?,?)", subjects_of(leaves))
        self._keep_footprints(leaves)

    def _keep_footprints(self, leaves: Sequence[Leaf]) -> None:
        used = {leaf.number: leaf.audited.coordinates for leaf in leaves}
        ids = {coordinates: self._footprint(coordinates) for coordinates in set(used.values())}
        rows = ((number, ids[coordinates]) for number, coordinates in used.items())
        self.connection.executemany("INSERT INTO leaf_footprint VALUES (?,?)", rows)

    def _footprint(self, coordinates: frozenset[str]) -> int:
        named = "\n".join(sorted(coordinates))
        known = self.connection.execute(_FOOTPRINT, (named,)).fetchone()
        if known is not None:
            return known[0]
        made = self.connection.execute(_NEW_FOOTPRINT, (named,)).fetchone()[0]
        rows = ((coordinate, made) for coordinate in coordinates)
        self.connection.executemany("INSERT INTO footprint_coordinate VALUES (?,?)", rows)
        return made

    def _unknown(self, audited: Sequence[Audited]) -> list[Audited]:
        by_id = once_each(audited)
        marks = ",".join("?" * len(by_id))
        sql = f"SELECT entry FROM leaf WHERE entry IN ({marks})"
        known = {entry for (entry,) in self.connection.execute(sql, list(by_id))}
        return [one for name, one in by_id.items() if name not in known]


def _row(leaf: Leaf) -> tuple[object, ...]:
    audited = leaf.audited
    operation = audited.operation
    return leaf.number, audited.entry_id, operation.at, operation.principal, audited.data


def subjects_of(leaves: Sequence[Leaf]) -> Iterable[tuple[str, int]]:
    """Each customer of each leaf, once."""
    return (
        (subject, leaf.number)
        for leaf in leaves
        for subject in set(leaf.audited.operation.subjects)
    )
