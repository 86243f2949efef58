"""What was said of a record is kept as JSON in one form, and read back as it was."""

from __future__ import annotations

import json

from c360_identity.domain.model import Carried, Statement
from c360_identity.store.statements import may_be_deleted, read_statements, statements_text
from hypothesis import given
from hypothesis import strategies as st

TEXTS = st.text(max_size=6)
NUMBERS = st.integers(-(2**63), 2**63 - 1)
STATEMENTS = st.lists(
    st.builds(
        Statement,
        own=st.booleans(),
        number=NUMBERS,
        stamp=TEXTS,
        content=TEXTS,
        deleted=st.booleans(),
        carried=st.lists(st.builds(Carried, TEXTS, TEXTS, TEXTS, TEXTS), max_size=3).map(tuple),
        observed_at=NUMBERS,
        named=st.none() | st.lists(TEXTS, max_size=3).map(tuple),
        marks=TEXTS,
        compared=st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple),
    ),
    max_size=3,
).map(tuple)


@given(STATEMENTS)
def test_what_is_read_back_is_what_was_said(said: tuple[Statement, ...]) -> None:
    assert read_statements(statements_text(said)) == said


@given(STATEMENTS)
def test_the_form_is_that_of_stores_made_before(said: tuple[Statement, ...]) -> None:
    rows = [one if one.compared else one[:-1] for one in said]
    form = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    assert statements_text(said) == form


@given(STATEMENTS)
def test_a_deletion_is_seen_without_reading(said: tuple[Statement, ...]) -> None:
    assert may_be_deleted(statements_text(said)) or not any(one.deleted for one in said)
