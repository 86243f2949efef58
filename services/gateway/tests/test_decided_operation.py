"""What is made of an operation under a policy keeps neither of the two."""

import gc
from weakref import ref

from c360_federation.answers import CompiledOperation
from c360_gateway.audit.client_text import ClientText
from c360_gateway.policy.decisions import TablePolicy
from c360_gateway.query.decided_operation import DecidedOperations
from c360_policy.mask.apply import Masks
from c360_policy.mask.kinds import NO_CATALOG
from c360_policy.table import NO_RIGHTS
from graphql import build_schema

KEY = b"k" * 16
TEXT = "{ a }"


def operation():
    return CompiledOperation("query", None, (), (), frozenset(), (), None, None)


def policy():
    return TablePolicy(NO_RIGHTS, build_schema("type Query { a: Int }"), Masks(NO_CATALOG, KEY))


def decisions(**bound):
    return DecidedOperations(ClientText(KEY, lambda _: False), **bound)


def test_it_is_made_once_for_just_these_two():
    made, one, under = decisions(), operation(), policy()
    first = made.of(TEXT, one, under)
    assert made.of(TEXT, one, under) is first
    assert made.of(TEXT, operation(), under) is not first
    assert made.of(TEXT, one, policy()) is not first


def test_an_operation_and_a_policy_go_though_something_was_made_for_them():
    made, one, under = decisions(), operation(), policy()
    made.of(TEXT, one, under)
    other = policy()
    made.of(TEXT, one, other)
    seen = ref(under)
    del under
    gc.collect()
    assert seen() is None
    assert len(one.notes) == 1
    gone = ref(one)
    del one
    gc.collect()
    assert gone() is None


def test_of_all_that_was_noted_the_latest_is_kept_however_many_policies_an_operation_meets():
    made, one, other = decisions(kept=3), operation(), operation()
    policies = [policy() for _ in range(5)]
    first = made.of(TEXT, one, policies[0])
    last = [made.of(TEXT, one, under) for under in policies][-1]
    made.of(TEXT, other, policies[0])
    assert [len(one.notes), len(other.notes)] == [2, 1]
    assert made.of(TEXT, one, policies[-1]) is last
    assert made.of(TEXT, one, policies[0]) is not first
    assert [len(one.notes), len(other.notes)] == [2, 1]


def test_what_went_before_its_note_is_forgotten_takes_no_other_note_along():
    made, one = decisions(kept=2), operation()
    made.of(TEXT, operation(), policy())
    kept = [policy() for _ in range(2)]
    notes = [made.of(TEXT, one, under) for under in kept]
    assert [made.of(TEXT, one, under) for under in kept] == notes
    assert len(one.notes) == 2
