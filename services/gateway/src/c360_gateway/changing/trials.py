"""Policies tried through the API: what two answer otherwise, what one would have done."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from c360_kernel.catalog.model import Catalog
from c360_kernel.errors import Invalid
from c360_kernel.stamp import wall_clock_ms
from c360_policy.changing.office import PolicyOffice
from c360_policy.reading.joining import keeping_rows
from c360_policy.reading.names import refuse_unknown
from c360_policy.reading.parsing import parse_policy
from c360_policy.rule import Policy
from c360_policy.trying.deciding import Decider, Ground
from c360_policy.trying.differing import Difference, Scope, differences, purposes_of, roles_of
from c360_policy.trying.people import Who
from c360_policy.trying.replaying import Past, Replayed, replay
from c360_policy.trying.row_differing import RowDifference, row_differences
from c360_policy.trying.row_replaying import (
    RowsReplayed,
    RowTrial,
    changed_actors,
    principals_of,
    replay_rows,
)
from c360_policy.trying.today import CustomersToday

from c360_gateway.changing.known import known_to
from c360_gateway.changing.past import PastOperations
from c360_gateway.changing.today import NamedTouched
from c360_gateway.context import OperationContext

IN_FORCE = "in-force"
MOST_DAYS = 36_500
_DAY_MS = 86_400_000
_VERSION = re.compile(r"[0-9a-f]{6,64}")


@dataclass(frozen=True, slots=True)
class Tried:
    """What would have been decided otherwise since a time (ms UTC), for how many customers."""

    version: str
    since: int
    replayed: Replayed
    rows: RowsReplayed
    customers: int


@dataclass(frozen=True, slots=True)
class Compared:
    """What two policies answer otherwise: by the table, and by rows and consents."""

    table: Sequence[Difference]
    rows: Sequence[RowDifference]


class PolicyTrials:
    """`today` counts customers as they are; `names_of` an id are those that it has on record."""

    def __init__(
        self,
        office: PolicyOffice,
        past: PastOperations,
        catalog: Catalog,
        today: Callable[[OperationContext], CustomersToday],
        names_of: Callable[[str], frozenset[str]],
    ) -> None:
        self._office = office
        self._past = past
        self._catalog = catalog
        self._today = today
        self._names_of = names_of

    async def diff(self, a: str, b: str, who: Who, context: OperationContext) -> Compared:
        """What two policies answer otherwise, each role by itself; rows as they are to `who`."""
        before, after = [await self._policy(name, context) for name in (a, b)]
        tables, ground = context.graph_tables, _ground(context)
        purposes = purposes_of(frozenset(self._catalog.purposes), before, after)
        scope = Scope(roles_of(before, after), purposes, wall_clock_ms())
        one, other = Decider(before, ground), Decider(after, ground)
        # Many tables are compiled: others are answered meanwhile.
        found = await asyncio.to_thread(differences, one, other, ground, tables.inapplicable, scope)
        traits, today = self._catalog.traits, self._today(context)
        rows = await row_differences(one, other, tables.inapplicable, scope, who, traits, today)
        return Compared(found, rows)

    async def replay(self, candidate: str, days: int, context: OperationContext) -> Tried:
        """What a policy would have done to the operations of the past days.

        Raises `PolicyInvalid`, `Invalid` (DAYS_INVALID), `Transient`.
        """
        if not 0 < days <= MOST_DAYS:
            raise Invalid(f"days is above 0 and at most {MOST_DAYS}", code="DAYS_INVALID")
        tables, now = context.graph_tables, wall_clock_ms()
        policy = await self._policy(candidate, context)
        since, decider = now - days * _DAY_MS, Decider(policy, _ground(context))
        past = await self._past.since(since, context)
        leaves, opened = tables.inapplicable.leaves, tables.policy.glass_roles
        replayed = await asyncio.to_thread(replay, past, decider, leaves, opened, now)
        customers = await self._past.touched(replayed.affected.keys, since, context)
        trial = RowTrial(
            Decider(tables.policy, _ground(context)), decider, opened, now, self._catalog.traits
        )
        rows = await self._rows(trial, past, replayed, since, context)
        return Tried(policy.version, since, replayed, rows, customers)

    async def _rows(
        self,
        trial: RowTrial,
        past: Sequence[Past],
        replayed: Replayed,
        since: int,
        context: OperationContext,
    ) -> RowsReplayed:
        changed = changed_actors(past, trial)
        trial = trial.with_attributes(await self._past.attributes(principals_of(changed), context))
        touched = NamedTouched(self._past, self._names_of, since, context)
        return await replay_rows(changed, trial, replayed.affected, self._today(context), touched)

    async def _policy(self, name: str, context: OperationContext) -> Policy:
        """A policy by its version, as `in-force`, or by its text."""
        in_force = await self._office.in_force()
        if name == IN_FORCE:
            return parse_policy(in_force)
        is_version = _VERSION.fullmatch(name) is not None
        policy = parse_policy(
            await self._office.text(await self._office.find(name))
            if is_version
            else keeping_rows(name, in_force)
        )
        refuse_unknown(policy, known_to(self._catalog, context))
        return policy


def _ground(context: OperationContext) -> Ground:
    tables = context.graph_tables
    return Ground(tables.coordinates, tables.interfaces)
