"""Laws of the small parts."""

from c360_federation.caches import Lru
from c360_federation.execute.merging import copied, merge_into, merged
from c360_federation.selection import Field, Fragment, merge_items, single_leaf_chains
from c360_federation.supergraph.field_sets import parse_field_set
from hypothesis import given
from hypothesis import strategies as st

names = st.sampled_from(["a", "b", "c", "d"])
values = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)
objects = st.dictionaries(names, values, max_size=4)


@given(objects, objects)
def test_merging_takes_all_keys_and_never_loses_a_value(first, second):
    target = copied(first)
    merge_into(target, second)
    assert target.keys() == first.keys() | second.keys()
    assert all(target[key] is not None for key, value in first.items() if value is not None)


@given(objects)
def test_merging_the_same_again_changes_nothing(one):
    target = copied(one)
    merge_into(target, one)
    assert target == one


@given(values, values)
def test_merging_leaves_the_source_alone(present, value):
    before = copied(value)
    result = merged(copied(present), value)
    if isinstance(result, (dict, list)):
        result.clear()
    assert value == before


def selections(depth=3):
    children = (
        st.just(()) if depth == 0 else st.lists(selections(depth - 1), max_size=3).map(merge_items)
    )
    fields = st.builds(lambda name, below: Field(name, name, (), below), names, children)
    if depth == 0:
        return fields
    return fields | st.builds(Fragment, names, children.filter(bool))


@given(st.lists(selections(), max_size=5).map(tuple))
def test_merging_items_is_idempotent(items):
    once = merge_items(items)
    assert merge_items(once) == once
    assert merge_items((*once, *once)) == once


@given(selections())
def test_chains_together_are_the_item(item):
    joined = merge_items(single_leaf_chains(item))
    assert merge_items((*joined, *merge_items((item,)))) == merge_items((*joined, item))
    assert all(len(list(single_leaf_chains(chain))) == 1 for chain in single_leaf_chains(item))


@given(selections())
def test_equal_items_have_equal_hashes(item):
    if isinstance(item, Field):
        again = Field(item.key, item.name, item.arguments, item.children)
    else:
        again = Fragment(item.on, item.children)
    assert again == item
    assert hash(again) == hash(item)


def test_field_sets_read_arguments_and_fragments():
    (price, fragment) = parse_field_set('price(unit: "g") ... on Book { title }')
    assert (price.name, price.arguments[0].value) == ("price", '"g"')
    assert fragment == Fragment("Book", (Field("title", "title"),))


@given(st.lists(st.integers(0, 9), max_size=60))
def test_a_cache_keeps_what_was_used_last(uses):
    cache: Lru[int, str] = Lru(3)
    recent: list[int] = []
    for one in uses:
        assert (cache.get(one) is not None) == (one in recent[-3:])
        cache.put(one, str(one))
        recent = [*(other for other in recent if other != one), one]
