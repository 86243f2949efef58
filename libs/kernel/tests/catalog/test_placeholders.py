"""What stands for nobody joins nobody, whatever it is written as; real values stay."""

from __future__ import annotations

import unicodedata

import pytest
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.catalog.normalizers import Normalizers, Refusal
from c360_kernel.catalog.placeholder_words import _NOBODY, _NOTHING, folded, is_word_for_nobody
from c360_kernel.catalog.placeholders import (
    _EDGES,
    _MANY_DIGITS,
    _MANY_IN_PARTS,
    _is_nothing,
    _readings,
    _stands_for_nobody,
    stands_for_nobody,
    stands_for_nothing,
)
from c360_kernel.catalog.typed_digits import (
    _LONG_RUN,
    _MOBILE,
    _STEPPED,
    _is_monotone,
    _is_typed_number,
    is_typed_in_place_of_one,
)
from c360_kernel.record import Identifier
from hypothesis import example, given
from hypothesis import strategies as st

CATALOG = default_catalog()
NORMALIZERS = Normalizers(CATALOG)
WORDS = (
    "null", "None", "NaN", "undefined", "unknown", "anonymous", "guest", "deleted", "n/a",
    "not set", "no user", "unknown_device", "[object Object]", "{{user_id}}", "${id}", "%s",
    "#N/A", "#REF!", "<null>", "无", "不详", "无数据", "待核实", "作废", "空号",
    "не указано", "void 0", "待补充", "无卡", "未填写", "なし", "없음", "нет",
    "unbekannt", "inconnu", "ninguno", "onbekend", "?", "--", "…", "'", "()",
)  # fmt: skip
QUOTES = ("", '"', "'", "“", "「", "(", "[", "<")


@given(st.sampled_from(WORDS), st.sampled_from(QUOTES), st.booleans(), st.booleans())
def test_a_word_for_nothing_is_one_in_any_case_and_quotes(
    word: str, quote: str, upper: bool, blank: bool
) -> None:
    text = f"{quote}{word.upper() if upper else word}{quote}"
    text = f" {text}\u200b " if blank else text
    assert stands_for_nothing(text.replace("\u200b", ""))
    for type_ in CATALOG.identifiers:
        assert isinstance(NORMALIZERS.judge(Identifier(type_, text), "CN"), Refusal), type_


@given(st.from_regex(r"\A\+?[0-9]{1,20}\Z"))
def test_digits_alone_are_nothing_by_no_rule_that_they_are_spared(text: str) -> None:
    assert not any(map(_is_nothing, _readings(text)))
    assert not stands_for_nothing(text)


PIECES = (
    "null", "None", "NaN", "0x0", "test", "guest", "unknown", "nodata", "nouser", "java.lang.A",
    "system.x", "err:404", "1900-01-01", "0000-00-00", "+inf", "1.#IND", "__x__", "ann", "ben",
    "example", "com", "x", "nobody@none", "138", "0", "7", "无",
)  # fmt: skip
MARKS = ("", "", ".", "-", "_", "+", "@", " ", "(", ")", "#", ":", "%20", "/")
written = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(MARKS)), min_size=1).map(
    lambda pieces: "".join(piece + mark for piece, mark in pieces)
)


@given(written)
@example("test@null.example")
@example("xnanx")
@example("11900-01-011")
@example("(1900-01-01)")
def test_the_short_ways_say_what_the_long_one_does(text: str) -> None:
    is_nothing = any(map(_is_nothing, _readings(text)))
    core = folded(_EDGES.sub("", unicodedata.normalize("NFKC", text)))
    assert stands_for_nothing(text) == is_nothing
    assert stands_for_nobody(text) == (is_nothing or is_word_for_nobody(core))


@given(st.from_regex(_MANY_DIGITS, fullmatch=True))
@example("+8613912345678")
@example("test12345")
@example("nan00000")
def test_what_holds_many_digits_is_no_word_as_the_long_way_says(text: str) -> None:
    assert not _stands_for_nobody(text)


@given(st.from_regex(_MANY_IN_PARTS, fullmatch=True))
@example("system.out.12345")
@example("a__12345__b")
@example("11900-01-011")
@example("+1 (900) 01-01")
@example("wx12345:guest")
def test_parts_with_many_digits_are_nobody_only_as_a_whole(text: str) -> None:
    assert stands_for_nobody(text) == _stands_for_nobody(text)


def test_no_word_of_a_list_holds_many_digits() -> None:
    assert not [word for word in _NOTHING | _NOBODY if _MANY_DIGITS.fullmatch(word)]


