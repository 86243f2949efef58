"""The full-text index is asked for the rare words of a search, as long as they leave few."""

import sqlite3

import pytest
from c360_profile.domain.customer import Customer
from c360_profile.domain.search.search import Search, numbered, texts_of
from c360_profile.domain.search.wanted import wanted_of
from c360_profile.store.port import CustomerChange
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.store.sqlite.terms import HEX, Terms
from c360_profile.store.sqlite.view import View

MANY = 600
SEARCHED = ("address",)


@pytest.fixture
async def view(tmp_path):
    """A road that everybody lives at, in houses of six each, and two names of a half each."""
    store = SqliteProfileStore(tmp_path / "profile.db")
    people = [
        Customer(f"c{n}", 1, {"address": f"Long Road {n // 6} {('North', 'South')[n % 2]}"})
        for n in range(MANY)
    ]
    async with store.unit() as unit:
        await unit.save_customers([CustomerChange(one, ()) for one in people])
        await unit.seek_by({one.id: texts_of(one.traits, SEARCHED) for one in people})
    await store.close()
    connection = sqlite3.connect(tmp_path / "profile.db", isolation_level=None)
    yield View(connection)
    connection.close()


def terms(view, text, closeness=0):
    return Terms(view, Search(wanted_of(text), SEARCHED), closeness)


def asks_for(expression, word):
    (number,) = numbered("address", frozenset((word,)))
    return f'"{HEX}"' % number in expression


@pytest.mark.parametrize("closeness", [0, 1])
async def test_a_rare_word_is_enough(view, closeness):
    few = terms(view, "long 17 road", closeness).few(enough=10)
    assert asks_for(few, "17")
    assert not asks_for(few, "road")
    assert not asks_for(few, "long")


async def test_words_are_asked_for_until_few_are_left(view):
    few = terms(view, "road north 17").few(enough=5)
    assert asks_for(few, "17")
    assert asks_for(few, "north")
    assert not asks_for(few, "road")


async def test_where_many_are_left_all_words_are_asked_for_the_rare_ones_first(view):
    met = terms(view, "road north")
    assert met.few(enough=10) is None
    north, road = (
        met.all().index(HEX % one)
        for word in ("north", "road")
        for one in numbered("address", frozenset((word,)))
    )
    assert north < road


async def test_how_many_there_are_is_told_by_how_far_on_they_begin(view):
    """Half of all, as far as some tell."""
    half = terms(view, "north")
    assert half.few(enough=MANY) is not None
    assert half.few(enough=MANY // 6) is None
