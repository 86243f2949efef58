"""A mask hides what it says, whatever the spelling, and what is left is valid for the scalar."""

import datetime as dt
import string
from dataclasses import replace

import pytest
from c360_kernel.catalog.loader import default_catalog
from c360_policy.mask.apply import REDACTED, Masks, hash_key_for
from c360_policy.mask.kinds import NO_CATALOG, Kind, kinds_of
from c360_policy.mask.spec import MaskSpec, openness, parse_mask
from c360_policy.mask.structure import code_of, folded, national_numbers
from hypothesis import assume, given
from hypothesis import strategies as st

KEY = b"k" * 32
CATALOG = default_catalog()
MASKS = Masks(kinds_of(CATALOG), KEY)
ANYONES = Masks(NO_CATALOG, KEY)
SCALARS = ("String", "ID", "Int", "Float", "Boolean", "Date", "DateTime", "SomeEnum")
PHONE, EMAIL, NATIONAL_ID = "partial(3,4,4)", "partial(2,4,3)", "partial(0,4,8)"
partials = st.builds(
    MaskSpec, st.just("partial"), st.integers(0, 6), st.integers(0, 6), st.integers(0, 6)
)
specs = st.one_of(
    st.sampled_from([MaskSpec("null"), MaskSpec("redact"), MaskSpec("hash"), MaskSpec("year")]),
    partials,
)


def mask_for(spec, scalar="String", tag="", masks=MASKS):
    made = parse_mask(spec) if isinstance(spec, str) else spec
    return masks.of(made, scalar, frozenset({tag} if tag else ()), "Type.field")


@given(specs)
def test_a_spec_reads_back_as_written(spec):
    assert parse_mask(str(spec)) == spec


@pytest.mark.parametrize("text", ["", "partial", "partial(1,2)", "partial(-1,2,3)", "NULL", "x"])
def test_another_text_is_no_mask(text):
    with pytest.raises(ValueError, match="a mask is"):
        parse_mask(text)


# One value as sources write it, as an identifier, as a golden trait: phones by region of a source.
DIGITS = st.text(string.digits, min_size=8, max_size=8)
NUMBERS = {
    "CN": st.builds("1{}{}".format, st.sampled_from(["38", "50", "91"]), DIGITS),
    "US": st.builds("{}{}".format, st.sampled_from(["21", "41", "80"]), DIGITS).filter(
        lambda number: number[3] in "23456789"
    ),
    "GB": st.builds("7{}{}".format, st.sampled_from(["7", "9"]), DIGITS),
}
COUNTRY = {"CN": "86", "US": "1", "GB": "44"}
PREFIXES = {
    "CN": ("", "+86", "86", "0086", "+86 (0)", "＋86 "),
    "US": ("", "+1", "1", "+1 ", "001"),
    "GB": ("", "0", "+44", "0044", "+44 (0)"),
}


@st.composite
def spelled(draw, number, region):
    """A number as somebody types it: prefix, groups, separators, wide digits, blanks."""
    separator = draw(st.sampled_from(["", " ", "-", "."]))
    at = draw(st.integers(2, 6))
    text = draw(st.sampled_from(PREFIXES[region])) + number[:at] + separator + number[at:]
    if draw(st.booleans()):
        text = text.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    return draw(st.sampled_from(["", " ", "\u200b"])) + text


@st.composite
def phones(draw):
    region = draw(st.sampled_from(sorted(NUMBERS)))
    number = draw(NUMBERS[region])
    spelling = st.one_of(st.just(f"+{COUNTRY[region]}{number}"), spelled(number, region))
    return draw(st.lists(spelling, min_size=2, max_size=4))


def given_away(shown):
    """What a masked text gives away: its characters, the marks for what is hidden aside."""
    return shown.replace("*", "").replace("@", "")


@given(phones(), st.sampled_from([PHONE, "partial(0,2,4)", "partial(6,3,1)"]))
def test_all_spellings_of_a_phone_show_the_same_and_hide_six_digits(spellings, spec):
    shown = {mask_for(spec, tag="phone")(one) for one in spellings}
    (only,) = shown
    assert only == f"***{spellings[0].strip()[-parse_mask(spec).keep_right :]}".translate(
        {0xFF10 + n: str(n) for n in range(10)}
    )


