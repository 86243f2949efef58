"""What a caller may be told of, as it travels in the caller context."""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.catalog.reads import coordinates_read
from c360_kernel.testing.visibility import everything
from c360_kernel.visibility import NOTHING, Visibility, read_visibility
from hypothesis import given
from hypothesis import strategies as st

names = st.from_regex(r"[_A-Za-z][_0-9A-Za-z]{0,8}", fullmatch=True)
coordinates = st.frozensets(st.builds("{}.{}".format, names, names), max_size=12)
leaves = st.one_of(
    st.sampled_from(["email", "city"]).map(lambda name: {"trait": name, "op": "exists"}),
    st.sampled_from(["amount", "orderId"]).map(
        lambda name: {"event": "order_completed", "where": [{"property": name, "op": "exists"}]}
    ),
)


@given(coordinates, coordinates)
def test_it_is_read_as_it_was_written(seen, used):
    visibility = Visibility(seen, used)
    assert read_visibility(visibility.text) == visibility
    assert Visibility(frozenset(sorted(seen)), used).text == visibility.text


@pytest.mark.parametrize("text", ["x", "e30=", "eJw", "AAAA", "é"])
def test_what_is_no_visibility_is_refused(text):
    with pytest.raises(ValueError):
        read_visibility(text)


@given(coordinates.filter(bool), st.data())
def test_what_is_cut_is_refused(seen, data):
    whole = urlsafe_b64decode(Visibility(seen).text)
    cut = whole[: data.draw(st.integers(1, len(whole) - 1))]
    with pytest.raises(ValueError):
        read_visibility(urlsafe_b64encode(cut).decode())


def test_what_grows_without_end_is_refused():
    bomb = zlib.compress(b"Profile:" + b"x" * 5_000_000, 9)
    with pytest.raises(ValueError):
        read_visibility(urlsafe_b64encode(bomb).decode())


def test_without_a_word_nothing_is_visible():
    assert read_visibility("") == NOTHING == Visibility()


def test_it_stays_small_in_a_context():
    assert len(everything(default_catalog()).text) < 1_000


@given(
    st.recursive(
        leaves,
        lambda parts: st.one_of(
            st.lists(parts, min_size=1, max_size=3).map(lambda some: {"all": some}),
            st.lists(parts, min_size=1, max_size=3).map(lambda some: {"any": some}),
            parts.map(lambda one: {"not": one}),
        ),
    )
)
def test_a_condition_reads_whatever_it_names_in_any_depth(condition):
    text, read = str(condition), coordinates_read(condition)
    for trait in ("email", "city"):
        assert (f"'trait': '{trait}'" in text) == (f"Profile.{trait}" in read)
    for name in ("amount", "orderId"):
        assert (f"'{name}'" in text) == (f"OrderCompleted.{name}" in read)
    assert ("'event'" in text) == ({"Customer.timeline", "OrderCompleted.name"} <= read)