@given(st.text("0123abxX", min_size=6) | st.from_regex(_LONG_RUN, fullmatch=True))
def test_a_run_with_a_letter_ends_in_it(text: str) -> None:
    signs = text.lower()
    if not signs.isdigit() and len(signs) >= 6 and signs.isalnum() and _LONG_RUN.fullmatch(signs):
        assert is_typed_in_place_of_one(text)


@pytest.mark.parametrize(
    "text",
    (
        *("system.x", "java.lang.Object@1f", "org.json.JSONObject", "function (x)", "nan", "0x0"),
        *("err:404", "DIV/0!", "+inf", "-Infinity", "1.#IND", "1900-01-01", "__id__", "@@id@@"),
        *(":user_id", "$name", "*|NAME|*", "#REF!", "%(name)s", "{name}", "[[name]]", "\\n"),
        *("test@null.example", "xnanx"),
    ),
)
def test_what_programs_write_is_nothing_however_it_begins(text: str) -> None:
    assert stands_for_nothing(text)


def stepped(first: int, length: int, step: int, zero: str) -> str:
    return "".join(chr(ord(zero) + (first + step * place) % 10) for place in range(length))


@given(st.one_of(st.from_regex(one, fullmatch=True) for one in (_MOBILE, _STEPPED, _LONG_RUN)))
@example("98765432102")
@example("86138000000000")
@example("1234444444444" + "5" * 9)
def test_what_a_pattern_says_of_a_number_is_looked_for(text: str) -> None:
    if text.isdigit():
        assert _is_typed_number(text)


@given(st.integers(0, 9), st.integers(6, 30), st.sampled_from((0, 1, 9)), st.sampled_from("0٠०"))
def test_a_step_is_one_in_the_digits_of_any_script_and_none_with_one_digit_changed(
    first: int, length: int, step: int, zero: str
) -> None:
    text = stepped(first, length, step, zero)
    assert is_typed_in_place_of_one(text)
    assert _is_monotone(text)
    other = chr(ord(zero) + (ord(text[3]) - ord(zero) + 5) % 10)
    assert not _is_monotone(text[:3] + other + text[4:])


@given(st.integers(0, 9), st.integers(6, 18), st.sampled_from((0, 1, 9)))
def test_runs_and_steps_of_digits_identify_nobody(first: int, length: int, step: int) -> None:
    text = "".join(str((first + step * place) % 10) for place in range(length))
    assert is_typed_in_place_of_one(text)
    for type_ in CATALOG.identifiers:
        assert isinstance(NORMALIZERS.judge(Identifier(type_, text), "CN"), Refusal), type_


@pytest.mark.parametrize(
    ("type_", "raw"),
    [
        ("passport", "DE:"),
        ("passport", ":C01X00T47"),
        ("passport", "DE:unknown"),
        ("passport", "无:C01X00T47"),
        ("openid", "wx1:undefined"),
        ("openid", "null:oAbC"),
        ("email", "na@na.com"),
        ("email", "null@corp.example"),
        ("email", "不详@corp.example"),
        ("phone", "13888888888"),
        ("phone", "12345678901"),
        ("phone", "+86 138 8888 8888"),
        ("national_id", "123456"),
    ],
)
def test_each_part_of_a_value_is_judged(type_: str, raw: str) -> None:
    assert isinstance(NORMALIZERS.judge(Identifier(type_, raw), "CN"), Refusal)


NOTHING = (
    "null, null", "NULL|NULL", "undefinedundefined", "none-none", "N/A N/A", "Object object",
    "*unknown*", "!!null!!", "%USER%", "__USER_ID__", "*|EMAIL|*", "[[user]]", "[user_id]",
    "$user.id", "%7B%7Buser_id%7D%7D", "&lt;null&gt;", "#BEZUG!", "#NV", "#¡REF!", "#VALEUR!",
    "Err:502",
    "#N/A N/A", "java.lang.Object@1b2c3d", "System.DBNull", "NaT", "-nan", "1.#IND", "0000-00-00",
    "1900-01-00 00:00:00",
)  # fmt: skip
NOBODY = (
    "admin", "walk-in", "deleted user", "Test User 3", "guest12", "lost card", "CARD-FORGOTTEN",
    "no account", "cash customer", "ditto", "same as above", "无会员卡", "忘带卡", "没有手机号",
    "无税号", "个人", "自然人", "临时卡", "同上", "カードなし", "전화없음", "нет телефона",
    "sans carte", "siehe oben", "Ｎ／Ａ", "ﾅｼ",
)  # fmt: skip
NUMBERS = (
    "121212", "123123", "12341234", "1234567812345678", "112233", "111222333", "4111111111111111",
    "12345678900", "+86 138 0000 0000", "13911111111", "E00000000", "G99999999", "ffffffffffff",
    "9774d56d682e549c", "0123456789abcdef", "aaaa", "91110000000000000X",
)  # fmt: skip


