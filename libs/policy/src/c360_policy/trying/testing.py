"""Tests of a policy run: every question asked, and the answers that are not the expected ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from c360_policy.table import Access
from c360_policy.trying.deciding import Asker, Decider
from c360_policy.trying.expectations import Question, Test


class Failure(NamedTuple):
    """A question, and the answer that was not expected."""

    question: Question
    found: Access


@dataclass(frozen=True, slots=True)
class Tried:
    """How many questions were asked, and which went wrong."""

    asked: int
    failures: tuple[Failure, ...]


def run_tests(tests: Iterable[Test], decider: Decider) -> Tried:
    """Ask every question of every test."""
    asked, failures = 0, list[Failure]()
    for test in tests:
        for question in test.questions():
            asked += 1
            found = answer_to(question, decider)
            if not question.expected.holds(found):
                failures.append(Failure(question, found))
    return Tried(asked, tuple(failures))


def answer_to(question: Question, decider: Decider) -> Access:
    """What the policy says to a question."""
    who = question.principal
    asker = Asker(who.roles, question.purpose, question.test.at_ms, who.opened)
    return decider.decide(asker, question.act, question.coordinate)
