"""The head of a leaf is one line of JSON that anybody can write again."""

from __future__ import annotations

import json

from c360_audit.store.placed_entries import placed_entry
from c360_kernel.log.entry import Entry
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)


@given(texts=st.tuples(*[TEXT] * 7), time=st.integers(0, 2**62))
def test_a_head_is_what_any_writer_of_json_makes(texts: tuple[str, ...], time: int) -> None:
    key, id_, type_, source, subject, stamp, trace = texts
    entry = Entry("audit", 0, 1, key, id_, type_, source, subject, time, stamp, b"x", trace)
    attributes = [id_, key, type_, source, subject, time, stamp, trace]
    assert placed_entry(entry).head == json.dumps(
        attributes, ensure_ascii=False, separators=(",", ":")
    )
