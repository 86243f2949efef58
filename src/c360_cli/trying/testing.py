"""`c360 policy test`: a file of tests asked of a policy, and what failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import typer
from c360_policy.rule import Policy
from c360_policy.trying.deciding import Decider
from c360_policy.trying.expectation_file import TestsInvalid, Vocabulary, read_tests
from c360_policy.trying.testing import Failure, Today, Tried, run_tests

from c360_cli.instants import shown_instant
from c360_cli.own_graph import text_of
from c360_cli.policies import Words
from c360_cli.trying.showing import print_json, print_table, purpose_name
from c360_cli.trying.times import time_ms
from c360_cli.trying.today import customers_of

_HEAD = (
    *("line", "test", "principal", "purpose", "act", "customer", "coordinate"),
    *("expected", "is", "by"),
)


@dataclass(frozen=True, slots=True)
class Report:
    """The tests of a file, tried on a policy."""

    policy: Policy
    tried: Tried
    is_of_today: bool = False

    @property
    def holds(self) -> bool:
        """Whether every answer was the expected one."""
        return not self.tried.failures

    def as_json(self) -> dict[str, object]:
        """The form that `--json` prints."""
        return {
            "policyVersion": self.policy.version,
            "asked": self.tried.asked,
            "decidedOn": "TODAY" if self.is_of_today else None,
            "failed": [_failed(one) for one in self.tried.failures],
        }

    def show(self, *, as_json: bool) -> None:
        """Print it."""
        if as_json:
            print_json(self.as_json())
            return
        if not self.holds:
            print_table(_HEAD, self._rows())
        kept = self.tried.asked - len(self.tried.failures)
        typer.echo(f"{kept} of {self.tried.asked} answers are as expected")

    def _rows(self) -> Iterator[tuple[str, ...]]:
        lines = {rule.rule_id: rule.line for rule in self.policy.rules}
        for question, found in self.tried.failures:
            rules = [
                f"{one} (line {lines[one]})" if one in lines else one for one in found.rule_ids
            ]
            yield (
                str(question.test.line),
                question.test.name,
                question.principal.name,
                purpose_name(question.purpose),
                question.act,
                question.customer.name if question.customer is not None else "-",
                question.coordinate,
                question.expected.word,
                str(found),
                ", ".join(rules) or "no rule",
            )


def try_tests(file: Path, policy: Policy, words: Words, instance: Path) -> Report:
    """Ask all that a file of tests says; customers named by id are those of an instance.

    Raises `TestsInvalid`, and what putting the question on record does, where there are any.
    """
    vocabulary = Vocabulary.of(policy, words.known, time_ms(None))
    tests = read_tests(text_of(file), str(file), vocabulary)
    named = {one.id: one for test in tests for one in test.customers if one.id}
    found = customers_of(instance, "policy test", named) if named else {}
    missing = [one for id_, one in named.items() if id_ not in found]
    if missing:
        lines = (f"{file}: line {one.line}: {one.name}: no such customer" for one in missing)
        raise TestsInvalid("\n".join(lines))
    today = Today(words.known.traits or {}, found)
    return Report(policy, run_tests(tests, Decider(policy, words.ground), today), bool(named))


def _failed(failure: Failure) -> dict[str, object]:
    question, found = failure.question, failure.found
    return {
        "test": question.test.name,
        "line": question.test.line,
        "at": shown_instant(question.test.at_ms),
        "principal": question.principal.name,
        "roles": sorted(question.principal.roles),
        "purpose": question.purpose,
        "act": question.act,
        "customer": None if question.customer is None else question.customer.name,
        "coordinate": question.coordinate,
        "expected": question.expected.word,
        "found": str(found),
        "rules": list(found.rule_ids),
    }
