"""Bulk reads. Names go in as one JSON list, so that every statement is prepared once."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from c360_kernel.evidence.model import Link, StewardDecision, pair_of
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.evidence.solver import Edge
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.revisions import RevisionName
from c360_kernel.sqlite_rows import read_rows

from c360_identity.domain.history import Move
from c360_identity.domain.model import (
    Customer,
    EventName,
    Holding,
    Observation,
    SourceRecord,
    Statement,
    TrackedEvent,
)
from c360_identity.store.port import Around
from c360_identity.store.statements import may_be_deleted, read_statements

# CROSS JOIN fixes the order of the loops: the planner would rather scan the big table.
_RECORD = (
    "r.id, r.source, r.key, r.age, r.said, r.version, r.plain, r.numbered, s.id, s.source, s.key"
)
_RECORDS = (
    f"SELECT {_RECORD} FROM json_each(?) q CROSS JOIN record r ON r.customer_id = q.value"
    " LEFT JOIN record s ON s.id = r.seed"
)
# What is sorted of a large customer is no more than its ages: the limit is inside.
_OLDEST = (
    "SELECT o.id FROM record o WHERE o.seed = q.value ORDER BY o.age, o.id LIMIT coalesce(?2, -1)"
)
_MEMBERS = (
    f"SELECT {_RECORD} FROM json_each(?1) q CROSS JOIN record r ON r.id IN ({_OLDEST})"
    " LEFT JOIN record s ON s.id = r.seed ORDER BY r.age, r.id"
)
_HELD = (
    " FROM json_each(?1) q CROSS JOIN record r ON r.seed = q.value"
    " CROSS JOIN edge e ON e.record = r.id AND e.active = 1"
    " CROSS JOIN identifier i ON i.id = e.identifier"
)
_EACH_HELD = (
    "SELECT e.identifier FROM record r"
    " CROSS JOIN edge e ON e.record = r.id AND e.active = 1 WHERE r.seed = q.value"
)
_IDENTIFIERS_OF = (
    f"SELECT q.value, i.name FROM json_each(?1) q CROSS JOIN identifier i ON i.id IN ({_EACH_HELD})"
)
_EDGE = "e.first_seen, e.stated, e.events, e.active, e.refused, e.since"
_EDGES_OF = (
    f"SELECT e.record, i.id, i.name, {_EDGE} FROM json_each(?) q"
    " CROSS JOIN edge e ON e.record = q.value CROSS JOIN identifier i ON i.id = e.identifier"
)
_EDGES_TO = (
    f"SELECT r.id, r.source, r.key, e.identifier, {_EDGE} FROM json_each(?) q"
    " CROSS JOIN edge e ON e.identifier = q.value AND e.active = 1"
    " CROSS JOIN record r ON r.id = e.record"
)
_HOLDINGS = (
    "SELECT i.id, i.name, i.holders, i.generic, i.anchored,"
    " s.id, s.source, s.key, s.age, s.plain, s.numbered"
    " FROM json_each(?) q CROSS JOIN identifier i ON i.name = q.value"
    " LEFT JOIN record h ON i.generic = 0 AND h.id = (SELECT e.record FROM edge e"
    " WHERE e.identifier = i.id AND e.active = 1 ORDER BY e.first_seen LIMIT 1)"
    " LEFT JOIN record s ON s.id = h.seed"
)
_CARRIERS = (
    "SELECT i.id, i.name, i.holders, i.generic, i.anchored"
    " FROM json_each(?) q CROSS JOIN identifier i ON i.name = q.value"
)
_AROUND = (
    "SELECT e.record, e.since, e.first_seen, e.refused,"
    " i.id, i.name, i.holders, i.generic, i.anchored"
    " FROM json_each(?) q CROSS JOIN edge e ON e.record = q.value AND e.active = 1"
    " CROSS JOIN identifier i ON i.id = e.identifier"
)
_BARE = (
    f"SELECT {_RECORD} FROM json_each(?) q CROSS JOIN record r ON r.id = q.value"
    " LEFT JOIN record s ON s.id = r.seed"
)
_SEEDS_OF = "SELECT r.id, r.seed FROM json_each(?) q CROSS JOIN record r ON r.id = q.value"
_FELLOWS = (
    "SELECT r.id, r.source, r.key, r.age, r.said, r.version, r.plain, r.numbered, r.seed"
    " FROM json_each(?) q CROSS JOIN record r ON r.seed = q.value ORDER BY r.id"
)
_VALUES_HELD = (
    f"SELECT DISTINCT r.seed, i.name{_HELD}"
    " WHERE substr(i.name, 1, instr(i.name, ':') - 1) IN (SELECT value FROM json_each(?2))"
)
_IDENTIFIER_IDS = (
    "SELECT i.id, i.name FROM json_each(?) q CROSS JOIN identifier i ON i.name = q.value"
)
_IDENTIFIER_NAMES = (
    "SELECT i.id, i.name FROM json_each(?) q CROSS JOIN identifier i ON i.id = q.value"
)
_EVENTS = (
    "SELECT e.source, e.message_id, e.stamp, r.id, r.source, r.key, e.identifiers"
    " FROM ({}) q CROSS JOIN event e"
    " ON e.source = q.column1 AND e.message_id = q.column2"
    " CROSS JOIN record r ON r.id = e.record"
)
_REVISIONS = (
    "SELECT v.record, v.own, v.number, v.said FROM json_each(?) q CROSS JOIN revision v"
    " ON v.record = q.value ->> 0 AND v.own = q.value ->> 1 AND v.number = q.value ->> 2"
)
_ANY_DECISION = "SELECT 1 FROM decision LIMIT 1"
_DECISIONS = (
    "SELECT d.a, d.b, d.id, d.kind, d.stamp, d.undoes, d.actor, d.reason FROM json_each(?1) q"
    " CROSS JOIN decision d ON d.a = q.value UNION"
    " SELECT d.a, d.b, d.id, d.kind, d.stamp, d.undoes, d.actor, d.reason FROM json_each(?1) q"
    " CROSS JOIN decision d ON d.b = q.value"
)

_MOVE = 'm.record, m.version, m.stamp, m."left", m.seed, m.cause FROM json_each(?1) q'
_MOVES = (
    f"SELECT {_MOVE} CROSS JOIN move m ON m.record = q.value"
    f' UNION SELECT {_MOVE} CROSS JOIN move m ON m."left" = q.value'
)
_NUMBERS = (
    "SELECT r.id, r.source, r.key FROM json_each(?) q"
    " CROSS JOIN record r ON r.customer_id = q.value"
)
_NAMES = "SELECT r.id, r.source, r.key FROM json_each(?) q CROSS JOIN record r ON r.id = q.value"
_REFUSED = (
    f"SELECT r.id, r.source, r.key, i.id, i.name, {_EDGE} FROM edge e INDEXED BY edge_refused"
    " CROSS JOIN record r ON r.id = e.record CROSS JOIN identifier i ON i.id = e.identifier"
    " WHERE e.refused = 1 AND e.first_seen >= ?"
    " ORDER BY e.first_seen, r.source, r.key, i.name LIMIT ? OFFSET ?"
)


class _Holdings(dict[tuple[int, int, int], Holding]):
    """By holders, generic and anchored: most identifiers of a large customer are held alike."""

    def __missing__(self, state: tuple[int, int, int]) -> Holding:
        holders, generic, anchored = state
        made = self[state] = Holding(holders, generic == 1, anchored)
        return made


def identifier_name(identifier: Identifier) -> str:
    """The text an identifier is kept under; types have no colon."""
    return f"{identifier.type}:{identifier.value}"


def numbers_of(mark: int) -> tuple[bool, bool]:
    """Whether a customer is numbered, and whether it is firm too, which is marked by a 2."""
    return mark > 0, mark == 2


def identifier_of(name: str) -> Identifier:
    """The identifier kept under a text."""
    kind, _, value = name.partition(":")
    return Identifier(kind, value)


_PART = 1_000


class GraphReads:
    """Reads within one transaction. Remembers the numbers it met: they hold that long."""

    def __init__(self, connection: sqlite3.Connection, customer_id: CustomerIds) -> None:
        self._connection = connection
        self.customer_id = customer_id
        self.record_ids: dict[RecordKey, int] = {}
        self.identifier_ids: dict[Identifier, int | None] = {}

    def select(self, sql: str, values: Iterable[object]) -> Iterator[Any]:
        """Run a statement whose one parameter is a JSON list."""
        text = orjson.dumps(list(values)).decode()
        return iter(self._connection.execute(sql, (text,)).fetchall())

    def records(self, keys: Collection[RecordKey]) -> dict[RecordKey, SourceRecord]:
        """Those of these records that were ever seen."""
        rows = self.select(_RECORDS, map(self.customer_id, keys))
        return {record.key: record for record in map(self._record, rows)}

    def members(self, seeds: Collection[RecordKey], most: int | None) -> Iterable[SourceRecord]:
        """The records of the customers of these seeds, oldest first; of each `most` at most."""
        ids = orjson.dumps(self.ids_of(seeds)).decode()
        return map(self._record, self._connection.execute(_MEMBERS, (ids, most)).fetchall())

    def identifiers_of(
        self, seeds: Collection[RecordKey]
    ) -> dict[RecordKey, Collection[Identifier]]:
        """What the records of the customers of these seeds actively carry, each once."""
        by_id = {n: s for n, s in zip(self.ids_of(seeds), seeds, strict=True) if n is not None}
        found: dict[RecordKey, list[Identifier]] = {seed: [] for seed in by_id.values()}
        for seed, name in self.select(_IDENTIFIERS_OF, by_id):
            found[by_id[seed]].append(identifier_of(name))
        return dict(found)

    def observations_of(self, records: Collection[RecordKey]) -> list[Observation]:
        """All edges of these records, inactive ones too."""
        by_id = dict(zip(self.ids_of(records), records, strict=True))
        found: list[Observation] = []
        carried: dict[int, Identifier] = {}
        for record, number, name, seen, stated, events, active, refused, since in self.select(
            _EDGES_OF, (number for number in by_id if number is not None)
        ):
            identifier = carried.get(number)
            if identifier is None:
                identifier = carried[number] = identifier_of(name)
                self.identifier_ids[identifier] = number
            flags = (stated == 1, events, active == 1, refused == 1, since)
            found.append(Observation(by_id[record], identifier, seen, *flags))
        return found

    def observations_to(self, identifiers: Collection[Identifier]) -> list[Observation]:
        """The active edges of these identifiers: one level of a closure."""
        self.find_identifiers(identifiers)
        by_id = {self.identifier_ids[i]: i for i in identifiers}
        found: list[Observation] = []
        for (
            record,
            source,
            key,
            number,
            seen,
            stated,
            events,
            active,
            refused,
            since,
        ) in self.select(_EDGES_TO, (number for number in by_id if number is not None)):
            name = RecordKey(source, key)
            self.record_ids[name] = record
            flags = (stated == 1, events, active == 1, refused == 1, since)
            found.append(Observation(name, by_id[number], seen, *flags))
        return found

    def holdings(self, identifiers: Collection[Identifier]) -> dict[Identifier, Holding]:
        """Who holds each of these identifiers; unknown ones are held by nobody."""
        found = dict.fromkeys(identifiers, Holding())
        self.identifier_ids.update((i, None) for i in found if i not in self.identifier_ids)
        rows = self.select(_HOLDINGS, map(identifier_name, identifiers))
        for number, name, holders, generic, anchored, *seed in rows:
            identifier = identifier_of(name)
            self.identifier_ids[identifier] = number
            customer = None if seed[0] is None else self._customer(seed)
            found[identifier] = Holding(holders, generic == 1, anchored, customer)
        return found

    def carriers(self, identifiers: Collection[Identifier]) -> dict[Identifier, Holding]:
        """As `holdings`, but it need not say whose customer each is."""
        found = dict.fromkeys(identifiers, Holding())
        self.identifier_ids.update((i, None) for i in found if i not in self.identifier_ids)
        held = _Holdings()
        for number, name, *state in self.select(_CARRIERS, map(identifier_name, identifiers)):
            identifier = identifier_of(name)
            self.identifier_ids[identifier] = number
            found[identifier] = held[state[0], state[1], state[2]]
        return found

    def around(self, records: Collection[RecordKey]) -> Around:
        """What these records actively carry, as `observations_of` and `carriers` tell it."""
        by_id = dict(zip(self.ids_of(records), records, strict=True))
        edges: list[Edge] = []
        refused: list[Link] = []
        known: dict[int, Identifier] = {}
        holdings: dict[Identifier, Holding] = {}
        held = _Holdings()
        rows = self.select(_AROUND, (number for number in by_id if number is not None))
        for record, since, seen, is_refused, number, name, holders, generic, anchored in rows:
            identifier = known.get(number)
            if identifier is None:
                identifier = known[number] = identifier_of(name)
                holdings[identifier] = held[holders, generic, anchored]
            edge = Edge(since, seen, identifier, by_id[record])
            edges.append(edge)
            if is_refused:
                refused.append((edge.record, identifier))
        return Around(edges, refused, holdings)

    def fellows(self, records: Collection[RecordKey]) -> dict[RecordKey, list[SourceRecord]]:
        """By one of these the other records of its customer, bare; of any of these, or of none."""
        found: dict[RecordKey, list[SourceRecord]] = {}
        for some in self.fellows_in_parts(records, _PART):
            for of, fellows in some.items():
                found.setdefault(of, []).extend(fellows)
        return found

    def fellows_in_parts(
        self, records: Collection[RecordKey], size: int
    ) -> Iterator[Mapping[RecordKey, Sequence[SourceRecord]]]:
        """The same, so many at a time."""
        by_id = dict(zip(self.ids_of(records), records, strict=True))
        of_seed: dict[int, RecordKey] = {}
        for record, seed in self.select(_SEEDS_OF, (n for n in by_id if n is not None)):
            if seed is not None:
                of_seed.setdefault(seed, by_id[record])
        yield {of: [] for of in of_seed.values()}
        # A seed itself may have left already, where a large solve is half written.
        seeds = self.keys_of(of_seed)
        rows = self._connection.execute(_FELLOWS, (orjson.dumps(list(of_seed)).decode(),))
        while part := rows.fetchmany(size):
            found: defaultdict[RecordKey, list[SourceRecord]] = defaultdict(list)
            for number, source, key, age, text, version, plain, numbered, seed in part:
                if number not in by_id:
                    name = RecordKey(source, key)
                    self.record_ids[name] = number
                    told = (name, age, _statements(text), seeds[seed], version)
                    record = SourceRecord(*told, plain == 1, *numbers_of(numbered))
                    found[of_seed[seed]].append(record)
            yield found

    def bare(self, records: Collection[RecordKey]) -> dict[RecordKey, SourceRecord]:
        """As `records`, but of those not deleted it need not tell what was said of them."""
        ids = (number for number in self.ids_of(records) if number is not None)
        rows = self.select(_BARE, ids)
        return {record.key: record for record in map(self._bare, rows)}

    def values_held(
        self, seeds: Collection[RecordKey], types: Collection[str]
    ) -> dict[RecordKey, list[Identifier]]:
        """The active identifiers of these types of whole customers; any of these, or none."""
        by_id = {n: s for n, s in zip(self.ids_of(seeds), seeds, strict=True) if n is not None}
        found: dict[RecordKey, list[Identifier]] = {seed: [] for seed in by_id.values()}
        names = [orjson.dumps(list(some)).decode() for some in (by_id, types)]
        for seed, name in self._connection.execute(_VALUES_HELD, names).fetchall():
            found[by_id[seed]].append(identifier_of(name))
        return found

    def events(self, names: Collection[EventName]) -> dict[EventName, TrackedEvent]:
        """The winning entries of those of these names that were ever seen."""
        rows = list(read_rows(self._connection, _EVENTS, list(names)))
        numbers = {int(n) for row in rows for n in row[6].split()}
        carried = dict(self.select(_IDENTIFIER_NAMES, numbers)) if numbers else {}
        found: dict[EventName, TrackedEvent] = {}
        for source, message_id, stamp, record_id, record_source, key, identifiers in rows:
            name = EventName(source, message_id)
            record = RecordKey(record_source, key)
            self.record_ids[record] = record_id
            event_identifiers = tuple(identifier_of(carried[int(n)]) for n in identifiers.split())
            found[name] = TrackedEvent(name, stamp, record, event_identifiers)
        return found

    def revisions(self, names: Collection[RevisionName]) -> dict[RevisionName, Sequence[Statement]]:
        """What was said at these numbers and put aside; in no particular order."""
        keys = list({name.record for name in names})
        by_id = {n: key for n, key in zip(self.ids_of(keys), keys, strict=True) if n is not None}
        ids = {key: number for number, key in by_id.items()}
        wanted = ((ids[n.record], int(n.own), n.number) for n in names if n.record in ids)
        return {
            RevisionName(by_id[record], own == 1, number): read_statements(text)
            for record, own, number, text in self.select(_REVISIONS, wanted)
        }

    def decisions_about(self, records: Collection[RecordKey]) -> list[StewardDecision]:
        """All decisions on a pair with one of these records, undos too."""
        if self._connection.execute(_ANY_DECISION).fetchone() is None:
            return []
        return [decision_of(row) for row in self.select(_DECISIONS, map(str, records))]

    def moves(self, about: Collection[RecordKey]) -> list[Move]:
        """The moves of these records, and those away from the customers whose seeds they are."""
        ids = [number for number in self.ids_of(about) if number is not None]
        rows = list(self.select(_MOVES, ids))
        numbers = {number for row in rows for number in (row[0], row[3], row[4])} - {None}
        names = self.keys_of(numbers)
        return [
            Move(names[record], version, stamp, names.get(left), names.get(to), cause)
            for record, version, stamp, left, to, cause in rows
        ]

    def refused(self, since: str, skip: int, limit: int) -> list[Observation]:
        """The refused edges, in the order of (first_seen, record, identifier)."""
        found: list[Observation] = []
        rows = self._connection.execute(_REFUSED, (since, limit, skip)).fetchall()
        for number, source, key, _, name, seen, stated, events, active, refused, at in rows:
            record, identifier = RecordKey(source, key), identifier_of(name)
            self.record_ids[record] = number
            flags = (stated == 1, events, active == 1, refused == 1, at)
            found.append(Observation(record, identifier, seen, *flags))
        return found

    def ids_of(self, keys: Collection[RecordKey]) -> list[int | None]:
        """The numbers of records, in the same order; None for those never seen."""
        unknown = [key for key in keys if key not in self.record_ids]
        if unknown:
            rows = self.select(_NUMBERS, map(self.customer_id, unknown))
            self.record_ids.update((RecordKey(source, key), number) for number, source, key in rows)
        return [self.record_ids.get(key) for key in keys]

    def keys_of(self, numbers: Collection[int]) -> dict[int, RecordKey]:
        """The records of these numbers."""
        rows = self.select(_NAMES, numbers) if numbers else ()
        return {number: RecordKey(source, key) for number, source, key in rows}

    def find_identifiers(self, identifiers: Iterable[Identifier]) -> None:
        """Learn the numbers of identifiers, or that they have none yet."""
        unknown = [i for i in identifiers if i not in self.identifier_ids]
        if not unknown:
            return
        self.identifier_ids.update(dict.fromkeys(unknown))
        for number, name in self.select(_IDENTIFIER_IDS, map(identifier_name, unknown)):
            self.identifier_ids[identifier_of(name)] = number

    def _customer(self, row: Sequence[Any]) -> Customer:
        number, source, key, age, plain, numbered = row
        seed = RecordKey(source, key)
        self.record_ids[seed] = number
        return Customer(seed, age, plain == 1, *numbers_of(numbered))

    def _bare(self, row: Sequence[Any]) -> SourceRecord:
        return self._made(row, _statements(row[4]))

    def _record(self, row: Sequence[Any]) -> SourceRecord:
        return self._made(row, read_statements(row[4]))

    def _made(self, row: Sequence[Any], statements: tuple[Statement, ...]) -> SourceRecord:
        number, source, key, age, _, version, plain, numbered, *of_seed = row
        name = RecordKey(source, key)
        self.record_ids[name] = number
        told = (version, plain == 1, *numbers_of(numbered))
        return SourceRecord(name, age, statements, self._seed(*of_seed), *told)

    def _seed(self, number: int | None, source: str, key: str) -> RecordKey | None:
        if number is None:
            return None
        seed = RecordKey(source, key)
        self.record_ids[seed] = number
        return seed


def _statements(text: str) -> tuple[Statement, ...]:
    """The statements of a record that may be deleted; of another they need not be known."""
    return read_statements(text) if may_be_deleted(text) else ()


def decision_of(row: Sequence[Any]) -> StewardDecision:
    """A decision from its row."""
    a, b, decision_id, kind, stamp, undoes, actor, reason = row
    pair = pair_of(RecordKey.parse(a), RecordKey.parse(b))
    return StewardDecision(decision_id, kind, pair, stamp, undoes, actor, reason)
