from __future__ import annotations

import math

import pytest
from c360_kernel.catalog import values
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.record import Identifier, TraitValue
from c360_kernel.value_types import TypeMismatch, ValueType, format_instant, parse_instant, typed
from hypothesis import given, settings
from hypothesis import strategies as st

CATALOG = parse_catalog(
    """
identifiers:
  phone: {normalizer: phone, tier: 2, tag: phone}
traits:
  name: {type: string, tag: name}
  code: {type: string, tag: public, pattern: "[a-z]{2}"}
  tier: {type: string, tag: public, choices: [gold, silver]}
  points: {type: int, tag: public, minimum: 0, maximum: 10}
  spend: {type: float, tag: public, minimum: 0.5}
  born: {type: date, tag: public, minimum: 1900-01-01, maximum: "2020-12-31"}
  until: {type: date, tag: public, maximum: 2030-01-01}
  note: {type: string, tag: public, longest: 5}
  words: {type: strings, tag: public, longest: 3}
  phones: {type: strings, tag: phone, identifier: phone}
  phone: {type: string, tag: phone, identifier: phone}
events:
  bought: {properties: {amount: {type: float, tag: financial}, at: {type: datetime, tag: public}}}
sources: {crm: {priority: 0}}
purposes: {marketing: {}}
""",
    "catalog.yaml",
)
SECRET = "13812345678"


def test_good_traits_are_typed_and_null_is_left_out() -> None:
    raw = {"name": "王伟", "points": 3, "spend": 5, "phones": ["1", "2"], "tier": None}
    checked = values.check_traits(CATALOG, raw)
    assert checked.problems == ()
    assert checked.values == {"name": "王伟", "points": 3, "spend": 5.0, "phones": ("1", "2")}


def test_bounds_of_dates_and_texts_are_within() -> None:
    raw = {"born": "1900-01-01", "until": "0001-01-01", "note": "张三李四王", "words": ["abc"]}
    assert values.check_traits(CATALOG, raw).problems == ()
    assert values.check_traits(CATALOG, {"born": "2020-12-31"}).problems == ()


@pytest.mark.parametrize(
    ("name", "value", "code", "message"),
    [
        ("nmae", SECRET, "UNKNOWN_TRAIT", "unknown trait 'nmae', did you mean 'name'?"),
        ("name", 13812345678, "TRAIT_TYPE", "expected text, found a number"),
        ("name", "a\0b", "TRAIT_TYPE", "expected text, found a NUL character"),
        ("name", "\ud800", "TRAIT_TYPE", "expected text, found broken Unicode"),
        ("code", SECRET, "TRAIT_PATTERN", "does not match the pattern of 'code'"),
        ("code", "abc", "TRAIT_PATTERN", "does not match the pattern of 'code'"),
        ("tier", SECRET, "TRAIT_CHOICE", "is none of gold, silver"),
        ("points", 11, "TRAIT_RANGE", "must be at least 0 and at most 10"),
        ("points", SECRET, "TRAIT_TYPE", "expected a whole number, found text"),
        ("spend", 0, "TRAIT_RANGE", "must be at least 0.5"),
        ("born", "1899-12-31", "TRAIT_RANGE", "must be at least 1900-01-01 and at most 2020-12-31"),
        ("born", "2021-01-01", "TRAIT_RANGE", "must be at least 1900-01-01 and at most 2020-12-31"),
        ("until", "2030-01-02", "TRAIT_RANGE", "must be at most 2030-01-01"),
        ("note", SECRET, "TRAIT_LENGTH", "has more than 5 characters"),
        ("words", ["abc", "abcd"], "TRAIT_LENGTH", "has more than 3 characters"),
        ("phones", SECRET, "TRAIT_TYPE", "expected a list of texts, found text"),
        ("phones", [1], "TRAIT_TYPE", "expected text, found a number"),
    ],
)
def test_a_bad_trait_is_told_by_code_and_path_without_its_value(
    name: str, value: object, code: str, message: str
) -> None:
    checked = values.check_traits(CATALOG, {"phone": "1", name: value}, "records[2].traits")
    assert checked.values == {"phone": "1"}
    assert checked.problems == ((code, f"records[2].traits.{name}", message),)
    assert SECRET not in str(checked.problems)


