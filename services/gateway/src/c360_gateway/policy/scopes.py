"""Row rules with a caller's attributes in them, as subgraphs are told: made once for a caller."""

from __future__ import annotations

from collections.abc import Hashable

from c360_federation.caches import Lru
from c360_kernel.conditions.plain import condition_text
from c360_kernel.conditions.tree import EVERYBODY
from c360_kernel.context import Attributes
from c360_policy.row_policy import RowPolicy
from c360_policy.rows.scoping import scope_for

from c360_gateway.policy.declared import DeclaredCatalog

_KEPT = 10_000


class Scopes:
    """Made by the traits that the catalog in force marks."""

    def __init__(self, catalog: DeclaredCatalog) -> None:
        self._catalog = catalog
        self._made: Lru[Hashable, str] = Lru(_KEPT)
        self._traits = catalog.row_traits

    def text(self, row_policy: RowPolicy, subject: str, attributes: Attributes) -> str:
        """The predicate of a caller context: nothing means everybody."""
        traits = self._catalog.row_traits
        if traits is not self._traits:
            self._traits, self._made = traits, Lru(_KEPT)
        key = (row_policy.rules_text, subject, attributes)
        found = self._made.get(key)
        if found is None:
            scope = scope_for(row_policy.rules, subject, attributes, traits)
            found = self._made.put(key, "" if scope == EVERYBODY else condition_text(scope))
        return found
