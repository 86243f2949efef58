"""Requests with values: each is written as its place asks for, and adds nothing to another."""

from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest
from c360_connectors.requests import RequestForm
from c360_connectors.templates import TemplateInvalid, template
from hypothesis import given
from hypothesis import strategies as st

KNOWN = ("a", "b")


def form(**given: str) -> RequestForm:
    query = {"q": template("x {a}", KNOWN), "only": template("{b}", KNOWN)}
    url = template("https://s.example/p/{a}?fixed=1", KNOWN)
    body = {"text": template("<{a}>", KNOWN), "number": template("{b}", KNOWN), "none": None}
    return RequestForm("POST", url, query, {}, "json", body)


@given(value=st.text(), number=st.integers(0, 10**9))
def test_a_value_stays_in_its_place(value: str, number: int) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        return
    made = form().made({"a": value, "b": number})
    parts = urlsplit(made.url)
    assert (parts.scheme, parts.netloc) == ("https", "s.example")
    assert parts.path.count("/") == 2
    assert dict(parse_qsl(parts.query, keep_blank_values=True)) == {
        "fixed": "1", "q": f"x {value}", "only": str(number)
    }  # fmt: skip
    assert orjson.loads(made.body) == {"text": f"<{value}>", "number": number, "none": None}


def test_a_place_alone_that_has_nothing_is_left_out() -> None:
    made = form().made({"a": "v"})
    assert "only" not in made.url
    assert orjson.loads(made.body) == {"text": "<v>", "none": None}


def test_braces_are_written_twice() -> None:
    assert template("{{a}} {a}", KNOWN).text({"a": 1}) == "{a} 1"
    for wrong in ("{", "}", "{a", "a}", "{}", "{c}", "{secret.}", "{secret.a/b}"):
        with pytest.raises(TemplateInvalid):
            template(wrong, KNOWN)
