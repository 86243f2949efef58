"""What reaches or names somebody is taken out of text, whatever stands around it."""

import datetime as dt
from importlib import resources
from itertools import pairwise
from urllib.parse import quote

import pytest
from c360_kernel.catalog.loader import default_catalog
from c360_policy.mask.free_text.finding import personal_spans, redacted
from c360_policy.mask.free_text.numbers import has_luhn
from c360_policy.reading.parsing import parse_policy
from c360_policy.schema.catalog_tags import catalog_tags
from c360_policy.table import compile_table
from hypothesis import given, settings
from hypothesis import strategies as st

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
WIDE = str.maketrans({chr(n): chr(n + 0xFEE0) for n in range(0x21, 0x7F)})
DIGITS = "0123456789"


def shipped():
    return resources.files("c360_policy").joinpath("defaults/policy.csv").read_text("utf-8")


def digits(count):
    return st.text(DIGITS, min_size=count, max_size=count)


@st.composite
def identity_cards(draw):
    place = draw(st.sampled_from(["110105", "310101", "440305", "510104"]))
    born = draw(st.dates(dt.date(1920, 1, 1), dt.date(2030, 1, 1)))
    number = f"{place}{born:%Y%m%d}{draw(digits(3))}"
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=True))
    return number + "10X98765432"[total % 11]


@st.composite
def bank_cards(draw):
    length = draw(st.sampled_from([16, 17, 18, 19]))
    number = draw(st.sampled_from(["6222", "4000", "5100", "6217"])) + draw(digits(length - 5))
    return next(number + last for last in DIGITS if has_luhn(number + last))


mobiles = st.builds("1{}{}".format, st.sampled_from(["39", "50", "86", "77"]), digits(8))
mails = st.builds(
    "{}@{}.{}".format,
    st.from_regex(r"[a-z0-9]{1,10}([._+-][a-z0-9]{1,6})?", fullmatch=True),
    st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True),
    st.sampled_from(["com", "cn", "co.uk", "com.cn", "org"]),
)
# Words of many languages, and signs; no digits beside, and nothing that belongs to an address.
around = st.text('请打我电话的手机是号码卡身份证邮箱：，。 《》（）\n\tабвéñ!?;"<>', max_size=12)


@st.composite
def spelled(draw, value):
    """As it stands in text: in groups, wide, with a country code, encoded."""
    if "@" not in value and draw(st.booleans()):
        separator = draw(st.sampled_from([" ", "-", ".", " - "]))
        size = draw(st.sampled_from([1, 4]))
        value = separator.join(value[at : at + size] for at in range(0, len(value), size))
    wrap = draw(st.sampled_from(["plain", "plain", "wide", "encoded"]))
    if wrap == "wide":
        return value.translate(WIDE)
    return quote(value, safe="") if wrap == "encoded" else value


def bare(text):
    return "".join(character for character in text if character.isalnum()).lower()


@settings(max_examples=100, deadline=None)
@given(st.data(), st.one_of(mobiles, mails, identity_cards(), bank_cards()), around, around)
def test_it_is_taken_out_and_what_stands_around_it_stays(data, value, before, after):
    output = redacted(before + data.draw(spelled(value)) + after)
    assert bare(value) not in bare(output)
    assert not any(character.isdigit() for character in output)
    assert "***" in output
    if "@" not in value:
        words = "".join(one for one in before + after if "\u4e00" <= one <= "\u9fff")
        assert "".join(one for one in output if "\u4e00" <= one <= "\u9fff") == words


@pytest.mark.parametrize(
    "text",
    [
        "我的号码一三九一二三四五六七八谢谢",
        "幺三九幺二三四五六七八",
        "١٣٩١٢٣٤٥٦٧٨",
        "tel13912345678abc",
        " - ".join("11010519510703053X"),
        "+86 139 1234 5678",
        "0086-13912345678",
        "1\u200b3\u200b9\u200b1\u200b2\u200b3\u200b4\u200b5\u200b6\u200b7\u200b8",
        "https://shop.example/s?q=13912345678&p=1",
        "https://shop.example/s?q=139%2B1234+5678",
        "https://r.example/?u=https%253A%252F%252Fs.example%252F%253Fp%253D13912345678",
        "021-62345678",
        "+44 20 7946 0958",
        "A. <ann@example.com>",
        "ann@example。com",
        "用户@例子.公司",
        "mailto:ann@example.com?subject=x",
        "11010519491231002x",
        "130503670401001",
        "4111-1111-1111-1111",
        "378282246310005",
    ],
)
def test_it_is_found_in_other_spellings(text):
    found = redacted(text)
    assert "***" in found
    assert sum(character.isdigit() for character in found) < 4
    assert "ann" not in found.lower()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "order 20240915",
        "2024-01-15 10:20:30",
        "https://shop.example/p/1234567?size=42",
        "12345678901234567890123456",
        "1700000000000",
        "6222021234567890",
        "a @ b",
        "3 x 4 = 12",
        "price 1,299.00 for 2",
        "二〇二四年一月",
        "100%",
    ],
)
def test_other_text_stays_as_it_is(text):
    assert redacted(text) == text


@given(st.text(max_size=60))
def test_nothing_is_found_in_what_is_left(text):
    found = redacted(text)
    assert found == text or "***" in found
    assert redacted(found) == found


@given(st.text(f"{DIGITS} -@.ab", max_size=60))
def test_parts_stand_in_their_order_and_none_overlap(text):
    spans = personal_spans(text)
    assert all(0 <= one.start < one.end <= len(text) for one in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))


TEXTS = ("PageViewed.url", "PageViewed.referrer", "ProductSearched.query")
TEXTS += ("SupportTicketOpened.topic",)


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        ("marketing_analyst", "mask:redact_text"),
        ("support_agent", "mask:redact_text"),
        ("data_steward", "mask:redact_text"),
        ("privacy_officer", "allow"),
        ("auditor", "deny"),
        ("connector", "deny"),
    ],
)
def test_what_people_write_is_shown_without_it_by_what_ships(role, shown):
    policy, known = parse_policy(shipped()), catalog_tags(default_catalog())
    table = compile_table(policy, [role], "", known, 0)
    assert {str(table.read(one)) for one in TEXTS} == {shown}
    assert all(table.filtering(one).action != "allow" or shown == "allow" for one in TEXTS)
