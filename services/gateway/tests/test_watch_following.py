"""Which customer an id stands for, in whatever order the log's partitions are read."""

from c360_gateway.watch.following import Following
from c360_kernel.payload import ProfileChanged
from c360_kernel.version import Version
from hypothesis import given
from hypothesis import strategies as st

NAMES = ("asked", "b", "c")


def profile(customer, counter, successor=None):
    ended = successor is not None
    return ProfileChanged(customer, Version(0, counter), {}, ended, successor or "")


def test_what_others_said_holds_until_a_profile_tells():
    following = Following("asked")
    following.begin_at("b")
    assert following.take(profile("b", 4))
    assert not following.take(profile("asked", 2, successor="b"))
    following.begin_at("asked")
    assert following.current == "b"


def test_the_end_of_whom_the_id_became_waits_for_where_its_own_records_went():
    following = Following("asked")
    assert following.take(profile("asked", 2, successor="b"))
    assert not following.take(profile("b", 2, successor=""))
    assert following.take(profile("asked", 3, successor="c"))
    assert following.customers == {"asked", "c"}


@st.composite
def histories(draw):
    """Where the records of one id were, one after the other, and the entries in reading order.

    Profile tells of the id asked for and of whoever gained or lost its records; entries of one
    customer stay in order, those of several mix in any way.
    """
    places = draw(st.lists(st.sampled_from([*NAMES, ""]), min_size=1, max_size=8))
    queues = {name: [] for name in NAMES}
    for place in places:
        queues["asked"].append(None if place == "asked" else place)
        if place in ("b", "c"):
            queues[place].append(None)
    pending = {
        name: [profile(name, n, successor) for n, successor in enumerate(successors, 1)]
        for name, successors in queues.items()
    }
    order = draw(st.permutations([name for name, held in pending.items() for _ in held]))
    return places[-1], [pending[name].pop(0) for name in order]


@given(histories())
def test_the_id_stands_for_the_last_holder_of_its_records(history):
    last, entries = history
    following = Following("asked")
    changes = [(entry, following.take(entry), following.current) for entry in entries]
    assert following.current == last
    final = next(n for n, (entry, *_) in enumerate(changes) if entry == _last_of(entries, "asked"))
    for entry, is_change, _ in changes[final + 1 :]:
        assert is_change == (entry.customer == last)


def _last_of(entries, customer):
    return [entry for entry in entries if entry.customer == customer][-1]
