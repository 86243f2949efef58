"""A dry run: one page is asked for, some of its rows are mapped, and nothing is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from c360_connect.running import caller_of, reader_of
from c360_connect.settings import ConnectSettings
from c360_connect.topic import answering
from c360_connectors.form import Connector
from c360_connectors.pulling.ports import DeadLetter, Web
from c360_connectors.pulling.taking import made_of, unwrapped
from c360_connectors.pulling.walking import page_of, walk_from
from c360_connectors.receiving.topic import said_in
from c360_connectors.refusals import ConnectorInvalid
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.values import check_identifiers, check_source, check_traits
from c360_kernel.nearest import nearest
from c360_kernel.stamp import wall_clock_ms
from c360_mapping.items import Item
from c360_mapping.mapping import RECORDS
from c360_mapping.paths import paths_in
from c360_mapping.row import Row
from c360_mapping.unmapped import plain_name

SAMPLE = 50
_LOOK_S = 5.0


@dataclass(frozen=True, slots=True)
class Sample:
    """What one page has: how many rows, which columns, and what became of the first of them."""

    rows: int
    columns: Sequence[str]
    items: Sequence[Item]
    refused: Sequence[DeadLetter]
    suggested: Sequence[str]

    def filled(self) -> Mapping[str, int]:
        """How many items have something for each field, never what."""
        return Counter(name for item in self.items for name in _fields(item))


async def sample_of(
    connector: Connector, web: Web, settings: ConnectSettings, catalog: Catalog
) -> Sample:
    """The first page of a source. Raises what asking does."""
    _refuse_unknown(connector, catalog)
    rows = await _first_rows(connector, web, settings)
    shown = rows[:SAMPLE]
    columns = sorted(_columns(connector, shown))
    made = [made_of(one, connector.source, shown) for one in connector.mappings]
    return Sample(
        len(rows),
        columns,
        [item for one in made for item in one.items],
        [letter for one in made for letter in one.aside],
        list(_suggested(columns, _named(connector), catalog)),
    )


def _columns(connector: Connector, rows: Sequence[object]) -> set[str]:
    """Of rows as the mapping sees them."""
    mapping = next(iter(connector.mappings), None)
    found = (
        rows
        if mapping is None
        else [one.cells if isinstance(one, Row) else one.raw for one in unwrapped(mapping, rows)]
    )
    return {path for row in found for path in paths_in(row) if path}


async def _first_rows(
    connector: Connector, web: Web, settings: ConnectSettings
) -> Sequence[object]:
    if (topic := connector.topic) is not None and connector.pull is None:
        reader = reader_of(connector, topic, settings)
        async with answering(reader):
            entries, _ = await reader.read({}, SAMPLE, _LOOK_S)
        return [said_in(one.value, one.headers) for one in entries if one.value is not None]
    pull = connector.pull
    if pull is None:
        message = f"{connector.name} is asked nothing: it has no 'pull' and no 'topic'"
        raise ConnectorInvalid(message)
    # Somebody waits for what is wrong, and a name that is mistyped answers never.
    caller = caller_of(connector, pull.login, pull.limits, web, settings, tries=2)
    return (await page_of(pull, caller, walk_from(pull, None, wall_clock_ms()))).rows


def _refuse_unknown(connector: Connector, catalog: Catalog) -> None:
    """What the instance would refuse of each row, by names alone: before anything is asked."""
    problems = [check_source(catalog, connector.source)]
    for mapping in connector.mappings:
        if mapping.kind is RECORDS:
            problems += check_traits(catalog, dict.fromkeys(mapping.contents)).problems
        if mapping.kind.identifiers:
            problems += check_identifiers(
                catalog, dict.fromkeys(mapping.identifiers).items()
            ).problems
    for one in filter(None, problems):
        raise ConnectorInvalid(one.message, code=one.code)


def _named(connector: Connector) -> set[str]:
    return {one.name for mapping in connector.mappings for one in mapping.references()}


def _suggested(columns: Collection[str], named: Collection[str], catalog: Catalog) -> Iterator[str]:
    """Lines of a mapping for columns that it does not name and whose names the catalog knows."""
    found = [
        (section, name, column)
        for section, names in (("identifiers", catalog.identifiers), ("traits", catalog.traits))
        for column in columns
        if column not in named and (name := _meant(column, names))
    ]
    for section in ("identifiers", "traits"):
        lines = {name: column for kind, name, column in found if kind == section}
        if lines:
            yield f"  {section}:"
            yield from (f"    {name}: {column}" for name, column in sorted(lines.items()))


def _meant(column: str, names: Collection[str]) -> str:
    """The name that a column is for, by its last word."""
    last = plain_name(column.rpartition(".")[2])
    by_plain = {plain_name(name): name for name in names}
    return by_plain.get(last) or by_plain.get(nearest(last, by_plain) or "", "")


def _fields(item: Item) -> Iterator[str]:
    for name, value in item.items():
        if name == "identifiers":
            types = {one["type"] for one in cast("Sequence[Mapping[str, str]]", value)}
            yield from (f"identifiers.{one}" for one in types)
        elif isinstance(value, dict):
            yield from (f"{name}.{one}" for one in cast("Mapping[str, object]", value))
        else:
            yield name
