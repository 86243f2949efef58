"""What an answer means, as docs/activation.md says it."""

import pytest
from c360_activation.domain.delivery import Outcome
from c360_activation.domain.replies import Reply, answer_of
from c360_activation.domain.trying import (
    GONE,
    PAUSES_MS,
    Answer,
    Verdict,
    after_failure,
    after_no_answer,
    verdict_of,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_000_000
_DAY = 86_400_000


def _exactly(low: float, high: float) -> float:
    return (low + high) / 2


def _verdict(reply, *rest):
    return verdict_of(answer_of(reply), *rest)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_it_is_sent(status):
    assert _verdict(Reply(status), 2, NOW, NOW) == Verdict(Outcome("sent", 3))


@pytest.mark.parametrize("status", [199, 300, 301, 302, 307, 400, 401, 404, 500, 599])
def test_what_fails_is_tried_again(status):
    verdict = _verdict(Reply(status), 0, NOW, NOW, _exactly)
    assert verdict == Verdict(Outcome("waiting", 1, f"HTTP_{status}", NOW + PAUSES_MS[0]))


def test_what_is_refused_for_ever_fails_at_once():
    refused = Answer("SMTP_550", way="refused")
    assert verdict_of(refused, 0, NOW, NOW) == Verdict(Outcome("failed", 1, "SMTP_550"))


def test_who_is_gone_is_told_nothing_more_and_the_message_waits():
    verdict = _verdict(Reply(410), 0, NOW, NOW)
    assert verdict == Verdict(Outcome("waiting", 1, "HTTP_410", NOW), disabled=GONE)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_who_wants_less_is_left_alone(status):
    verdict = _verdict(Reply(status), 0, NOW, NOW, _exactly)
    assert verdict.paused_until == verdict.outcome.due == NOW + PAUSES_MS[0]
    until = NOW + 90_000
    told_when = Verdict(Outcome("waiting", 3, f"HTTP_{status}", until), until)
    assert _verdict(Reply(status, 90.0), 3, NOW, NOW) == told_when


def test_nobody_is_left_alone_for_ever():
    for wanted in (1e12, 1e306):
        assert _verdict(Reply(429, wanted), 0, NOW, NOW).paused_until == NOW + _DAY


@pytest.mark.parametrize("wanted", [0.0, -5.0, 1.0])
def test_who_wants_no_pause_has_the_shortest(wanted):
    verdict = _verdict(Reply(429, wanted), 0, NOW, NOW)
    assert verdict.paused_until == verdict.outcome.due == NOW + PAUSES_MS[0]


@pytest.mark.parametrize("wanted", [60.0, 3_600.0, 1e9])
def test_what_is_put_off_for_ever_fails(wanted):
    tries, at = [], NOW
    outcome, now = Outcome("waiting", 0), NOW
    while outcome.status == "waiting" and len(tries) < 10_000:
        outcome = _verdict(Reply(503, wanted), outcome.attempts, at, now).outcome
        tries.append(now)
        now = outcome.due
    assert outcome.status == "failed"
    assert outcome.status == "failed"
    assert 3 * _DAY < tries[-1] - at < 14 * _DAY


def test_it_is_tried_for_three_days_and_then_failed():
    assert 3 * _DAY < sum(PAUSES_MS) < 4 * _DAY
    assert after_failure("HTTP_500", len(PAUSES_MS), NOW) == Outcome(
        "failed", len(PAUSES_MS) + 1, "HTTP_500"
    )


@given(st.integers(0, len(PAUSES_MS) - 1))
def test_pauses_are_never_exact_and_never_far_off(attempts):
    pause = after_failure("X", attempts, NOW).due - NOW
    assert 0.8 * PAUSES_MS[attempts] <= pause + 1 <= 1.2 * PAUSES_MS[attempts] + 1


def test_where_policy_cannot_be_asked_no_try_is_counted():
    first = after_no_answer("POLICY_UNREADABLE", 3, 0, NOW)
    assert (first.status, first.attempts, first.due) == ("waiting", 3, NOW + 2_000)
    assert after_no_answer("POLICY_UNREADABLE", 3, 10**9, NOW).due == NOW + 60_000
