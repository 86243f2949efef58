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


def decisions():
    return DecidedOperations(ClientText(KEY, lambda _: False))


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
