from __future__ import annotations

from dataclasses import replace

import pytest
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.catalog.normalizers import Normalizers, Refusal, normalizers_of
from c360_kernel.catalog.normalizers import phone as phones
from c360_kernel.record import Identifier
from hypothesis import assume, given, settings
from hypothesis import strategies as st

NORMALIZERS = Normalizers(default_catalog())
TYPES = sorted(default_catalog().identifiers)
REGIONS = ("CN", "US", "GB", "DE", "CA", "HK", "IT")
quick = settings(max_examples=150, deadline=None)


def value_of(type_: str, raw: str, region: str = "CN") -> str | Refusal:
    answer = NORMALIZERS.judge(Identifier(type_, raw), region)
    return answer if isinstance(answer, Refusal) else answer.value


@pytest.mark.parametrize(
    ("raw", "region", "expected"),
    [
        ("138 1234 5678", "CN", "+8613812345678"),
        ("１３８-１２３４-５６７８", "CN", "+8613812345678"),
        ("+86 138-1234-5678", "US", "+8613812345678"),
        ("0086 13812345678", "CN", "+8613812345678"),
        ("8613812345678", "CN", "+8613812345678"),
        ("010-6552 9988", "CN", "+861065529988"),
        ("800-111-1234", "US", "+18001111234"),
        ("1 (818) 892-2818", "US", "+18188922818"),
        ("+1 818 892 2818", "CN", "+18188922818"),
        ("+7(4812)85-62-34", "US", "+74812856234"),
        ("tel:+44-20-7946-0018", "US", "+442079460018"),
        ("+39 0352 6553537", "US", "+3903526553537"),
        ("800-222-1234 ext. 12", "US", "+18002221234;ext=12"),
        ("221-2412", "US", Refusal.MALFORMED),
        ("92-42-7925774", "US", Refusal.MALFORMED),
        ("call me", "US", Refusal.MALFORMED),
        ("", "CN", Refusal.MALFORMED),
        ("1" * 500, "CN", Refusal.BLOCKED),
        ("2" * 500, "CN", Refusal.BLOCKED),
        ("138 0013 8000", "CN", Refusal.BLOCKED),
        ("+86 13800138000", "US", Refusal.BLOCKED),
        ("00000000", "CN", Refusal.BLOCKED),
        ("N/A", "CN", Refusal.BLOCKED),
    ],
)
def test_phones(raw: str, region: str, expected: str) -> None:
    assert value_of("phone", raw, region) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (" Ann.Lee+shop@Example.COM ", "ann.lee+shop@example.com"),
        ("ａｎｎ＠example.com", "ann@example.com"),
        ('"Jay Jones" <JJones@fmail.com>', "jjones@fmail.com"),
        ("Maria Sentosa<msentosa@fmail.com>", "msentosa@fmail.com"),
        ("mailto:a.b@c-d.co.uk", "a.b@c-d.co.uk"),
        ("李雷@例子.中国", "李雷@xn--fsqu00a.xn--fiqs8s"),
        ("ann@localhost", Refusal.BLOCKED),
        ("ann@host", Refusal.MALFORMED),
        ("ann.@host.com", Refusal.MALFORMED),
        ("a b@host.com", Refusal.MALFORMED),
        ("@host.com", Refusal.MALFORMED),
        ("ann@-host.com", Refusal.MALFORMED),
        ("ab" * 33 + "@host.com", Refusal.MALFORMED),
        ("test@host.com", Refusal.BLOCKED),
        ("Info@Host.com", Refusal.BLOCKED),
        ("null", Refusal.BLOCKED),
    ],
)
def test_emails(raw: str, expected: str) -> None:
    assert value_of("email", raw) == expected


@pytest.mark.parametrize(
    ("raw", "region", "expected"),
    [
        ("11010519491231002x", "CN", "11010519491231002X"),
        ("110105 19491231 002X", "US", "11010519491231002X"),
        ("110105194912310021", "CN", Refusal.MALFORMED),
        ("110105194912310021", "US", "110105194912310021"),
        ("110105194913310028", "CN", Refusal.MALFORMED),
        ("A123456(7)", "CN", "A1234567"),
        ("abcdefgh", "CN", Refusal.MALFORMED),
        ("123", "CN", Refusal.MALFORMED),
        ("000000000", "CN", Refusal.BLOCKED),
    ],
)
def test_national_ids(raw: str, region: str, expected: str) -> None:
    assert value_of("national_id", raw, region) == expected