@given(phones())
def test_all_spellings_of_a_phone_have_one_hash(spellings):
    # 1 800 200 0000 is a number in America and 180 0200 0000 one in China: nobody can tell.
    regions = MASKS.kinds.regions
    assume(all(len(national_numbers(folded(one), regions)) == 1 for one in spellings))
    assert len({mask_for("hash", tag="phone")(one) for one in spellings}) == 1


def test_a_number_is_read_where_it_is_in_use():
    # Dialled in the first region it would be a number of eleven digits that nobody has.
    mask = mask_for("hash", tag="phone")
    assert mask("1 212 555 0123") == mask("+12125550123") == mask("(212) 555-0123")


@pytest.mark.parametrize(
    "short",
    [
        "+4791234567",
        "0047 912 34 567",
        "+4791 23 45 67",
        "91234567",
        "+33612345678",
        "110",
        "0612345678",
    ],
)
def test_of_a_short_phone_nothing_is_shown(short):
    assert mask_for(PHONE, tag="phone")(short) == REDACTED


@pytest.mark.parametrize("wrong", ["n/a", "15064236175, 13800138000", "1" * 40, "", "call me"])
def test_what_is_no_phone_under_its_tag_shows_nothing(wrong):
    assert mask_for("partial(9,9,0)", tag="phone")(wrong) == REDACTED


@given(partials, st.from_regex(r"\+?[0-9 ()-]{1,20}", fullmatch=True))
def test_a_phone_never_shows_more_than_its_last_digits(spec, value):
    shown = given_away(mask_for(spec, tag="phone")(value))
    digits = "".join(one for one in value if one.isdigit())
    assert digits.endswith(shown)
    assert len(shown) <= spec.keep_right
    assert not shown or len(digits) - len(shown) >= max(6, spec.min_hidden)


LOCALS = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12)
DOMAINS = st.sampled_from(["qq.com", "163.com", "mail.example.com", "a.co", "corp.example"])


@given(LOCALS, DOMAINS, st.data())
def test_all_spellings_of_an_address_show_the_same(local, domain, data):
    address = f"{local}@{domain}"
    spellings = (
        address,
        address.upper(),
        address.title(),
        f" {address} ",
        f"Ann <{address}>",
        f"mailto:{address}",
        address.replace("@", "＠"),
        f"\ufeff{address}",
    )
    one = data.draw(st.sampled_from(spellings))
    for spec in (EMAIL, "hash"):
        assert mask_for(spec, tag="email")(one) == mask_for(spec, tag="email")(address)


@given(LOCALS, DOMAINS, DOMAINS, partials)
def test_an_address_hides_enough_of_its_local_part_and_no_length(local, domain, other, spec):
    shown = mask_for(spec, tag="email")(f"{local}@{domain}")
    start, _, rest = shown.partition("***@***")
    assert local.startswith(start)
    left = len(local) - len(start)
    assert not start or (left >= max(1, spec.min_hidden) and 2 * left >= len(local))
    assert rest in ("", "." + domain.rpartition(".")[2])
    if domain.rpartition(".")[2] == other.rpartition(".")[2]:
        assert mask_for(spec, tag="email")(f"{local}@{other}") == shown


def test_short_addresses_are_alike():
    mask = mask_for(EMAIL, tag="email")
    shown = {mask(one) for one in ("jo@gm.com", "li@qq.com", "li@163.com", "a@example-shop.com")}
    assert shown == {"***@***.com"}
    assert mask("fang.huang@mail.example") == "fa***@***"


@given(
    st.text(string.ascii_letters + string.digits, min_size=1, max_size=20),
    st.sampled_from(["", " ", "-", " - "]),
    st.sampled_from([str.upper, str.lower, str]),
    partials,
)
def test_all_spellings_of_a_paper_show_the_same_and_hide_enough(value, gap, case, spec):
    mask = mask_for(spec, tag="national_id")
    shown = mask(case(gap.join(value)))
    assert shown == mask(value)
    kept = spec.keep_left + spec.keep_right
    left = len(value) - kept
    enough = left >= max(1, spec.min_hidden) and 2 * left >= len(value)
    assert len(given_away(shown)) == (kept if enough else 0)


