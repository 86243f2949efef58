"""How many customers a policy would hide, as it may be told to whoever tries one.

A rule that is tried counts the customers that meet any condition on marked traits. Whoever may not
list customers would learn of each of them so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from c360_gateway.context import OperationContext

Numbers: TypeAlias = Callable[[int], int | None]
_LIST = "Query.customers"
_SMALLEST = 10
_STEP = 5


def numbers_for(context: OperationContext) -> Numbers:
    """A number as the caller is told of it; None for one of a group that is too small."""
    may_list = context.table.read(_LIST).action == "allow"
    smallest = max(context.caller.smallest_group, 0 if may_list else _SMALLEST)

    def shown(number: int) -> int | None:
        if not smallest:
            return number
        return None if number < smallest else number - number % _STEP

    return shown
