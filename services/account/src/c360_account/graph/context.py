"""What one operation works with: the reader, and loaders that batch its reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import strawberry
from c360_kernel.catalog.model import Catalog
from c360_kernel.context import CallerContext
from c360_kernel.cursors import CursorSealer
from c360_kernel.groups import GroupSuppressed
from c360_kernel.stamp import wall_clock_ms
from c360_kernel.subgraph.loading import SharedLoader

from c360_account.domain.membership import Member
from c360_account.domain.model import AccountRecord
from c360_account.domain.roll_ups import RollUpRules
from c360_account.store.answers import Answers
from c360_account.store.port import AccountReader
from c360_account.store.rolling_up import RollingUp


class Nodes(Protocol):
    """The catalog's own kinds of the classes in `nodes`, which their methods make."""

    @property
    def account(self) -> Any:  # noqa: ANN401 - a kind of AccountNode, which needs this module
        """The class of accounts."""
        ...

    @property
    def identifiers(self) -> Callable[..., object]:
        """The class of identifiers by type."""
        ...

    @property
    def rules(self) -> RollUpRules:
        """What is computed of accounts."""
        ...

    @property
    def roll_ups(self) -> Callable[..., object]:
        """The class of computed traits by name."""
        ...

    @property
    def profile(self) -> Callable[..., object]:
        """The class of traits by name."""
        ...


@dataclass(frozen=True, slots=True)
class GraphContext:
    """One per operation, so that what is loaded once is not read again and never goes stale."""

    caller: CallerContext
    reader: AccountReader
    catalog: Catalog
    types: Nodes
    answers: Answers
    sealer: CursorSealer
    now_ms: int
    rolling_up: RollingUp
    records: SharedLoader[str, Sequence[AccountRecord]]
    members: SharedLoader[str, Sequence[Member]]
    of_customers: SharedLoader[str, Sequence[Member]]

    def refuse_small_groups(self) -> None:
        """Raise `GroupSuppressed` for who is told of no small group: members are few persons."""
        if self.caller.smallest_group:
            raise GroupSuppressed


Info = strawberry.Info[GraphContext, None]


def make_context(
    caller: CallerContext,
    reader: AccountReader,
    catalog: Catalog,
    types: Nodes,
    sealer: CursorSealer,
    now_ms: Callable[[], int] = wall_clock_ms,
) -> GraphContext:
    """A fresh context."""
    answers, present = Answers(reader), now_ms()

    async def load_records(ids: list[str]) -> Sequence[Sequence[AccountRecord]]:
        found = await answers.records(ids)
        return [found.get(id_, ()) for id_ in ids]

    async def load_members(ids: list[str]) -> Sequence[Sequence[Member]]:
        found = await answers.members(ids)
        return [found[id_] for id_ in ids]

    async def load_of_customers(ids: list[str]) -> Sequence[Sequence[Member]]:
        found = await answers.of_customers(ids)
        return [found[id_] for id_ in ids]

    return GraphContext(
        caller,
        reader,
        catalog,
        types,
        answers,
        sealer,
        present,
        RollingUp(reader, answers, types.rules, present),
        SharedLoader(load_fn=load_records),
        SharedLoader(load_fn=load_members),
        SharedLoader(load_fn=load_of_customers),
    )
