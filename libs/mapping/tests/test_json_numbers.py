"""Numbers of JSON Lines keep their text: in keys, identifiers, texts and the reject file."""

from __future__ import annotations

import hashlib

import orjson
import pytest
from c360_mapping import json_numbers
from c360_mapping.conversions import to_text
from c360_mapping.items import Item, ItemMaker, row_digest
from c360_mapping.json_numbers import DigitsLost, JsonNumber
from c360_mapping.mapping import parse_mapping
from c360_mapping.refusals import RowRefused
from c360_mapping.row import Row
from hypothesis import given, settings
from hypothesis import strategies as st

NAMED = (
    "format: jsonl\nkind: records\nkey: id\nidentifiers: {member_card: card}\n"
    "traits: {name: {template: 'no {card}'}, points: points}\n"
)
NUMBERS = st.one_of(
    st.integers(-(10**30), 10**30).map(str),
    st.from_regex(r"-?(0|[1-9][0-9]{0,25})\.[0-9]{1,9}", fullmatch=True),
    st.from_regex(r"-?[1-9](\.[0-9]{1,20})?[eE][+-]?[0-9]{1,2}", fullmatch=True),
)


def item(line: str) -> Item:
    cells = json_numbers.loads(line)
    assert isinstance(cells, dict)
    made = ItemMaker(parse_mapping(NAMED), "store", 0).make(Row(1, cells), "")
    assert made is not None
    return made


@settings(max_examples=50)
@given(NUMBERS)
def test_a_number_goes_out_as_it_came_in(text: str) -> None:
    line = f'{{"a": [{text}, "x"]}}'
    written = json_numbers.dumps(json_numbers.loads(line)).decode()
    assert written == f'{{"a":[{text},"x"]}}'


@settings(max_examples=50)
@given(NUMBERS)
def test_a_row_is_named_as_it_was_before_numbers_kept_their_text(text: str) -> None:
    line = f'{{"a": {text}}}'
    before = orjson.dumps(orjson.loads(line), option=orjson.OPT_SORT_KEYS)
    digest = hashlib.blake2b(b"web\0" + before, digest_size=16).digest()
    assert row_digest("web", json_numbers.loads(line)) == digest


@settings(max_examples=50)
@given(st.integers(0, 10**40))
def test_every_digit_of_a_whole_number_is_in_its_names(number: int) -> None:
    made = item(f'{{"id": {number}, "card": {number}, "points": {number}}}')
    assert made["key"] == str(number)
    assert made["identifiers"] == [{"type": "member_card", "value": str(number)}]
    assert made["traits"]["name"] == f"no {number}"  # type: ignore[index]


@settings(max_examples=50)
@given(st.integers(0, 2**53 - 1), st.sampled_from(["0", "00"]))
def test_a_whole_number_that_was_a_float_is_the_number(number: int, zeros: str) -> None:
    assert item(f'{{"id": {number}.{zeros}}}')["key"] == str(number)


@settings(max_examples=50)
@given(st.integers(2**53, 10**30))
def test_digits_that_a_float_made_up_refuse_the_row(number: int) -> None:
    for line, path in (
        (f'{{"id": {number}.0}}', "key"),
        (f'{{"id": {float(number)!r}}}', "key"),
        (f'{{"id": 1, "card": {number}.0}}', "identifiers.member_card"),
    ):
        with pytest.raises(RowRefused) as caught:
            item(line)
        assert (caught.value.code, caught.value.path) == ("DIGITS_LOST", path)


@pytest.mark.parametrize("text", ["1e3", "4.2E+27", "5e-3"])
def test_an_exponent_is_no_name(text: str) -> None:
    with pytest.raises(DigitsLost):
        to_text(JsonNumber(text))


def test_numbers_stay_numbers_where_nothing_is_named() -> None:
    made = item('{"id": 1, "points": 12.5}')
    assert made["traits"] == {"points": 12.5}
    assert json_numbers.dumps(made["traits"]) == b'{"points":12.5}'


@pytest.mark.parametrize("line", ['{"a": NaN}', '{"a": 1.0, "b": Infinity}', '{"a": 01}'])
def test_what_is_no_json_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="line 1"):
        json_numbers.loads(line)


@pytest.mark.parametrize("deep", [255, 600, 990])
@pytest.mark.parametrize(("begin", "end"), [('{"a":', "}"), ("[", "]"), ('{"a":[', "]}")])
def test_what_cannot_be_written_again_is_no_value(deep: int, begin: str, end: str) -> None:
    for number in ("1", "1.50"):
        with pytest.raises(ValueError):
            json_numbers.loads(f"{begin * deep}{number}{end * deep}")


@pytest.mark.parametrize(("begin", "end"), [('{"a":', "}"), ("[", "]")])
def test_what_is_read_can_be_written(begin: str, end: str) -> None:
    text = f"[{'[],' * 300}{begin * 249}1.50{end * 249}]"
    entry = {"line": 1, "raw": json_numbers.loads(text)}
    assert json_numbers.dumps(entry) == f'{{"line":1,"raw":{text}}}'.encode()
