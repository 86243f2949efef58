"""`fields:` are expressions of the mapping language, and what is wrong with one has its path."""

from dataclasses import replace

import pytest
from c360_activation.domain.parcel import parcel_of
from c360_activation.domain.telling import Told
from c360_activation.handlers.mapped_fields import fields_of
from c360_activation.testing.entries import MAILER, message
from c360_kernel.errors import SettingsError
from c360_mapping.refusals import RowRefused

TOLD = Told("c1", {"city": "Hangzhou", "tags": ["a", "b"], "born": "1990-05-01", "name": None})
ONE = replace(MAILER, traits=("city", "tags", "born", "name"))


def _fields(given):
    return fields_of(replace(ONE, fields=given))


def _made(given):
    fields = _fields(given)
    return parcel_of(message("m"), TOLD, ONE, fields).fields


def test_each_field_is_what_its_expression_makes():
    assert _made(
        {
            "Id": "customer",
            "City": {"column": "traits.city", "map": {"Hangzhou": "HZ"}},
            "Hello": {"template": "Dear {traits.name} of {traits.city}"},
            "First": {"first": ["traits.name", "traits.city"]},
            "Source": {"constant": 7},
            "Tags": {"column": "traits.tags[]", "type": "strings"},
            "Born": {"column": "traits.born", "type": "datetime"},
            "Gold": {"constant": True, "when": {"segment": "gold"}},
            "Left": {"constant": True, "when": {"type": "segment.left"}},
            "Name": "traits.name",
        }
    ) == {
        "Id": "c1",
        "City": "HZ",
        "Hello": "Dear of Hangzhou",
        "First": "Hangzhou",
        "Source": 7,
        "Tags": ["a", "b"],
        "Born": "1990-05-01T00:00:00.000Z",
        "Gold": True,
        "Left": None,
        "Name": None,
    }


def test_a_destination_without_fields_has_none():
    assert _fields({}) is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("traits.ctiy", "unknown name 'traits.ctiy', did you mean 'traits.city'"),
        ({"colum": "traits.city"}, "did you mean 'column'"),
        ({"column": "traits.city", "type": "integer"}, "must be one of"),
        ({"column": "traits.city", "when": {"segmnt": "gold"}}, "unknown name 'segmnt'"),
        ({"template": "{traits.phone}"}, "unknown name 'traits.phone'"),
        ({"column": "traits.a..b"}, "is not a path"),
        (None, "names no column"),
        ([], "mapping of keys"),
        ({}, "needs exactly one of"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_path(given, said):
    with pytest.raises(SettingsError) as refused:
        _fields({"City": given})
    assert refused.value.code == "DESTINATION_INVALID"
    assert said in refused.value.message
    assert "destinations.mailer.fields.City" in refused.value.message
    assert "line 1" not in refused.value.message


def test_a_value_that_an_expression_does_not_take_names_its_field_and_no_value():
    with pytest.raises(RowRefused) as refused:
        _made({"City": {"column": "traits.city", "type": "int"}})
    assert refused.value.code == "VALUE_INVALID"
    assert "Hangzhou" not in refused.value.message
