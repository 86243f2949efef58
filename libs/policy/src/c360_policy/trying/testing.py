"""Tests of a policy run: every question asked, and the answers that are not the expected ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from c360_kernel.catalog.model import TraitType

from c360_policy.trying.deciding import Asker, Decider
from c360_policy.trying.expectations import Question, Test, TestCustomer
from c360_policy.trying.people import Answer, SomeCustomer, Traits, answer_about


class Failure(NamedTuple):
    """A question, and the answer that was not expected."""

    question: Question
    found: Answer


@dataclass(frozen=True, slots=True)
class Tried:
    """How many questions were asked, and which went wrong."""

    asked: int
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class Today:
    """The traits of the catalog, and the customers that tests name by their ids, as they are."""

    traits: Traits = field(default_factory=dict[str, TraitType])
    customers: Mapping[str, SomeCustomer] = field(default_factory=dict[str, SomeCustomer])

    def known(self, asked: TestCustomer | None) -> SomeCustomer | None:
        """What is known of a customer; one that is not there is like one of no values."""
        if asked is None or asked.described is not None:
            return None if asked is None else asked.described
        return self.customers.get(asked.id, SomeCustomer())


NO_DAY = Today()


def run_tests(tests: Iterable[Test], decider: Decider, today: Today = NO_DAY) -> Tried:
    """Ask every question of every test."""
    count, failures = 0, list[Failure]()
    for test in tests:
        for question in test.questions():
            count += 1
            found = answer_to(question, decider, today)
            if not question.expected.holds(found):
                failures.append(Failure(question, found))
    return Tried(count, tuple(failures))


def answer_to(question: Question, decider: Decider, today: Today = NO_DAY) -> Answer:
    """What the policy says to a question."""
    who = question.principal
    asker = Asker(who.roles, question.purpose, question.test.at_ms, who.opened)
    about = question.act, question.coordinate
    customer = today.known(question.customer)
    return answer_about(decider, asker, who.who, today.traits, about, customer)
