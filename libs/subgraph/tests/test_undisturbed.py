"""A collection of garbage finds nobody at work on a document."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from c360_subgraph import Operations
from c360_subgraph.undisturbed import undisturbed
from graphql import build_schema
from graphql.language.visitor import EnterLeaveVisitor

SCHEMA = build_schema("type Query { near: Query name(is: Int!): String }")
DOCUMENTS = 20
NEVER = 1_000_000


@pytest.fixture(autouse=True)
def young_only() -> Iterator[None]:
    """Old objects are not looked through, and whatever was set is set again."""
    before, was_on = gc.get_threshold(), gc.isenabled()
    gc.collect()
    gc.enable()
    gc.set_threshold(700, NEVER, NEVER)
    yield
    gc.set_threshold(*before)
    (gc.enable if was_on else gc.disable)()


def old_visitors() -> int:
    old = [*gc.get_objects(generation=1), *gc.get_objects(generation=2)]
    return sum(type(one) is EnterLeaveVisitor for one in old)


def test_what_walked_through_a_document_does_not_grow_old() -> None:
    operations, before = Operations(SCHEMA), old_visitors()
    for number in range(DOCUMENTS):
        prepared = operations.prepare(f"{{ a{number}: near {{ near {{ name(is: 3) }} }} }}")
        assert not prepared.errors
    assert old_visitors() == before


def test_collections_go_on_after_the_last_one_at_work() -> None:
    first, second = undisturbed(), undisturbed()
    with first:
        with second:
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_they_go_on_after_an_error() -> None:
    with pytest.raises(LookupError), undisturbed():
        raise LookupError
    assert gc.isenabled()


def test_whoever_has_none_gets_none() -> None:
    gc.disable()
    with undisturbed():
        pass
    assert not gc.isenabled()


def test_one_that_is_overdue_is_not_put_off() -> None:
    with undisturbed():
        kept: list[list[int]] = [[] for _ in range(2_000)]
        assert not gc.isenabled()
        with undisturbed():
            assert gc.isenabled()
        assert kept
