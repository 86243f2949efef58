"""Destinations are read strictly: each fault has its place, and the name that was meant."""

import pytest
from c360_kernel.catalog import CatalogError
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.model import HashedTrait
from c360_kernel.catalog.targets.file import File
from c360_kernel.catalog.targets.mail import Mail
from c360_kernel.catalog.targets.request import Accepted, Request
from c360_kernel.catalog.targets.topic import Topic
from c360_kernel.catalog.targets.webhook import Webhook

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
    assert (one.name, one.kind, one.target) == (
        "mailer", "webhook", Webhook("https://hooks.example/c360")
    )  # fmt: skip
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


_COMMON = "roles: [mailer], purpose: marketing, profile: true, traits: [email, city]"
_REQUEST = (
    "kind: request, method: PUT, url: 'https://crm.example:8443/v1/{customer}?c={traits.city}',"
    " headers: {Authorization: 'Bearer {secret.token}'},"
    " body: {mail: '{traits.email}', list: [{deep: '{type}'}, 7]},"
    " accepted: {statuses: [200, 409], where: {'errors[0].code': ['0', ok]}}"
)
_MAIL = (
    "kind: mail, server: 'smtp.example:587', from: 'Läden <shop@shop.example>', to: traits.email,"
    " subject: 'Hi {traits.city}', text: 'Bye'"
)
_KINDS = {
    _REQUEST: Request(
        "https://crm.example:8443/v1/{customer}?c={traits.city}",
        "PUT",
        {"authorization": "Bearer {secret.token}"},
        {"mail": "{traits.email}", "list": [{"deep": "{type}"}, 7]},
        Accepted((200, 409), {"errors[0].code": ("0", "ok")}),
    ),
    "kind: file, format: csv": File("csv"),
    "kind: topic, topic: crm.customers": Topic("crm.customers"),
    _MAIL: Mail(
        "smtp.example", 587, "Läden <shop@shop.example>", "traits.email", "Hi {traits.city}", "Bye"
    ),
    _MAIL.replace("smtp.example", "[2a00::1]") + ", tls: none": Mail(
        "2a00::1", 587, "Läden <shop@shop.example>", "traits.email", "Hi {traits.city}", "Bye",
        tls="none",
    ),
}  # fmt: skip


def _of(settings: str):
    return _read(f"  mailer: {{{settings}, {_COMMON}}}\n").destinations["mailer"]


@pytest.mark.parametrize("settings", _KINDS)
def test_each_kind_has_settings_of_its_own(settings: str):
    one = _of(settings)
    assert one.target == _KINDS[settings]
    assert settings.startswith(f"kind: {one.kind}")


@pytest.mark.parametrize("settings", _KINDS)
def test_another_setting_of_a_kind_is_another_catalog(settings: str):
    head = f"  mailer: {{{settings}, {_COMMON}}}\n"
    other = head.replace("crm", "erp").replace("csv", "jsonl").replace("587", "25")
    assert head != other
    assert _read(head).digest != _read(other).digest


@pytest.mark.parametrize(
    ("settings", "before", "after", "path", "said"),
    [
        (_REQUEST, "method: PUT", "method: PUTT", "method", "did you mean 'PUT'"),
        (_REQUEST, "headers:", "header:", "header", "did you mean 'headers'"),
        (_REQUEST, "{customer}", "{custmer}", "url", "did you mean 'customer'"),
        (_REQUEST, "crm.example", "{customer}", "url", "must be https://"),
        (_REQUEST, "crm.example", "{customer}.example", "url", "must be https://"),
        (_REQUEST, "https://crm.example:8443", "{customer}", "url", "must be https://"),
        (_REQUEST, "crm.example:8443/", "crm.example:{customer}/", "url", "must be https://"),
        (_REQUEST, "crm.example:8443/", "u@crm.example/", "url", "must be https://"),
        (_REQUEST, "v1/{customer}", "v1/{secret.token}", "url", "unknown name 'secret.token'"),
        (_REQUEST, "Authorization", "Host", "headers.Host", "no header that may be given"),
        (_REQUEST, "Authorization", "'a b'", "headers.a b", "no header that may be given"),
        (_REQUEST, "{secret.token}", "{secret.TOKEN}", "headers", "unknown name"),
        (_REQUEST, "'{type}'", "'{typ}'", "body.list[0].deep", "did you mean 'type'"),
        (_REQUEST, "{traits.email}", "{traits.phone}", "body.mail", "unknown name"),
        (_REQUEST, "{traits.email}", "a { b", "body.mail", "a single {"),
        (_REQUEST, "method: PUT", "method: GET", "body", "a GET has no body"),
        (_REQUEST, "statuses: [200", "statuses: [99", "accepted", "a status is from"),
        (_REQUEST, "statuses:", "status:", "accepted.status", "did you mean 'statuses'"),
        (_REQUEST, "errors[0].code", "errors[0]..code", "accepted.where", "must be the path"),
        ("kind: file, format: csv", "csv", "cvs", "format", "did you mean 'csv'"),
        ("kind: file, format: csv", "format", "url", "url", "unknown field 'url'"),
        ("kind: topic, topic: crm", "topic: crm", "topic: 'a b'", "topic", "a topic has letters"),
        ("kind: topic, topic: crm", "topic: crm", "topic: ..", "topic", "a topic has letters"),
        (_MAIL, "smtp.example:587", "smtp.example", "server", "must be HOST:PORT"),
        (_MAIL, "smtp.example:587", "smtp.example:99999", "server", "must be HOST:PORT"),
        (_MAIL, "to: traits.email", "to: traits.emial", "to", "did you mean 'traits.email'"),
        (_MAIL, "shop@shop.example>", "shop>", "from", "must be ADDRESS"),
        (_MAIL, "'Läden <shop@shop.example>'", '"a\\nb <s@s.example>"', "from", "must be ADDRESS"),
        (_MAIL, "text: 'Bye'", "text: '{traits.ctiy}'", "text", "did you mean 'traits.city'"),
        (_MAIL, "text: 'Bye'", "text: 'Bye', tls: startls", "tls", "did you mean 'starttls'"),
    ],
)
def test_a_fault_of_a_kind_is_said_with_its_path(settings, before, after, path, said):
    assert before in settings
    with pytest.raises(CatalogError) as refused:
        _of(settings.replace(before, after))
    assert said in str(refused.value)
    assert f"destinations.mailer.{path}" in str(refused.value)


def test_what_goes_along_may_be_hashed_and_mapped():
    more = "hashes: {em: {trait: email, form: meta_email}}, fields: {City: {column: traits.city}}"
    one = _of(f"kind: file, format: csv, {more}, types: [segment.left]")
    assert one.hashes == {"em": HashedTrait("email", "meta_email")}
    assert one.fields == {"City": {"column": "traits.city"}}
    assert (one.types, one.asked) == (("segment.left",), ("email", "city"))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("hashes: {em: {trait: emial, form: meta_email}}", "did you mean 'email'"),
        ("hashes: {em: {trait: email, form: meta_mail}}", "did you mean 'meta_email'"),
        ("hashes: {em: {trait: email}}", "'form' is missing"),
        ("sync: true, types: [segment.left]", "it is told of rows"),
        ("sync: yes please", "must be true or false"),
        ("types: [segment.entred]", "did you mean 'segment.entered'"),
    ],
)
def test_what_cannot_go_along_is_said_with_its_path(more: str, said: str):
    with pytest.raises(CatalogError) as refused:
        _of(f"kind: file, format: csv, {more}")
    assert said in str(refused.value)
    assert "destinations.mailer" in str(refused.value)
