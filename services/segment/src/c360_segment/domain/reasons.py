"""Why conditions hold or fail, in words: the leaves that decide it, never a value of a trait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from c360_kernel.conditions.tree import All, AnyOf, Not

from c360_segment.domain.compiled import Compiler, Look, Test
from c360_segment.domain.leaves import Condition, EventCount, Leaf
from c360_segment.domain.wording import words_of

Reason: TypeAlias = Callable[[Look], Sequence[str]]


def reason_of(condition: Condition, compiler: Compiler) -> Reason:
    """What tells why a condition holds or fails.

    Of an `All` that holds these are all parts, else the first that fails; of an `AnyOf` the first
    that holds, or all.
    """
    match condition:
        case All(parts):
            return _deciding(parts, compiler, decides=False)
        case AnyOf(parts):
            return _deciding(parts, compiler, decides=True)
        case Not(part):
            return reason_of(part, compiler)
        case EventCount(pattern):
            return lambda look: [
                f"{pattern.event} counted {look.facts.counts.get(pattern.name, 0)}"
            ]
        case _:
            return _of_leaf(condition, compiler.test(condition))


def _of_leaf(leaf: Leaf, test: Test) -> Reason:
    holds, fails = [f"{words_of(leaf)} holds"], [f"{words_of(leaf)} fails"]
    return lambda look: holds if test(look) else fails


def _deciding(parts: Sequence[Condition], compiler: Compiler, *, decides: bool) -> Reason:
    asked = [(compiler.test(part), reason_of(part, compiler)) for part in parts]

    def reason(look: Look) -> Sequence[str]:
        for test, why in asked:
            if test(look) is decides:
                return why(look)
        return [words for _, why in asked for words in why(look)]

    return reason