@pytest.mark.parametrize("text", (*NOTHING, *NOBODY, *NUMBERS))
def test_what_stands_for_nobody_links_nobody_as_any_identifier(text: str) -> None:
    for type_ in CATALOG.identifiers:
        assert isinstance(NORMALIZERS.judge(Identifier(type_, text), "CN"), Refusal), type_


@pytest.mark.parametrize("text", NOTHING)
def test_a_record_has_no_such_key(text: str) -> None:
    assert stands_for_nothing(text)


@pytest.mark.parametrize("text", ("admin", "guest12", "121212", "个人", "vip", "new"))
def test_what_only_many_share_may_be_the_key_of_a_record(text: str) -> None:
    assert not stands_for_nothing(text)


@pytest.mark.parametrize(
    "raw",
    [
        "a@a.com", "1@1.com", "123@123.com", "abc@abc.com", "email@email.com", "name@domain.com",
        "you@your-company.com", "ann@noemail.com", "x@none.org", "test@test.com",
    ],
)  # fmt: skip
def test_addresses_that_are_typed_to_get_past_a_field_link_nobody(raw: str) -> None:
    assert NORMALIZERS.judge(Identifier("email", raw), "CN") is Refusal.BLOCKED


@pytest.mark.parametrize(
    ("type_", "raw"),
    [
        *(("account", raw) for raw in ("newton", "lostboy", "guest-1234", "nannan", "guesthouse")),
        *(("account", raw) for raw in ("无名英雄", "vip888", "12345", "system32", "@ann", "cccp")),
        *(
            ("crm_id", raw)
            for raw in ("C123456", "100001", "121213", "112234", "K0000001", "0099887766")
        ),
        *(("email", raw) for raw in ("smith@smith.com", "lee@email.com", "bob@bob.com")),
        *(("phone", raw) for raw in ("13912121212", "13888888887", "13131313131")),
        *(("member_card", raw) for raw in ("6000000000000001", "4111111234567899", "0001234567")),
        ("passport", "CN:E12345678"),
        ("device", "a1b2c3d4e5f60718"),
    ],
)
def test_real_values_that_look_a_little_like_it_stay(type_: str, raw: str) -> None:
    assert isinstance(NORMALIZERS.judge(Identifier(type_, raw), "CN"), Identifier)


@pytest.mark.parametrize(
    ("type_", "raw", "expected"),
    [
        ("member_card", "7E5-1234", "7E51234"),
        ("national_id", "G1234567", "G1234567"),
        ("passport", "DE:C01X00T47", "DEC01X00T47"),
        ("account", "noel", "noel"),
        ("account", "voidstar", "voidstar"),
        ("account", "1001", "1001"),
        ("email", "nadia@example.com", "nadia@example.com"),
        ("phone", "13912345678", "+8613912345678"),
        ("crm_id", "M-1001", "M-1001"),
        ("device", "6D92078A-8246-4BA4-AE5B-76104861E7DC", "6d92078a-8246-4ba4-ae5b-76104861e7dc"),
        *(
            ("device", raw, "6d92078a-8246-4ba4-ae5b-76104861e7dc")
            for raw in (
                "{6D92078A-8246-4BA4-AE5B-76104861E7DC}",
                "urn:uuid:6d92078a-8246-4ba4-ae5b-76104861e7dc",
                "URN:UUID:6D92078A-8246-4BA4-AE5B-76104861E7DC",
            )
        ),
        ("unionid", "oWx_AbC-1", "oWx_AbC-1"),
        ("national_id", "110105491231002", "11010519491231002X"),
        ("email", "ann@straße.example", "ann@xn--strae-oqa.example"),
        ("phone", "010-68881234转801", "+861068881234;ext=801"),
        ("phone", "010-68881234 ext 801", "+861068881234;ext=801"),
        ("phone", "+86 10 6888 1234 分机 801", "+861068881234;ext=801"),
        ("phone", "139 0000-1122", "+8613900001122"),
        ("phone", "(0)139.0000.1122", "+8613900001122"),
    ],
)
def test_real_values_stay_what_they_are(type_: str, raw: str, expected: str) -> None:
    assert NORMALIZERS.judge(Identifier(type_, raw), "CN") == Identifier(type_, expected)


@pytest.mark.parametrize(
    "raw",
    [
        "13812340011;13912340011",
        "13812340031/13912340031",
        "13812340011,13912340011",
        "13812340011 13912340011",
        "13812340011、13912340011",
        "1381234001O",
        "138l2340011",
        "13812340011abc",
        "call 13812340011",
    ],
)
def test_several_numbers_and_letters_in_one_are_no_phone(raw: str) -> None:
    assert isinstance(NORMALIZERS.judge(Identifier("phone", raw), "CN"), Refusal)
