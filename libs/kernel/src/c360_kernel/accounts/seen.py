"""Accounts as conditions see them: which of their traits are read, and what these are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from c360_kernel.accounts.golden import AccountRules
from c360_kernel.accounts.said import AccountSaid, held_traits
from c360_kernel.catalog.model import Catalog, TraitType
from c360_kernel.conditions.tree import Values
from c360_kernel.record import RecordKey
from c360_kernel.value_types import ValueType, fits

_NOTHING: Values = {}

Said = Mapping[RecordKey, tuple[AccountSaid, ...]]
"""What may hold of the records of one account."""


class AccountView(NamedTuple):
    """What conditions see of accounts: what is `read`, each of its type, by the rules of a catalog;
    the traits, and of what accounts `come_to` what is told.

    `golden` are these rules, made once: to find them by the catalog takes half a millisecond for
    each account where people saved hundreds of segments, which another thread has as well.
    """

    read: frozenset[str]
    catalog: Catalog
    golden: AccountRules
    types: Mapping[str, ValueType]
    come_to: frozenset[str]

    def of(self, said: Said, told: Values = _NOTHING) -> Values:
        """Those of the traits of an account, and of what is told that it comes to, that are of the
        type that the catalog says."""
        held = (held_traits(record, states) for record, states in said.items())
        golden = self.golden.golden(one for one in held if one is not None)
        values = {**golden, **{n: v for n, v in told.items() if n in self.come_to}}
        return {n: v for n, v in values.items() if n in self.types and fits(self.types[n], v)}

    @property
    def rules(self) -> Sequence[Any]:
        """What decides which value holds, as plain values: by another rule it is another."""
        known = self.catalog.accounts.tested
        traits = [_rule(known[name], self.catalog) for name in sorted(self.read)]
        sources = sorted(self.catalog.sources.items())
        return [traits, [[name, one.priority, one.trust, one.region] for name, one in sources]]


def view_of(read: Iterable[str], catalog: Catalog) -> AccountView:
    """What is seen of accounts of which these traits and roll-ups are read."""
    names, tested = frozenset(read), catalog.accounts.tested
    types: dict[str, ValueType] = {name: tested[name].type for name in names}
    come_to = names - catalog.accounts.traits.keys()
    return AccountView(names, catalog, AccountRules(catalog), types, come_to)


def _rule(one: TraitType, catalog: Catalog) -> Sequence[Any]:
    said = one.name, one.type, one.survivorship, dict(one.synonyms), dict(one.words)
    if one.identifier is None:
        return said
    by = catalog.accounts.identifiers[one.identifier]
    return *said, one.only_if_valid, by.normalizer, by.blocked
