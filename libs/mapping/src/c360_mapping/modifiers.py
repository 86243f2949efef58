"""Modifiers of an expression: what is done to each value that its source gives.

They are applied in the order split, map, prefix, region, type.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from c360_kernel.catalog.lost_digits import has_lost_digits
from c360_kernel.catalog.normalizers.phone import normalize_phone
from c360_kernel.catalog.placeholders import stands_for_nothing
from c360_kernel.catalog.text import clean
from c360_kernel.catalog.typed_digits import is_typed_in_place_of_one
from yaml.nodes import Node, ScalarNode

from c360_mapping import nodes
from c360_mapping.conversions import Convert, Value, to_boolean, to_text
from c360_mapping.expression import Defaults, Dropped, Expression, Removes, Values
from c360_mapping.json_numbers import DigitsLost
from c360_mapping.numbers import NumberStyle, to_float, to_int
from c360_mapping.paths import Cells
from c360_mapping.refusals import MappingInvalid, RowRefused, digits_lost
from c360_mapping.times import DateStyle, to_date, to_datetime

MODIFIERS = frozenset(
    {
        "split", "map", "otherwise", "prefix", "region", "type", "formats", "timezone",
        "pivot", "decimal", "thousands", "grouping", "on_error",
    }
)  # fmt: skip
TYPES = frozenset({"string", "int", "float", "boolean", "date", "datetime", "strings"})

_NEEDS_TYPE = {
    "formats": ("date", "datetime"),
    "pivot": ("date", "datetime"),
    "timezone": ("date", "datetime"),
    "decimal": ("int", "float"),
    "thousands": ("int", "float"),
    "grouping": ("int", "float"),
}


@dataclass(frozen=True, slots=True)
class _Step:
    apply: Callable[[Value], Value | None]
    drops: bool
    complaint: str


def zone_of(node: Node, what: str) -> tzinfo:
    """An IANA time zone by name."""
    name = nodes.text(node, what)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise MappingInvalid(nodes.line_of(node), f"{what}: no time zone {name!r}") from error


def drops_of(node: Node, what: str) -> bool:
    """`on_error`: whether a value that cannot be converted is left out (else the row is)."""
    return nodes.choice(node, what, ("drop", "reject")) == "drop"


def type_of(
    node: Node, parts: Mapping[str, Node], field: str, implied_type: str | None
) -> str | None:
    """The type that a field is converted to, None to leave its values as the file has them."""
    kind = nodes.choice(parts["type"], f"{field}: type", TYPES) if "type" in parts else None
    if implied_type is not None and kind not in (None, implied_type):
        raise MappingInvalid(nodes.line_of(parts["type"]), f"{field} is always {implied_type}")
    kind = kind or implied_type
    for modifier, types in _NEEDS_TYPE.items():
        if modifier in parts and kind not in types:
            listed = " or ".join(types)
            raise MappingInvalid(
                nodes.line_of(parts[modifier]), f"{field}: {modifier} needs type {listed}"
            )
    if "otherwise" in parts and "map" not in parts:
        raise MappingInvalid(nodes.line_of(node), f"{field}: otherwise needs a map")
    return kind


def _split(source: Values, separator: str | None) -> Values:
    if separator is None:
        return source

    def values(cells: Cells, dropped: Dropped) -> list[Value]:
        texts = [to_text(value) for value in source(cells, dropped)]
        pieces = [piece.strip() for text in texts for piece in text.split(separator)]
        return [piece for piece in pieces if piece]

    return values


def modified(
    source: Values, parts: Mapping[str, Node], field: str, kind: str | None, defaults: Defaults
) -> Values:
    """The values of `source` after all modifiers in `parts` and the conversion to `kind`."""
    separator = nodes.text(parts["split"], f"{field}: split") if "split" in parts else None
    pieces = _split(source, separator)
    steps = tuple(_steps(parts, field, kind, defaults))
    if not steps:
        return pieces

    def values(cells: Cells, dropped: Dropped) -> list[Value]:
        through = (_through(value, steps, field, dropped) for value in pieces(cells, dropped))
        return [value for value in through if value is not None]

    return values


def removal(
    source: Expression, parts: Mapping[str, Node], field: str, defaults: Defaults
) -> Removes:
    """Whether the source says null, or a value that `map` makes null."""
    if defaults.null_values is None or "map" not in parts:
        return source.removes
    nulls = {written for written, value in _table(parts, field).items() if value is None}

    def removes(cells: Cells, dropped: Dropped) -> bool:
        if source.removes(cells, dropped):
            return True
        return any(to_text(value) in nulls for value in source.values(cells, dropped))

    return removes


def _through(value: Value, steps: tuple[_Step, ...], field: str, dropped: Dropped) -> Value | None:
    for step in steps:
        try:
            done = step.apply(value)
        except ValueError as error:
            if not step.drops:
                raise _refused(error, field, step.complaint) from error
            dropped[field] += 1
            return None
        if done is None:
            return None
        value = done
    return value


def _refused(error: ValueError, field: str, complaint: str) -> RowRefused:
    if isinstance(error, DigitsLost):
        return digits_lost(field)
    return RowRefused("VALUE_INVALID", field, f"{field} {complaint}")


def _steps(
    parts: Mapping[str, Node], field: str, kind: str | None, defaults: Defaults
) -> list[_Step]:
    on_error = parts.get("on_error")
    drops = defaults.drops if on_error is None else drops_of(on_error, f"{field}: on_error")
    steps: list[_Step] = []
    if "map" in parts:
        steps.append(_mapped(parts, field))
    if "prefix" in parts:
        prefix = nodes.text(parts["prefix"], f"{field}: prefix")
        steps.append(_Step(lambda value: prefix + to_text(value), drops, ""))
    if "region" in parts:
        steps.append(_Step(_international(parts["region"], field), drops, ""))
    if kind is not None:
        convert, complaint = _conversion(kind, parts, field, defaults)
        steps.append(_Step(convert, drops, complaint))
    return steps


def _international(node: Node, field: str) -> Callable[[Value], Value]:
    region = nodes.choice(node, f"{field}: region", phonenumbers.SUPPORTED_REGIONS)

    def apply(value: Value) -> Value:
        text = to_text(value)
        # What is no number stays as written: the instance tells why it joins nobody.
        bare = unicodedata.normalize("NFKC", clean(text)).strip()
        if has_lost_digits(text) or stands_for_nothing(bare) or is_typed_in_place_of_one(bare):
            return value
        return normalize_phone(bare, region) or value

    return apply


def _mapped(parts: Mapping[str, Node], field: str) -> _Step:
    table = _table(parts, field)
    otherwise = "keep"
    if "otherwise" in parts:
        choices = ("keep", "drop", "reject")
        otherwise = nodes.choice(parts["otherwise"], f"{field}: otherwise", choices)

    def apply(value: Value) -> Value | None:
        written = to_text(value)
        if written in table:
            return table[written]
        if otherwise == "keep":
            return value
        raise ValueError("not in the map")

    return _Step(apply, otherwise == "drop", "is not one of the values of its map")


def _table(parts: Mapping[str, Node], field: str) -> dict[str, Value | None]:
    return {
        written: _mapped_value(node, field)
        for written, node in nodes.entries(parts["map"], f"{field}: map").items()
    }


def _mapped_value(node: Node, field: str) -> Value | None:
    if node.tag == "tag:yaml.org,2002:null":
        return None
    return nodes.scalar(node, f"{field}: a value of map")


def _conversion(
    kind: str, parts: Mapping[str, Node], field: str, defaults: Defaults
) -> tuple[Convert, str]:
    if kind in ("int", "float"):
        style = _number_style(parts, field)
        convert = to_int(style) if kind == "int" else to_float(style)
        return convert, "is not a whole number" if kind == "int" else "is not a number"
    if kind in ("date", "datetime"):
        dates = _date_style(parts, field, defaults)
        fits = "in any of the listed formats" if dates.formats else "in ISO 8601"
        convert = to_date(dates) if kind == "date" else to_datetime(dates)
        return convert, f"is not a {kind} {fits}"
    if kind == "boolean":
        return to_boolean, "is neither true nor false"
    return to_text, ""


def _number_style(parts: Mapping[str, Node], field: str) -> NumberStyle:
    plain = NumberStyle()
    thousands = _sign(parts, "thousands", field)
    # Where a point stands between thousands, the other sign is meant.
    otherwise = "," if thousands == plain.decimal else plain.decimal
    decimal = _sign(parts, "decimal", field) or otherwise
    if decimal == thousands:
        line = nodes.line_of(parts["thousands"])
        raise MappingInvalid(line, f"{field}: decimal and thousands are the same sign")
    if "grouping" not in parts:
        return NumberStyle(decimal, thousands)
    if not thousands:
        line = nodes.line_of(parts["grouping"])
        raise MappingInvalid(line, f"{field}: grouping needs thousands, the sign between groups")
    return NumberStyle(decimal, thousands, _grouping(parts["grouping"], field))


def _sign(parts: Mapping[str, Node], name: str, field: str) -> str:
    sign = nodes.text(parts[name], f"{field}: {name}") if name in parts else ""
    if len(sign) > 1 or sign.isalnum() or sign in ("+", "-"):
        raise MappingInvalid(
            nodes.line_of(parts[name]), f"{field}: {name} must be one sign, such as . or ,"
        )
    return sign


def _grouping(node: Node, field: str) -> tuple[int, ...]:
    what = f"{field}: grouping"
    listed = [node] if isinstance(node, ScalarNode) else nodes.items(node, what)
    sizes = tuple(nodes.integer(item, what) for item in listed)
    if min(sizes) < 1:
        raise MappingInvalid(nodes.line_of(node), f"{what} holds sizes of groups, such as 3")
    return sizes


def _date_style(parts: Mapping[str, Node], field: str, defaults: Defaults) -> DateStyle:
    formats = nodes.texts(parts["formats"], f"{field}: formats") if "formats" in parts else ()
    zone = zone_of(parts["timezone"], f"{field}: timezone") if "timezone" in parts else None
    pivot = nodes.integer(parts["pivot"], f"{field}: pivot") if "pivot" in parts else None
    return DateStyle(formats, zone or defaults.zone, pivot)
