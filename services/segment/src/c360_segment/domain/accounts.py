"""What conditions read of accounts: which of their traits, and of what these come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from c360_kernel.accounts.seen import AccountView, view_of
from c360_kernel.catalog.model import Catalog
from c360_kernel.conditions.tree import leaves

from c360_segment.domain.leaves import Condition, timed_leaves
from c360_segment.domain.timed.acting import AccountTest, Acting


def account_view(conditions: Iterable[Condition], catalog: Catalog) -> AccountView | None:
    """What these conditions see of accounts; None where they read no trait of any."""
    read = frozenset(name for condition in conditions for name in _read(condition))
    return view_of(read, catalog) if read else None


def _read(condition: Condition) -> Iterator[str]:
    for leaf in timed_leaves(condition):
        if isinstance(leaf.over, Acting) and leaf.over.where is not None:
            for one in leaves(leaf.over.where):
                yield one.test.name if isinstance(one, AccountTest) else one.trait
