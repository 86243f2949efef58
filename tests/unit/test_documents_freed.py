"""A document that nobody holds any more is gone at once, not at some collection of garbage."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest
from c360_federation.operation.parsing import _parse
from c360_subgraph.documents import freed_at_once
from graphql import parse

QUERY = "query Q($id: ID!) { a(id: $id) { b c(first: 3) { d e } } }"
MANY = 50


def _left_by(parse_once: Callable[[], object]) -> int:
    gc.collect()
    gc.disable()
    try:
        for _ in range(MANY):
            parse_once()
        return gc.collect()
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "parse_once",
    [lambda: _parse(QUERY, 1_000), lambda: freed_at_once(parse(QUERY))],
    ids=["engine", "subgraph"],
)
def test_documents_refer_to_nothing_in_circles(parse_once: Callable[[], object]) -> None:
    assert _left_by(parse_once) < MANY
    assert _left_by(lambda: parse(QUERY)) > MANY
