"""`cursor:`: by what a source tells what is new."""

from __future__ import annotations

from datetime import UTC

from c360_mapping import nodes
from c360_mapping.modifiers import zone_of
from c360_mapping.refusals import MappingInvalid
from c360_mapping.times import DateStyle, to_datetime
from yaml.nodes import Node

from c360_connectors.pulling.cursor import NUMBER, Cursor, instant_ms
from c360_connectors.reading.scalars import length_ms, path_in_row, required

_KEYS = ("column", "type", "formats", "timezone", "initial", "as", "lookback", "settle")
_TYPES = ("datetime", NUMBER)
_OF_TIMES = ("formats", "timezone", "as", "lookback", "settle")
_SHOWN = ("iso", "date", "seconds", "milliseconds")


def cursor_of(node: Node | None, what: str) -> Cursor | None:
    """The cursor, where there is one. Raises `MappingInvalid`."""
    if node is None:
        return None
    parts = nodes.entries(node, what, _KEYS)
    column = path_in_row(required(parts, "column", node, what), f"{what}.column")
    kind = nodes.choice(required(parts, "type", node, what), f"{what}.type", _TYPES)
    initial = required(parts, "initial", node, what)
    if kind == NUMBER:
        _refuse_of_times(parts, what)
        return Cursor(column, None, nodes.integer(initial, f"{what}.initial"))
    zone = zone_of(parts["timezone"], f"{what}.timezone") if "timezone" in parts else UTC
    formats = nodes.texts(parts["formats"], f"{what}.formats") if "formats" in parts else ()
    return Cursor(
        column,
        DateStyle(formats, zone),
        _instant(initial, f"{what}.initial"),
        _shown(parts["as"], f"{what}.as") if "as" in parts else "iso",
        zone,
        length_ms(parts["lookback"], f"{what}.lookback") if "lookback" in parts else 0,
        length_ms(parts["settle"], f"{what}.settle") if "settle" in parts else 0,
    )


def _refuse_of_times(parts: dict[str, Node], what: str) -> None:
    for key in _OF_TIMES:
        if key in parts:
            line = nodes.line_of(parts[key])
            raise MappingInvalid(line, f"{what}.{key} belongs to type: datetime")


def _instant(node: Node, what: str) -> int:
    try:
        return instant_ms(to_datetime(DateStyle(zone=UTC))(nodes.text(node, what)))
    except ValueError as error:
        message = f"{what} is a date or an instant, as 2024-01-31 or 2024-01-31T08:00:00Z"
        raise MappingInvalid(nodes.line_of(node), message) from error


def _shown(node: Node, what: str) -> str:
    written = nodes.text(node, what)
    return written if "%" in written else nodes.choice(node, what, _SHOWN)
