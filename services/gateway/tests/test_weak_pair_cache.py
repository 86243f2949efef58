"""What is remembered of an operation under a policy keeps neither of the two."""

import gc
from weakref import ref

from c360_federation.answers import CompiledOperation
from c360_gateway.policy.weak_pair_cache import WeakPairCache


def operation():
    return CompiledOperation("query", None, (), (), frozenset(), (), None, None)


def policy():
    return type("Policy", (), {})()


def test_what_was_made_is_found_for_just_these_two():
    made, one, other, under = WeakPairCache(), operation(), operation(), policy()
    assert made.put(one, under, "made") == made.get(one, under) == "made"
    assert made.get(other, under) is made.get(one, policy()) is None


def test_an_operation_and_a_policy_go_though_something_was_made_for_them():
    made, one, under = WeakPairCache(), operation(), policy()
    made.put(one, under, "made")
    seen = ref(one), ref(under)
    del one, under
    gc.collect()
    assert [held() for held in seen] == [None, None]


def test_another_object_with_the_id_of_one_that_went_is_another():
    made, one, under = WeakPairCache(), operation(), policy()
    made.put(one, under, "made")
    name = id(one), id(under)
    other = operation()
    made._made.put((id(other), id(under)), made._made.get(name))
    assert made.get(other, under) is None
