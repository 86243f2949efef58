"""Only the subgraph that was asked can answer, and only what it was asked."""

import base64
import json

from c360_kernel.answer_seal import is_sealed, seal_answer
from c360_kernel.context import CallerContext, SubgraphKeys, sign_context
from hypothesis import given
from hypothesis import strategies as st

KEYS = SubgraphKeys("new", {"new": b"n" * 32, "old": b"o" * 32})
OTHERS = SubgraphKeys("new", {"new": b"x" * 32})
CALLER = CallerContext("ann", ("agent",))


def context(body=b"{}", keys=KEYS):
    return sign_context(CALLER, "profile", body, keys)


@given(st.binary(max_size=200))
def test_an_answer_to_its_request_is_believed(body):
    request = context()
    assert is_sealed(seal_answer(request, body, KEYS), request, body, KEYS)


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_no_other_body_no_other_request_no_other_key(body, other):
    request, again = context(), context()
    seal = seal_answer(request, body, KEYS)
    assert is_sealed(seal, request, other, KEYS) == (body == other)
    assert not is_sealed(seal, again, body, KEYS)
    assert not is_sealed(seal_answer(request, body, OTHERS), request, body, KEYS)


def test_a_key_that_is_being_replaced_still_answers():
    request = context(keys=SubgraphKeys("old", KEYS.secrets))
    assert is_sealed(seal_answer(request, b"{}", KEYS), request, b"{}", KEYS)


@given(st.one_of(st.text(max_size=40), st.sampled_from(["", ".", "e30.e30.", "bnVsbA.a.b"])))
def test_without_a_key_of_ours_nothing_is_sealed_and_nothing_believed(asked):
    assert seal_answer(asked, b"{}", KEYS) == ""
    assert not is_sealed("", asked, b"{}", KEYS)


def test_a_header_that_names_no_text_is_no_key():
    header = base64.urlsafe_b64encode(json.dumps({"kid": 1}).encode()).decode().rstrip("=")
    assert seal_answer(f"{header}.a.b", b"{}", KEYS) == ""


@given(st.text("abc.", min_size=1, max_size=5))
def test_what_ends_the_request_cannot_begin_the_answer(moved):
    request = context()
    seal = seal_answer(request, moved.encode(), KEYS)
    assert not is_sealed(seal, request + moved, b"", KEYS)


def test_processes_of_two_versions_make_the_same_seal():
    header = base64.urlsafe_b64encode(b'{"kid":"new"}').decode().rstrip("=")
    seal = "fc95d8e404f96514fff51b0bc37b49aac90a8c0e1b403fd8d6eae6ee7322cb29"
    assert seal_answer(f"{header}.a.b", b"{}", KEYS) == seal