def test_a_text_of_digits_is_masked_by_its_tag_and_not_by_its_looks():
    digits, spec = "13800138000", "partial(1,4,4)"
    assert mask_for(spec, tag="phone")(digits) == "***8000"
    assert mask_for(spec, tag="national_id")(digits) == "1***8000"
    assert mask_for(spec, tag="email")(digits) == REDACTED


def test_words_beside_a_number_hide_no_more_of_it():
    mask = mask_for(PHONE, tag="phone")
    assert mask("+86 150 6423 6175 ext 12") == mask("+8615064236175") == "***6175"


LONG = "abcdefgh12345678"


@pytest.mark.parametrize(
    "tag", ["phone", "mobilePhone", "PHONE", "msisdn", "fax", "tel", "cell", "home_tel", "eMail"]
)
def test_what_anyone_names_a_phone_or_an_address_shows_nothing_else(tag):
    assert mask_for("partial(3,4,1)", tag=tag, masks=ANYONES)(LONG) == REDACTED


@pytest.mark.parametrize("tag", ["hotel", "cellar", "name", "x"])
def test_what_anyone_names_otherwise_may_be_any_text(tag):
    assert mask_for("partial(3,4,1)", tag=tag, masks=ANYONES)(LONG) == "ABC***5678"


def test_half_of_two_letters_may_be_shown_and_no_letter_alone():
    mask = mask_for("partial(1,0,0)", tag="national_id")
    assert (mask("ab"), mask("a")) == ("A***", REDACTED)


def test_of_an_identity_number_the_last_four_are_left():
    mask = mask_for(NATIONAL_ID, tag="national_id")
    assert mask("11010519491231002x") == mask("110105 19491231 002X") == "***002X"
    assert mask("E12345678") == REDACTED


@given(st.text(), partials, st.sampled_from(["", "name", "phone", "email", "device_id", "x"]))
def test_every_mask_shows_half_at_most_and_three_stars_for_the_rest(value, spec, tag):
    shown = mask_for(spec, tag=tag)(value)
    assert shown.count("***") in (1, 2)
    if "@" not in value:
        assert 2 * len(given_away(shown)) <= len(code_of(folded(value)))


# The same value may come by many ways: identifiers, records and their history, the golden profile,
# a timeline's properties. All of one tag are masked by one mask, so more ways show no more.
WAYS = ("Identifiers.phone", "RecordTraits.phone", "Profile.phone", "Called.number")


@given(phones())
def test_the_union_of_all_ways_to_a_value_shows_what_one_way_shows(spellings):
    tags = frozenset({"phone"})
    shown = {
        MASKS.of(parse_mask(PHONE), scalar, tags, way)(spelling)
        for way in WAYS
        for scalar in ("String", "ID")
        for spelling in spellings
    }
    assert len(shown) == 1


@given(phones(), st.sampled_from(["phone", "mobilePhone", "contact", "x"]))
def test_before_anyones_subgraphs_a_phone_is_known_by_its_tag_or_by_itself(spellings, tag):
    # Without a catalog numbers are read as at home in China, or by their country code.
    assume(all(one.startswith("+") for one in spellings))
    shown = {mask_for(PHONE, tag=tag, masks=ANYONES)(one) for one in spellings}
    assert len(shown) == 1
    assert len(given_away(shown.pop())) == 4


def test_before_anyones_subgraphs_an_address_is_known_by_itself():
    mask = mask_for(EMAIL, tag="contact", masks=ANYONES)
    assert mask("Fang.Huang@Mail.example") == "fa***@***"
    assert mask("no address@") == REDACTED
    assert mask_for(PHONE, tag="telephone", masks=ANYONES)("no phone") == REDACTED


