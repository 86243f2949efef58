"""Destinations are read strictly: each fault has its place, and the name that was meant."""

import pytest
from c360_kernel.catalog import CatalogError
from c360_kernel.catalog.loader import parse_catalog

_HEAD = """
sources: {crm: {priority: 0}}
traits:
  email: {type: string, tag: email}
  city: {type: string, tag: city}
purposes: {marketing: {}}
segments: {gold: {condition: {trait: city, op: equals, value: Paris}}}
destinations:
"""
_GOOD = """
  mailer:
    kind: webhook
    url: https://hooks.example/c360
    roles: [mailer]
    purpose: marketing
    segments: [gold]
    profile: true
    traits: [email]
"""


def _read(text: str):
    return parse_catalog(_HEAD + text, "catalog.yaml")


def test_a_destination_is_read():
    (one,) = _read(_GOOD).destinations.values()
    assert (one.name, one.kind, one.url) == ("mailer", "webhook", "https://hooks.example/c360")
    assert (one.roles, one.purpose) == (("mailer",), "marketing")
    assert (one.segments, one.profile, one.traits) == (("gold",), True, ("email",))


def test_another_destination_is_another_catalog():
    assert _read(_GOOD).digest != _read(_GOOD.replace("hooks", "hook")).digest


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("kind: webhook", "kind: webhok", "did you mean 'webhook'"),
        ("segments: [gold]", "segments: [gol]", "did you mean 'gold'"),
        ("traits: [email]", "traits: [emial]", "did you mean 'email'"),
        ("purpose: marketing", "purpose: marketin", "did you mean 'marketing'"),
        ("roles:", "role:", "did you mean 'roles'"),
        ("traits: [email]", "secret: whsec_x", "unknown field 'secret'"),
        ("https://hooks.example/c360", "ftp://hooks.example", "must be https://"),
        ("https://hooks.example/c360", "https://a:b@hooks.example", "must be https://"),
        ("https://hooks.example/c360", "https://hooks.example:99999/", "must be https://"),
        ("https://hooks.example/c360", "https:///c360", "must be https://"),
    ],
)
def test_a_fault_is_said_with_its_place(before: str, after: str, said: str):
    with pytest.raises(CatalogError) as refused:
        _read(_GOOD.replace(before, after))
    assert said in str(refused.value)
    assert "destinations.mailer" in str(refused.value)


def test_a_name_is_no_longer_than_that_of_a_key():
    longest = "m" * 51
    assert list(_read(_GOOD.replace("mailer:", f"{longest}:")).destinations) == [longest]
    with pytest.raises(CatalogError, match="51 characters"):
        _read(_GOOD.replace("mailer:", f"{longest}m:"))


def test_one_that_is_sent_nothing_is_refused():
    with pytest.raises(CatalogError, match="sent nothing"):
        _read(_GOOD.replace("segments: [gold]", "").replace("profile: true", ""))