def test_events_and_their_properties() -> None:
    good = values.check_properties(CATALOG, "bought", {"amount": 3, "at": "1970-01-01T00:00:01Z"})
    assert good == values.CheckedValues({"amount": 3.0, "at": 1000}, ())
    bad = values.check_properties(CATALOG, "bought", {"amount": "3", "amont": 3})
    assert [(p.code, p.path) for p in bad.problems] == [
        ("PROPERTY_TYPE", "properties.amount"),
        ("UNKNOWN_PROPERTY", "properties.amont"),
    ]
    unknown = values.check_properties(CATALOG, "boght", {"amount": 3})
    assert unknown.problems == (
        ("UNKNOWN_EVENT", "name", "unknown event 'boght', did you mean 'bought'?"),
    )


def test_identifiers_keep_the_raw_value() -> None:
    raw = [("phone", " 138 "), ("fone", SECRET), ("phone", 138), ("phone", None)]
    checked = values.check_identifiers(CATALOG, raw)
    assert checked.identifiers == (Identifier("phone", " 138 "),)
    assert [(p.code, p.path) for p in checked.problems] == [
        ("UNKNOWN_IDENTIFIER", "identifiers[1].type"),
        ("IDENTIFIER_TYPE", "identifiers[2].value"),
    ]


def test_traits_that_are_identifiers_observe_them() -> None:
    found = values.trait_identifiers(CATALOG, {"name": "x", "phone": "1", "phones": ("2", "3")})
    assert found == tuple(Identifier("phone", value) for value in "123")


def test_sources_and_purposes() -> None:
    assert values.check_source(CATALOG, "crm") is None
    assert values.check_purpose(CATALOG, "marketing") is None
    source = values.check_source(CATALOG, "cmr", "items[0].source")
    assert source == (
        "UNKNOWN_SOURCE",
        "items[0].source",
        "unknown source 'cmr', did you mean 'crm'?",
    )
    purpose = values.check_purpose(CATALOG, "x" * 1000)
    assert purpose is not None
    assert purpose.code == "UNKNOWN_PURPOSE"
    assert len(purpose.message) < 100


@pytest.mark.parametrize(
    ("raw", "type_", "value"),
    [
        (2**63 - 1, "int", 2**63 - 1),
        (2**53, "float", float(2**53)),
        (True, "boolean", True),
        ("2024-02-29", "date", "2024-02-29"),
        ("1969-12-31T23:59:59.999Z", "datetime", -1),
        ("1970-01-01 08:00+08:00", "datetime", 0),
        (-40_000_000_000, "datetime", -40_000_000_000),
        ((), "strings", ()),
    ],
)
def test_typed_values(raw: object, type_: ValueType, value: TraitValue) -> None:
    assert typed(raw, type_) == value


@pytest.mark.parametrize(
    ("raw", "type_"),
    [
        (True, "int"),
        (5.0, "int"),
        ("5", "int"),
        (2**63, "int"),
        (True, "float"),
        (2**53 + 1, "float"),
        (math.nan, "float"),
        (math.inf, "float"),
        ("1.5", "float"),
        (1, "boolean"),
        ("true", "boolean"),
        ("2023-02-29", "date"),
        ("20240101", "date"),
        ("2024-01-01T00:00:00Z", "date"),
        ("２０２４-01-01", "date"),
        (0, "date"),
        ("2024-01-01T00:00:00", "datetime"),
        ("2024-01-01", "datetime"),
        ("2024-01-01T25:00:00Z", "datetime"),
        (1.5, "datetime"),
        (10**18, "datetime"),
        (True, "datetime"),
        (None, "string"),
        ({}, "string"),
        (["a", None], "strings"),
    ],
)
def test_nothing_is_guessed(raw: object, type_: ValueType) -> None:
    with pytest.raises(TypeMismatch) as raised:
        typed(raw, type_)
    assert repr(raw) not in raised.value.message


@settings(max_examples=100, deadline=None)
@given(ms=st.integers(-62135596800000, 253402300799999))
def test_an_instant_reads_back_as_it_is_written(ms: int) -> None:
    assert parse_instant(format_instant(ms)) == ms
