"""`Customer.provenance`: where golden traits come from, and what lost against it.

An entry is there for who sees its trait, and of a customer whose profile holds the trait. Whoever
sees the trait masked is not told what compares values.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

import strawberry
from c360_kernel.subgraph.catalog_types.record_key import record_key_field
from c360_kernel.subgraph.listing import LONGEST_LIST, First, listed
from c360_kernel.subgraph.scalars import DateTime
from c360_kernel.visibility import PROFILE
from c360_subgraph.pacing import PACE

from c360_profile.domain.losing import COMPARING, TOLD_BY_RECORDS, Lost
from c360_profile.domain.provenance import Contest, Provenance
from c360_profile.graph.catalog_types import CatalogTypes
from c360_profile.graph.context import GraphContext, Info
from c360_profile.graph.past import Instant, contest_of
from c360_profile.graph.types import LossReason, SurvivorshipRule

_AS_FAST = 8
"""So many candidates are looked at in the time that one item of a list is made."""
_PROVENANCE = (
    "Where each golden trait that you may see comes from; of a list trait, every record that gave"
    " items."
)
_CANDIDATES = (
    "The records that say something of the trait and do not give its value, newest first, each with"
    " the reason."
)
_LOST_BECAUSE = (
    "Why it is not the customer's; null where that would tell something of values that you see"
    " masked."
)


def provenance_field(types: CatalogTypes) -> Any:  # noqa: ANN401 - Strawberry's field
    """`provenance`, whose candidates show a trait as a catalog types it."""
    made = _provenance_type(types)

    async def provenance(
        root: Any,  # noqa: ANN401
        info: Info,
        as_of: Instant = None,
        first: First = None,
    ) -> Any:  # noqa: ANN401
        contest = await contest_of(info.context, root.id, as_of)
        left_out = await _left_out(info.context, root.id) if as_of is None else ()
        origins = list(_origins(contest, info, left_out))
        return [
            made(contest=contest, **_place(one), trait=one.trait, rule=SurvivorshipRule(one.rule))
            for one in listed(origins, first)
        ]

    return strawberry.field(
        resolver=provenance, graphql_type=list[made] | None, description=_PROVENANCE
    )


async def _left_out(context: GraphContext, customer: str) -> Collection[str]:
    held = await context.customers.load(customer)
    return () if held is None else held.left_out


def _origins(contest: Contest, info: Info, left_out: Collection[str]) -> Iterator[Provenance]:
    seen = info.context.caller.visibility.seen
    for origin in contest.provenance():
        if f"{PROFILE}.{origin.trait}" in seen and origin.trait not in left_out:
            yield origin


def _place(one: Provenance | Lost) -> dict[str, Any]:
    return {
        "source": one.record.source,
        "key": one.record.key,
        "observed_at": DateTime(one.observed_at),
    }


def _provenance_type(types: CatalogTypes) -> type:
    candidate = _candidate_type(types)

    async def candidates(root: Any, info: Info, first: First = None) -> Any:  # noqa: ANN401
        contest = root.contest
        await PACE.take(len(contest.told[root.trait]) // _AS_FAST)
        # One more than are shown tells that there are more.
        most = LONGEST_LIST + 1 if first is None else len(listed(range(LONGEST_LIST), first))
        lost = list(islice(contest.lost(root.trait), most))
        because = _Reasons(info, root.trait)
        return [
            candidate(
                **_place(one),
                traits=types.make_record_traits({root.trait: one.value}),
                lost_because=because.of(one),
            )
            for one in lost
        ]

    namespace = {
        **_told("source", "key", "observed_at"),
        "trait": strawberry.field(description="The trait's name, a field of `Profile`."),
        "rule": strawberry.field(description="Why this record's value won."),
        "candidates": strawberry.field(
            resolver=candidates, graphql_type=list[candidate] | None, description=_CANDIDATES
        ),
    }
    annotations = {
        "contest": strawberry.Private[object],
        "trait": str,
        **_PLACE,
        "rule": SurvivorshipRule,
    }
    return _type(
        "TraitProvenance",
        namespace,
        annotations,
        "Which record a golden trait comes from and why it won; never the value itself.",
    )


def _candidate_type(types: CatalogTypes) -> type:
    namespace = {
        **_told("source", "key", "observed_at"),
        "traits": strawberry.field(
            description="What the record says of this trait, as it wrote it, and of no other."
        ),
        "lost_because": strawberry.field(description=_LOST_BECAUSE),
    }
    annotations = {
        **_PLACE,
        "traits": types.record_traits | None,
        "lost_because": LossReason | None,
    }
    described = "A record that says something of a trait and does not give its golden value."
    return _type("TraitCandidate", namespace, annotations, described)


_PLACE = {"source": str, "key": str | None, "observed_at": DateTime}


def _told(*names: str) -> dict[str, Any]:
    fields = {
        "source": strawberry.field(description="The source of the record."),
        "key": record_key_field("The record's key at its source."),
        "observed_at": strawberry.field(description="When the source saw the value."),
    }
    return {name: fields[name] for name in names}


def _type(
    name: str, namespace: dict[str, Any], annotations: dict[str, Any], description: str
) -> type:
    described = {"__module__": __name__, "__annotations__": annotations, **namespace}
    return strawberry.federation.type(type(name, (), described), description=description)


class _Reasons:
    """What a caller is told of why records lost."""

    def __init__(self, info: Info, trait: str) -> None:
        context = info.context
        kind = context.rules.catalog.traits[trait]
        self._is_plain = f"{PROFILE}.{trait}" in context.caller.visibility.used
        self._compares = kind.survivorship in COMPARING

    def of(self, lost: Lost) -> LossReason | None:
        is_told = lost.loss in TOLD_BY_RECORDS and not self._compares
        return LossReason(lost.loss) if self._is_plain or is_told else None
