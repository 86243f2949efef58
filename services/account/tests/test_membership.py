"""When persons were at an account: links of one person, kind and role at several times."""

import pytest
from c360_account.domain.membership import members_of
from c360_account.domain.model import HeldLink
from c360_kernel.payload import AccountLinked
from c360_kernel.record import RecordKey

PERSON, ACCOUNT = RecordKey("crm", "p"), RecordKey("crm", "a")


def members(*times):
    """The members that links of one person make, each told after those before it."""
    links = [
        HeldLink(
            f"{told:02}",
            AccountLinked(
                RecordKey(f"s{told}", "l"), PERSON, ACCOUNT, "member", 1, told,
                valid_from=begin, valid_to=end,
            ),
        )
        for told, (begin, end) in enumerate(times)
    ]  # fmt: skip
    return members_of(links, {ACCOUNT: "a1"}, {PERSON: "c1"})


@pytest.mark.parametrize(
    "times", [[(100, 200), (300, 0)], [(300, 0), (100, 200)], [(0, 300), (300, 0)]]
)
def test_who_left_and_came_back_was_there_at_both_times(times):
    early, late = members(*times)
    assert early.holds_at(150)
    assert not early.holds_at(350)
    assert late.holds_at(350)


@pytest.mark.parametrize(
    ("times", "holds_at_500"),
    [
        ([(100, 0), (120, 400)], False),
        ([(120, 400), (100, 0)], True),
        ([(100, 200), (300, 0), (0, 400)], False),
    ],
)
def test_of_times_that_meet_the_one_told_last_counts_with_the_sources_of_all(times, holds_at_500):
    (one,) = members(*times)
    assert one.holds_at(500) is holds_at_500
    assert len(one.sources) == len(times)


def test_a_link_that_has_no_beginning_held_before_1970():
    (one,) = members((0, 0))
    assert one.holds_at(-1)