@pytest.mark.parametrize(
    ("type_", "raw", "expected"),
    [
        ("unionid", " oWx_AbC-1 ", "oWx_AbC-1"),
        ("unionid", "a\x07b", Refusal.MALFORMED),
        ("openid", "wx1: oAbC", "wx1:oAbC"),
        ("openid", "oAbC", Refusal.MALFORMED),
        ("openid", ":oAbC", Refusal.BLOCKED),
        ("member_card", "vip 0012-34a", "VIP001234A"),
        ("member_card", "--- ", Refusal.BLOCKED),
        ("member_card", "!!!", Refusal.BLOCKED),
        ("social_security", "521-21-2123", "521212123"),
        ("social_security", "2123", Refusal.BLOCKED),
        ("device", "00000000-0000-0000-0000-000000000000", Refusal.BLOCKED),
        ("device", "3", Refusal.BLOCKED),
        ("fax", "1", Refusal.UNKNOWN_TYPE),
    ],
)
def test_other_identifiers(type_: str, raw: str, expected: str) -> None:
    assert value_of(type_, raw) == expected


def test_the_same_openid_of_two_apps_is_two_people() -> None:
    assert value_of("openid", "wx1:o1") != value_of("openid", "wx2:o1")


def test_normalize_gives_none_for_what_never_links() -> None:
    assert NORMALIZERS.normalize(Identifier("phone", "138 1234 5678"), "CN") == Identifier(
        "phone", "+8613812345678"
    )
    assert NORMALIZERS.normalize(Identifier("phone", "13800138000"), "CN") is None


digits = st.text("0123456789", min_size=5, max_size=13)
dialled = st.builds(
    "".join, st.tuples(st.sampled_from(["", "+", "00", "1", "86", "+1", "+86"]), digits)
)
addresses = st.from_regex(r"[a-zA-Z0-9.+İßﬁ_]{1,9}@[A-Za-zé-]{1,6}\.[a-zA-Z]{2,3}", fullmatch=True)
anything = st.one_of(
    st.text(max_size=24), dialled, addresses, st.from_regex(r"\d{17}[\dxX]", fullmatch=True)
)


@quick
@given(type_=st.sampled_from(TYPES), raw=anything, region=st.sampled_from(REGIONS))
def test_normalization_is_idempotent(type_: str, raw: str, region: str) -> None:
    once = NORMALIZERS.normalize(Identifier(type_, raw), region)
    assume(once is not None)
    assert once is not None
    assert NORMALIZERS.normalize(once, region) == once


@quick
@given(type_=st.sampled_from(TYPES), raw=anything, region=st.sampled_from(REGIONS))
def test_full_width_text_equals_ascii(type_: str, raw: str, region: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in raw)
    assert value_of(type_, wide, region) == value_of(type_, raw, region)


chinese = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
american = st.from_regex(r"[2-9][0-9]{9}", fullmatch=True)
common = st.one_of(
    st.tuples(
        st.builds("".join, st.tuples(st.sampled_from(["", "86", "+86", "0086"]), chinese)),
        st.just("CN"),
    ),
    st.tuples(chinese.map("+86".__add__), st.sampled_from(REGIONS)),
    st.tuples(
        st.builds("".join, st.tuples(st.sampled_from(["", "1", "+1"]), american)),
        st.sampled_from(sorted(phones._NANP_REGIONS)),
    ),
    st.tuples(american.map("+1".__add__), st.sampled_from(REGIONS)),
)


@quick
@given(dialled=common)
def test_fast_path_of_phones_equals_the_library(dialled: tuple[str, str]) -> None:
    assert phones._fast(*dialled) == phones._slow(*dialled) is not None


def test_all_who_ask_by_one_catalog_share_what_was_normalized() -> None:
    catalog, again = default_catalog(), replace(default_catalog())
    persons, accounts = normalizers_of(catalog), normalizers_of(catalog.of_accounts)
    assert again is not catalog
    assert normalizers_of(again) is persons
    # What is made of a catalog says its digest too.
    cookie = Identifier("cookie", "c-1234567")
    assert persons.normalize(cookie, "CN") == cookie
    assert accounts.judge(cookie, "CN") == Refusal.UNKNOWN_TYPE
