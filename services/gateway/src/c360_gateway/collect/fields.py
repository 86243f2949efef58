"""Reads the fields of one raw item; the first thing that is wrong refuses the item."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import cast

from c360_kernel.catalog.lost_digits import has_lost_digits
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.placeholders import stands_for_nothing
from c360_kernel.catalog.text import clean
from c360_kernel.catalog.values import ValueProblem, check_identifiers, check_source
from c360_kernel.nearest import did_you_mean
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.value_types import TimeUnitUnclear, TypeMismatch, typed

from c360_gateway.collect.items import RawItem, Refusal

FIELD_MISSING = "FIELD_MISSING"
FIELD_TYPE = "FIELD_TYPE"
FIELD_TOO_LONG = "FIELD_TOO_LONG"
DIGITS_LOST = "DIGITS_LOST"
UNKNOWN_FIELD = "UNKNOWN_FIELD"
KEY_PLACEHOLDER = "KEY_PLACEHOLDER"
_LONGEST_NAME = 512
_REF_FIELDS = frozenset(("source", "key"))


class Refused(Exception):
    """The item is refused."""

    def __init__(self, code: str, path: str, message: str) -> None:
        super().__init__(code)
        self.refusal = Refusal(code, path, message)


def refuse_first(problems: Iterable[ValueProblem | None]) -> None:
    """Refuse the item for the first problem, if there is one."""
    for problem in problems:
        if problem is not None:
            raise Refused(*problem)


def item_of(given: object, fields: frozenset[str]) -> RawItem:
    """What was sent as an item: an object that has no other fields."""
    if not isinstance(given, dict):
        raise Refused(FIELD_TYPE, "", "an item is an object of fields and values")
    item = cast("dict[str, object]", given)
    for name in item:
        if name not in fields:
            message = f"unknown field '{name}'{did_you_mean(name, fields)}"
            raise Refused(UNKNOWN_FIELD, name, message)
    return item


def name_of(item: RawItem, field: str) -> str:
    """A text that names something: given, not empty, at most 512 characters."""
    raw = item.get(field)
    if raw is None or raw == "":
        raise Refused(FIELD_MISSING, field, f"{field} is missing")
    text = clean(_typed_text(raw, field))
    if not text:
        raise Refused(FIELD_MISSING, field, f"{field} is missing")
    if len(text) > _LONGEST_NAME:
        raise Refused(FIELD_TOO_LONG, field, f"{field} has more than {_LONGEST_NAME} characters")
    return text


def optional_name(item: RawItem, field: str) -> str:
    """A name that may be left out: then it is empty."""
    return name_of(item, field) if item.get(field) not in (None, "") else ""


def record_of(item: RawItem, catalog: Catalog) -> RecordKey:
    """The source record that the item is about."""
    source = name_of(item, "source")
    refuse_first([check_source(catalog, source)])
    return RecordKey(source, sole_name_of(item, "key"))


def record_in(item: RawItem, field: str, catalog: Catalog) -> RecordKey:
    """The source record that a field of the item names, `{source, key}`."""
    given = item.get(field)
    if given is None:
        raise Refused(FIELD_MISSING, field, f"{field} is missing")
    try:
        return record_of(item_of(given, _REF_FIELDS), catalog)
    except Refused as refused:
        refusal = refused.refusal
        path = f"{field}.{refusal.path}" if refusal.path else field
        raise Refused(refusal.code, path, refusal.message) from None


def sole_name_of(item: RawItem, field: str) -> str:
    """A name that one thing has: `undefined` and a spreadsheet's `4.4E+17` name many."""
    name = name_of(item, field)
    if stands_for_nothing(name):
        message = f"{field} is a word for no value, which names nothing"
        raise Refused(KEY_PLACEHOLDER, field, message)
    if has_lost_digits(name):
        raise Refused(DIGITS_LOST, field, f"{field} is a number that has lost digits")
    return name


def instant_of(item: RawItem, field: str) -> int | None:
    """An instant in milliseconds, from ISO 8601 text or a number; None when it is not given."""
    raw = item.get(field)
    return None if raw is None else cast(int, _typed(raw, "datetime", field))


def integer_of(item: RawItem, field: str) -> int | None:
    """A whole number of 64 bits; None when it is not given."""
    raw = item.get(field)
    return None if raw is None else cast(int, _typed(raw, "int", field))


def flag_of(item: RawItem, field: str) -> bool:
    """True or false; false when it is not given."""
    raw = item.get(field)
    return False if raw is None else cast(bool, _typed(raw, "boolean", field))


def values_of(item: RawItem, field: str) -> Mapping[str, object]:
    """An object of named values; empty when it is not given."""
    raw = item.get(field)
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise Refused(FIELD_TYPE, field, f"{field} is an object of names and values")
    return cast("dict[str, object]", raw)


def identifiers_of(item: RawItem, catalog: Catalog) -> tuple[Identifier, ...]:
    """The item's identifiers, from a list of `{type, value}`."""
    checked = check_identifiers(catalog, _pairs_of(item, catalog))
    refuse_first(checked.problems)
    return checked.identifiers


def identifier_types_of(item: RawItem, catalog: Catalog) -> tuple[str, ...]:
    """The types that the item's identifiers name, those without a value too."""
    return tuple(dict.fromkeys(type_ for type_, _ in _pairs_of(item, catalog)))


def _pairs_of(item: RawItem, catalog: Catalog) -> list[tuple[str, object]]:
    raw = item.get("identifiers")
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise Refused(FIELD_TYPE, "identifiers", "identifiers is a list of {type, value}")
    known = catalog.written_identifiers
    return [_pair(one, index, known) for index, one in enumerate(cast("list[object]", raw))]


def _pair(raw: object, index: int, known: Container[str]) -> tuple[str, object]:
    path = f"identifiers[{index}]"
    if not isinstance(raw, dict) or set(cast("dict[object, object]", raw)) != {"type", "value"}:
        raise Refused(FIELD_TYPE, path, "an identifier is an object {type, value}")
    pair = cast("dict[str, object]", raw)
    return _type_of(_typed_text(pair["type"], f"{path}.type"), known), pair["value"]


def _type_of(text: str, known: Container[str]) -> str:
    """The catalog's name of an identifier type, which the schema spells in capitals."""
    return text if text in known or text.lower() not in known else text.lower()


def _typed_text(raw: object, path: str) -> str:
    return cast(str, _typed(raw, "string", path))


def _typed(raw: object, kind: str, path: str) -> object:
    try:
        return typed(raw, kind)  # type: ignore[arg-type]
    except TimeUnitUnclear as unclear:
        raise Refused(unclear.code, path, unclear.message) from None
    except TypeMismatch as mismatch:
        raise Refused(FIELD_TYPE, path, mismatch.message) from None
