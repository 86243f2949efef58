"""What an answer came to is said as it was: what changed nothing was not applied."""

from __future__ import annotations

from functools import reduce

from c360_kernel.payload import ConsentStatus
from c360_profile.domain.consent import Answers, Consent
from hypothesis import given
from hypothesis import strategies as st

STATUSES: list[ConsentStatus] = ["granted", "denied", "withdrawn"]
SAID = st.tuples(st.sampled_from(STATUSES), st.integers(1, 4), st.sampled_from([0, 0, 7, 8]))


def consents(stated: list[tuple[ConsentStatus, int, int]]) -> list[Consent]:
    """As they arrive, one after the other. Of a claim the time is that of its arrival."""
    return [
        Consent(
            "marketing",
            status,
            100 + number if claim else at,
            f"{number:03}",
            claimed_at=100 + number + claim if claim else 0,
        )
        for number, (status, at, claim) in enumerate(stated)
    ]


def after(answers: list[Consent]) -> Answers:
    return reduce(Answers.after, answers, Answers())


def deciding(answers: list[Consent]) -> str:
    held = after(answers).held
    return "" if held is None else held.stamp


@given(st.lists(SAID, min_size=1, max_size=7))
def test_what_changes_the_answer_that_holds_is_applied(
    said: list[tuple[ConsentStatus, int, int]],
) -> None:
    *before, last = consents(said)
    outcome = after([*before, last]).outcome(last)
    if deciding([*before, last]) != deciding(before):
        assert outcome == "APPLIED"
    elif not any(one.claimed_at for one in before):
        assert outcome != "APPLIED"


@given(st.lists(SAID, min_size=1, max_size=6))
def test_who_repeats_the_answer_that_holds_is_told_so(
    said: list[tuple[ConsentStatus, int, int]],
) -> None:
    answers = consents(said)
    held = after(answers).held
    assert held is not None
    again = Consent(held.purpose, held.status, held.at, "999", claimed_at=held.claimed_at)
    outcome = after([*answers, again]).outcome(again)
    assert outcome in (("APPLIED", "DUPLICATE") if held.status == "withdrawn" else ("DUPLICATE",))


def test_an_older_answer_is_outdated_and_an_ended_grant_stays_ended() -> None:
    grant = Consent("marketing", "granted", 2, "1")
    late = Consent("marketing", "withdrawn", 1, "2")
    assert after([grant, late]).outcome(late) == "OUTDATED"
    ahead = Consent("marketing", "granted", 5, "3", claimed_at=900)
    ended = Consent("marketing", "withdrawn", 4, "4")
    assert after([grant, ahead]).outcome(ahead) == "APPLIED"
    assert after([grant, ahead, ended]).outcome(ended) == "APPLIED"
    assert after([grant, ahead, ended]).outcome(ahead) == "OUTDATED"
