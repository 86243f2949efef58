"""What is generalised, sealed or taken out of text: no more shown than said, and of its type."""

import re
import string

import pytest
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.context import SubgraphKeys
from c360_kernel.cursors import CursorSealer
from c360_policy.mask.apply import REDACTED, Masks
from c360_policy.mask.general import city_of
from c360_policy.mask.kinds import kinds_of
from c360_policy.mask.spec import MaskSpec, openness, parse_mask
from c360_policy.mask.tokens import MaskTokens, Sealed
from hypothesis import given
from hypothesis import strategies as st

KINDS = kinds_of(default_catalog())
OLD, NEW = b"o" * 32, b"n" * 32
SCALARS = ("String", "ID", "Int", "Long", "Float", "Boolean", "Date", "DateTime", "Stage")
NAMES = ("redact_text", "year", "city", "token", "hash", "redact", "null")
SPECS = [*map(parse_mask, NAMES), MaskSpec("band", 100), MaskSpec("partial", 1, 1, 2)]
KEPT = {"year": {"String", "ID", "Date", "DateTime"}, "band": {"Int", "Long", "Float"}}


def tokens(current="new", **secrets):
    return MaskTokens(CursorSealer(SubgraphKeys(current, secrets or {"new": NEW})))


def masked(text, scalar="String", tag="phone", **secrets):
    spec = parse_mask(text) if isinstance(text, str) else text
    masks = Masks(KINDS, b"k" * 32, tokens(**secrets))
    return masks.of(spec, scalar, frozenset({tag} if tag else ()), "Type.field")


@pytest.mark.parametrize("scalar", SCALARS)
@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_there_is_a_mask_just_where_it_keeps_the_type(spec, scalar):
    kept = spec.kind == "null" or scalar in KEPT.get(spec.kind, {"String", "ID"})
    assert spec.keeps_type(scalar) == kept
    assert (masked(spec, scalar) is not None) == (kept and spec.kind != "null")


VALUES = {
    "String": st.text(), "ID": st.text(), "Int": st.integers(-(2**31), 2**31 - 1),
    "Long": st.integers(-(2**63), 2**63 - 1), "Float": st.floats(),
    "Date": st.dates().map(str), "DateTime": st.datetimes().map(lambda at: f"{at.isoformat()}Z"),
}  # fmt: skip


@given(st.data(), st.sampled_from(SPECS), st.sampled_from(sorted(VALUES)))
def test_what_a_mask_makes_is_of_the_type_of_the_value(data, spec, scalar):
    mask = masked(spec, scalar)
    shown = None if mask is None else mask(data.draw(VALUES[scalar]))
    assert shown is None or type(shown) is {"Int": int, "Long": int, "Float": float}.get(
        scalar, str
    )


@given(st.integers(-(10**6), 10**6), st.integers(1, 10_000))
def test_a_band_holds_its_amount_and_is_the_same_for_all_in_it(amount, width):
    mask = masked(MaskSpec("band", width), "Int")
    low = mask(amount)
    assert low <= amount < low + width and low % width == 0
    assert mask(low) == mask(low + width - 1) == low


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "12", None])
def test_what_is_no_amount_is_in_no_band(value):
    assert masked("band(10)", "Float")(value) is None


@pytest.mark.parametrize("text", ["band", "band(0)", "band(-1)", "band(1.5)", "partial", "city(2)"])
def test_a_band_has_a_width(text):
    with pytest.raises(ValueError, match="a mask is"):
        parse_mask(text)


def test_a_wider_band_hides_more_and_the_kinds_stand_in_an_order():
    order = ["redact_text", "partial(4,4,1)", "band(10)", "band(100)", "year", "city", "token"]
    order += ["hash", "redact", "null"]
    assert sorted(map(parse_mask, reversed(order)), key=openness) == list(map(parse_mask, order))
    assert list(map(str, map(parse_mask, order))) == order


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("江苏省苏州市昆山市人民路1号", "江苏省苏州市"),
        ("上海市浦东新区世纪大道1号3室", "上海市"),
        ("北京朝阳区建国路9号", "北京"),
        ("广西壮族自治区 南宁市 青秀区", "广西壮族自治区南宁市"),
        ("云南省大理白族自治州大理市", "云南省大理白族自治州"),
        ("江苏省人民路新华超市旁", "江苏省"),
        ("大超市路5号", REDACTED),
        ("人民路1号，江苏省苏州市", REDACTED),
        ("12 High Street, Oxford", REDACTED),
        ("", REDACTED),
    ],
)
def test_of_an_address_province_and_city_are_shown_where_it_begins_with_them(address, shown):
    assert city_of(address) == shown


STREETS = st.text("新华人民和平路街巷号东西0123456789 ", max_size=12)


@given(STREETS)
def test_no_number_of_a_house_is_in_a_city(street):
    assert re.search(r"[0-9路街巷号]", city_of("浙江省杭州市" + street)) is None


@given(
    st.text(max_size=300), st.sampled_from(["phone", "email", "national_id", "name", "device_id"])
)
def test_a_token_is_read_again_by_who_holds_the_key_and_by_nobody_else(value, tag):
    token = masked("token", tag=tag)(value)
    assert token == masked("token", tag=tag)(value)
    held = tokens().open(token)
    assert held is not None and held.tags == {tag}
    assert held.value == value or tag in ("phone", "email")
    assert tokens(old=OLD, current="old").open(token) is None
    assert masked("token", tag="other")(value) != token


def test_a_token_of_before_is_read_while_its_key_is_there():
    before = masked("token", current="old", old=OLD)("13912345678")
    after = masked("token", current="new", new=NEW, old=OLD)("13912345678")
    both = tokens(current="new", new=NEW, old=OLD)
    assert before != after
    assert both.open(before) == both.open(after) == Sealed("phone", "+8613912345678")
    assert tokens(current="new", new=NEW).open(before) is None


def test_one_number_has_one_token_however_it_is_spelled():
    mask = masked("token")
    assert mask("139 1234 5678") == mask("+86-139-1234-5678") == mask("１３９１２３４５６７８")
    mask = masked("token", tag="email")
    assert mask("Ann@Example.com") == mask("ann@example.com")


@given(st.text(string.ascii_letters + string.digits + "_-=", max_size=200))
def test_what_is_no_token_is_none(text):
    assert tokens().open(text) is None
    assert tokens().open(f"tok_{text}") is None


def test_the_length_of_a_token_says_little():
    mask = masked("token", tag="name")
    assert len({len(mask("x" * length)) for length in range(40)}) == 1


def test_without_keys_for_tokens_nothing_is_shown():
    assert Masks(KINDS, b"k" * 32).of(MaskSpec("token"), "String", frozenset(), "Type.f") is None
