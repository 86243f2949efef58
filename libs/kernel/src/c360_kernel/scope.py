"""Which customers a caller may be told of: a condition on what profile says of each.

Readers of stores are given it, so that what it leaves out is on no page and in no count, and looks
as if it were not there. Everybody is in the scope of a caller whose context says nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Protocol

from typing_extensions import override

from c360_kernel.conditions.plain import read_condition_text
from c360_kernel.conditions.tree import EVERYBODY, ValueCondition, Values
from c360_kernel.context import CallerContext, CallerRefused
from c360_kernel.errors import Invalid

Scope = ValueCondition
_REMEMBERED = 512


def scope_of(caller: CallerContext) -> Scope:
    """The scope that a caller's context states. Raises `CallerRefused` for one that is none."""
    return _scope(caller.predicate)


@lru_cache(maxsize=_REMEMBERED)
def _scope(predicate: str) -> Scope:
    if not predicate:
        return EVERYBODY
    try:
        return read_condition_text(predicate)
    except Invalid as error:
        raise CallerRefused("the caller context does not say whom it may tell of") from error


class ScopeValues(Protocol):
    """Where a service learns what profile says of customers, if it keeps none of it itself."""

    async def values_of(self, customers: Collection[str]) -> Mapping[str, Values]:
        """The values of these customers by id; those of whom nothing is known are left out."""
        ...


class NothingKnown(ScopeValues):
    """Values of nobody: whom a scope does not let everybody see, sees nobody."""

    @override
    async def values_of(self, customers: Collection[str]) -> Mapping[str, Values]:
        return {}


NOTHING_KNOWN: ScopeValues = NothingKnown()


class Visible:
    """Who is in a scope, asked once a customer; for one operation.

    Customers of whom nothing is known are in none.
    """

    def __init__(self, scope: Scope, values: ScopeValues) -> None:
        self._scope = scope
        self._values = values
        self._known: dict[str, bool] = {}

    async def among(self, customers: Collection[str]) -> frozenset[str]:
        """Those of these customers who are in the scope."""
        unknown = [customer for customer in customers if customer not in self._known]
        if unknown:
            found = await self._values.values_of(unknown)
            for customer in unknown:
                self._known[customer] = customer in found and self._scope.holds(found[customer])
        return frozenset(customer for customer in customers if self._known[customer])

    def note(self, customers: Collection[str]) -> None:
        """Remember customers whom a store has found in the scope."""
        self._known.update(dict.fromkeys(customers, True))
