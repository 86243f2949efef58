"""The mailbox of an address: what its provider reads, kept apart from the address itself."""

from __future__ import annotations

import pytest
from c360_kernel.catalog.document import CatalogError
from c360_kernel.catalog.loader import default_catalog, default_catalog_text, parse_catalog
from c360_kernel.catalog.normalizers import Normalizers, Refusal
from c360_kernel.catalog.values import check_identifiers
from c360_kernel.record import Identifier
from hypothesis import given, settings
from hypothesis import strategies as st

CATALOG = default_catalog()
NORMALIZERS = Normalizers(CATALOG)
HOSTS = (
    *("gmail.com", "googlemail.com", "outlook.com", "icloud.com", "me.com", "proton.me", "pm.me"),
    *("yandex.com", "ya.ru", "example.com", "qq.com"),
)
_LOCALS = st.from_regex(r"[a-z]{3,9}(\.[a-z]{1,5})?(\+[a-z]{0,4})?", fullmatch=True)


def mailbox_of(address: str) -> str | None:
    identifier = NORMALIZERS.normalize(Identifier("email", address), "US")
    assert identifier is not None
    made = NORMALIZERS.derived(identifier)
    assert {one.type for one in made} <= {"mailbox"}
    return made[0].value if made else None


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("Jane.Roe+Shop@Gmail.com", "janeroe@gmail.com"),
        ("j.a.n.e.roe@googlemail.com", "janeroe@gmail.com"),
        ("janeroe@gmail.com", "janeroe@gmail.com"),
        ("jane.roe+a+b@outlook.com", "jane.roe@outlook.com"),
        ("jane.roe@hotmail.com", "jane.roe@hotmail.com"),
        ("jane.roe+x@me.com", "jane.roe@icloud.com"),
        ("Jane-Roe_x.y+z@pm.me", "janeroexy@proton.me"),
        ("jane-roe@ya.ru", "jane.roe@yandex.ru"),
        ("ｊａｎｅ．ｒｏｅ＠gmail.com", "janeroe@gmail.com"),
        # What a host of anybody's reads nobody knows; QQ has no tags, and dots are read there.
        ("jane.roe+shop@example.com", None),
        ("10001.x+1@qq.com", None),
        ("jane.roe@gmail.com.example.com", None),
        ("jane.roe@mygmail.com", None),
        # What is left is nobody's, as it is where it is written.
        ("+shop@gmail.com", None),
        ("test+1@gmail.com", None),
        ("in.fo@gmail.com", None),
    ],
)
def test_the_mailbox_is_what_its_provider_reads(address: str, mailbox: str | None) -> None:
    assert mailbox_of(address) == mailbox


@given(_LOCALS, st.sampled_from(HOSTS))
@settings(max_examples=150, deadline=None)
def test_a_mailbox_is_its_own_mailbox_and_the_address_stays_as_it_is(local: str, host: str) -> None:
    address = f"{local}@{host}"
    identifier = NORMALIZERS.normalize(Identifier("email", address), "US")
    if identifier is None:
        return
    assert identifier.value == address
    mailbox = mailbox_of(address)
    if mailbox is not None:
        assert mailbox_of(mailbox) == mailbox
        found = NORMALIZERS.judge(Identifier("mailbox", address), "US")
        assert found == Identifier("mailbox", mailbox)


def test_nothing_else_has_a_mailbox() -> None:
    assert NORMALIZERS.derived(Identifier("phone", "+8613812345678")) == ()
    judged = NORMALIZERS.judge(Identifier("mailbox", "jane.roe@example.com"), "US")
    assert judged is Refusal.MALFORMED


def test_no_source_says_a_mailbox() -> None:
    checked = check_identifiers(CATALOG, [("mailbox", "janeroe@gmail.com")])
    assert not checked.identifiers
    assert [one.code for one in checked.problems] == ["UNKNOWN_IDENTIFIER"]


@pytest.mark.parametrize(
    ("given_", "instead", "told"),
    [
        ("    derivedFrom: email\n", "", "needs 'derivedFrom'"),
        ("derivedFrom: email", "derivedFrom: phone", "makes nothing of"),
        ("derivedFrom: email", "derivedFrom: e_mail", "names no identifier type"),
        ("derivedFrom: email", "derivedFrom: mailbox", "names no identifier type"),
        ("derivedFrom: email\n    tier: 3", "derivedFrom: email\n    tier: 2", "weaker"),
        ("fan: 4\n    tag: email\n    desc", "fan: 4\n    tag: phone\n    desc", "its tag"),
        ("derivedFrom: email", "derivedFrom: email\n    limit: 2", "has no limit"),
        ("derivedFrom: email", "derivedFrom: email\n    separates: true", "does not separate"),
        ("identifier: email", "identifier: mailbox", "unknown identifier 'mailbox'"),
    ],
)
def test_what_a_derived_type_may_not_say(given_: str, instead: str, told: str) -> None:
    text = default_catalog_text()
    before, mailbox, after = text.partition("  mailbox:\n")
    part = f"{before}{mailbox}{after.replace(given_, instead, 1)}"
    assert part != text
    with pytest.raises(CatalogError, match=told):
        parse_catalog(part, "catalog.yaml")
