"""Which state of a record holds: a pure function of the stamped states."""

import hashlib
from dataclasses import dataclass

from c360_kernel.payload import RecordUpserted
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.revisions import content_of, first_seen, holding, leading
from hypothesis import given
from hypothesis import strategies as st


@dataclass(frozen=True)
class Told:
    own: bool
    number: int
    stamp: str
    content: str


contents = st.lists(
    st.builds(
        Told,
        st.booleans(),
        st.integers(1, 3),
        st.integers(1, 9).map(str),
        st.sampled_from("abc"),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda one: one.stamp,
)


def state(number, stamp, content="a", own=True):
    return Told(own, number, str(stamp), content)


@given(contents, st.randoms())
def test_no_order_and_no_repetition_matters(states, random):
    shuffled = [*states, *states]
    random.shuffle(shuffled)
    assert holding(first_seen(shuffled).values()) == holding(first_seen(states).values())


@given(contents)
def test_the_greatest_number_of_a_scale_leads_it(states):
    for leader in leading(states):
        assert leader.number == max(one.number for one in states if one.own == leader.own)


def test_of_one_number_the_content_first_seen_last_holds():
    old, new, again = state(7, 1, "old"), state(7, 2, "new"), state(7, 3, "old")
    assert holding(first_seen([again, new, old]).values()) == new


def test_a_counter_and_a_time_are_not_compared():
    time, counter = state(1_767_225_600_000, 1, own=False), state(7, 2)
    assert holding([time, counter]) == counter
    assert holding([time, counter, state(1_767_225_600_001, 3, "b", own=False)]).stamp == "3"
    assert holding([time, counter, state(6, 4, "c")]) == counter


def test_nothing_holds_where_nothing_was_told():
    assert holding([]) is None


texts = st.text(max_size=5)


@given(
    st.lists(st.builds(Identifier, texts, texts), max_size=3).map(tuple),
    st.dictionaries(texts, st.one_of(texts, st.integers(), st.booleans()), max_size=3),
    st.booleans(),
    st.one_of(st.none(), st.lists(texts, max_size=2).map(tuple)),
)
def test_a_content_is_named_by_its_text_which_is_kept_and_so_never_changes(
    identifiers, traits, deleted, named
):
    payload = RecordUpserted(RecordKey("crm", "1"), 1, 1, deleted, identifiers, traits, named=named)
    whole = (deleted, sorted(identifiers), sorted(traits.items()))
    text = repr(whole if named is None else (*whole, named))
    assert content_of(payload) == hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