def test_a_tag_of_several_identifier_types_is_masked_as_each_value_is_built():
    phone = CATALOG.identifiers["phone"]
    shared = {
        "phone": replace(phone, tag="contact"),
        "email": replace(CATALOG.identifiers["email"], tag="contact"),
    }
    kinds = kinds_of(replace(CATALOG, identifiers=shared))
    assert kinds.of(frozenset({"contact"})) == {Kind.PHONE, Kind.EMAIL}
    mask = mask_for(PHONE, tag="contact", masks=Masks(kinds, KEY))
    assert mask("150 6423 6175") == mask("+8615064236175") == "***6175"
    assert mask("Fang.Huang@mail.com") == "fan***@***.com"
    assert mask("fang") == REDACTED


def test_hashes_are_keyed_equal_for_equal_values_and_different_per_tag():
    phone, email = (hash_key_for(KEY, frozenset({tag}), "") for tag in ("phone", "email"))
    assert phone != email
    by_phone, by_email = (mask_for("hash", tag=tag) for tag in ("phone", "email"))
    assert by_phone("x") == by_phone("x") != by_phone("y")
    assert by_phone("x") != by_email("x")
    assert len(bytes.fromhex(by_phone("x"))) * 8 >= 96


def test_hashes_of_tokens_keep_their_case_and_those_of_papers_do_not():
    token, paper = (mask_for("hash", tag=tag) for tag in ("device_id", "national_id"))
    assert token("aB") == token(" aB ") != token("ab")
    assert paper("ab 1") == paper("AB-1") != paper("AB2")


@given(st.dates())
def test_a_date_keeps_its_year_and_stays_a_date(day):
    shown = mask_for("year", "Date")(day.isoformat())
    assert dt.date.fromisoformat(shown) == dt.date(day.year, 1, 1)


def test_a_date_time_keeps_its_year_and_stays_one():
    shown = mask_for("year", "DateTime")("1990-07-21T10:00:00.000Z")
    assert dt.datetime.fromisoformat(shown) == dt.datetime(1990, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize("value", ["July", "", None, 5])
def test_what_is_no_date_has_no_year(value):
    assert mask_for("year", "Date")(value) is None
    assert mask_for("year", "String")(value) == REDACTED


@given(specs, st.sampled_from(SCALARS))
def test_what_has_no_valid_stand_in_has_no_mask(spec, scalar):
    mask = mask_for(spec, scalar)
    if scalar in ("Int", "Float", "Boolean", "SomeEnum") or spec.kind == "null":
        assert mask is None
    if scalar == "Date" and spec.kind != "year":
        assert mask is None


@given(partials, partials)
def test_of_two_parts_the_larger_one_hides_less_then_the_one_that_may_leave_less(one, other):
    shows_more = (-one.keep_left - one.keep_right, one.min_hidden)
    than = (-other.keep_left - other.keep_right, other.min_hidden)
    if shows_more != than:
        assert (openness(one) < openness(other)) == (shows_more < than)


@pytest.mark.parametrize("kind", ["null", "redact", "hash", "year"])
def test_the_numbers_are_those_of_partial_masks_alone(kind):
    assert parse_mask(kind) == (kind, 0, 0, 0)


def test_masks_are_ordered_from_open_to_closed():
    order = ["partial(4,4,1)", "partial(3,4,4)", "partial(0,4,4)", "year", "hash", "redact", "null"]
    assert sorted(map(parse_mask, reversed(order)), key=openness) == list(map(parse_mask, order))


@pytest.mark.parametrize("scalar", ["String", "ID"])
def test_what_is_redacted_tells_nothing_not_even_what_is_equal(scalar):
    mask = mask_for("redact", scalar, tag="phone")
    assert [mask(value) for value in ("13800138000", "", "x", 7)] == [REDACTED] * 4


def test_codes_and_tokens_that_look_like_phones_are_hashed_as_they_are():
    for tag in ("device_id", "national_id"):
        mask = mask_for("hash", tag=tag)
        assert mask("13800138000") != mask("+86 138 0013 8000")
    phone = mask_for("hash", tag="phone")
    assert phone("13800138000") == phone("+86 138 0013 8000")
