"""Leaves are what their types say, or an error at their place (GraphQL 6.4.3)."""

import json
import math

import pytest
from c360_federation.project.leaves import Never, enum, exact_type, scalar
from c360_federation.project.problems import NULLED, Problems
from hypothesis import given
from hypothesis import strategies as st

MOST = 2**31 - 1


def read(reader, value):
    """What is read, and how many errors were told."""
    problems = Problems(lambda _: None)
    made = reader(value, (None, "a"), problems)
    errors = problems.finish()
    assert all(one["path"] == ["a"] and one["extensions"]["code"] for one in errors)
    return made, len(errors)


UNFIT = (NULLED, 1)
FITS = [
    ("Int", 0), ("Int", MOST), ("Int", -MOST - 1), ("Float", 1.5), ("Float", 2), ("Float", -0.0),
    ("Float", 2**63 - 1), ("Float", 1 - 2**63), ("String", ""), ("String", "é"), ("ID", "x"),
    ("Boolean", True), ("Boolean", False), ("Any", {"a": [1, None, {"b": 2.5}]}),
    ("Any", 2**64 - 1), ("Any", -(2**63)), ("Any", True),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), FITS)
def test_what_fits_passes_as_it_is(name, value):
    made, errors = read(scalar(name), value)
    assert (made, type(made), errors) == (value, type(value), 0)
    assert read(scalar(name), None) == (None, 0)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Int", 7.0, 7),
        ("Int", float(MOST), MOST),
        ("Int", float(-MOST - 1), -MOST - 1),
        ("ID", 7, "7"),
        ("ID", -(2**70), str(-(2**70))),
        ("Float", 2**63, float(2**63)),
        ("Float", -(2**63), -float(2**63)),
        ("Any", 2**64, float(2**64)),
        ("Any", -(2**63) - 1, float(-(2**63))),
        ("Any", [2**64], [float(2**64)]),
    ],
)
def test_what_means_a_value_of_the_type_is_made_one(name, value, expected):
    made, errors = read(scalar(name), value)
    assert (made, type(made), errors) == (expected, type(expected), 0)
    assert json.loads(json.dumps(made)) == made


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Int", MOST + 1), ("Int", -MOST - 2), ("Int", float(MOST + 1)), ("Int", float(-MOST - 2)),
        ("Int", 1.5), ("Int", "1"), ("Int", True), ("Int", math.inf), ("Int", math.nan),
        ("Int", [1]),
        ("Float", "1"), ("Float", True), ("Float", math.inf), ("Float", -math.inf),
        ("Float", math.nan), ("Float", 10**400), ("Float", {}), ("String", 1), ("String", True),
        ("String", []), ("Boolean", 1), ("Boolean", "true"), ("ID", 1.0), ("ID", True), ("ID", {}),
        ("Any", math.nan), ("Any", [math.inf]), ("Any", {"a": {"b": 10**400}}), ("Any", ...),
        ("Any", [...]),
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not_fit_is_one_error_and_no_value(name, value):
    assert read(scalar(name), value) == UNFIT


@given(st.integers() | st.floats())
def test_a_number_is_an_int_if_it_is_whole_and_of_32_bits(value):
    made, errors = read(scalar("Int"), value)
    fits = math.isfinite(value) and value == int(value) and -MOST - 1 <= value <= MOST
    assert (made, errors) == ((int(value), 0) if fits else UNFIT)


def nested(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


def test_a_scalar_without_a_form_is_nested_so_deep_and_no_deeper():
    assert read(scalar("Any"), nested(128)) == (nested(128), 0)
    assert read(scalar("Any"), nested(129)) == UNFIT


@pytest.mark.parametrize(
    ("name", "exact"),
    [("String", str), ("ID", str), ("Boolean", bool), ("Int", int), ("Float", Never), ("X", Never)],
)
def test_the_type_whose_values_need_no_reader(name, exact):
    assert exact_type(name) is exact


def test_an_enum_shows_what_may_be_seen():
    reader = enum("Kind", frozenset({"X", "Y"}))
    assert read(reader, "X") == ("X", 0)
    assert read(reader, None) == (None, 0)
    assert read(reader, "HIDDEN") == UNFIT
    for wrong in (5, True, ["X"], {"X": 1}):
        assert read(reader, wrong) == UNFIT
