"""What customers and records were at a past time, and what changed between two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import strawberry
from c360_kernel.errors import Invalid
from c360_kernel.fitted_traits import fitted
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.subgraph.listing import First, listed
from c360_kernel.subgraph.scalars import DateTime
from c360_kernel.visibility import PROFILE

from c360_profile.domain.changes import trait_changes
from c360_profile.domain.computed.batch import past_of
from c360_profile.domain.customer import belonging_in_the_past
from c360_profile.domain.provenance import Contest
from c360_profile.domain.revision import Revision, Said
from c360_profile.graph.catalog_types import CatalogTypes
from c360_profile.graph.context import GraphContext, Info

Instant = Annotated[
    DateTime | None,
    strawberry.argument(
        description="What the customer's records of today had said by then, and those since deleted"
        " that were no other's; now if left out."
    ),
]
_Since = Annotated[DateTime, strawberry.argument(name="from", description="From this instant.")]
_Until = Annotated[
    DateTime | None, strawberry.argument(name="to", description="To this one; now if left out.")
]
_CHANGES = (
    "The golden traits that differ between two instants, of those that you see without a mask. Both"
    " are of what the customer's records of today had said by then."
)


async def past_traits(
    context: GraphContext, customer: str, instant: int
) -> Mapping[str, TraitValue]:
    """The golden traits of a customer's present records as of an instant (ms UTC).

    What would not fit into a profile of today is left out, as it is of one.
    """
    said = await context.past.load((customer, instant))
    linked = await context.linked.load(customer)
    keys = [one.key for one in belonging_in_the_past(customer, linked)]
    return await whole_past(context, keys, said, instant)


async def whole_past(
    context: GraphContext,
    keys: Sequence[RecordKey],
    said: Iterable[tuple[RecordKey, Revision]],
    instant: int,
) -> Mapping[str, TraitValue]:
    """The traits that these records had by an instant: golden and computed ones, and stages."""
    rules = context.rules.computed
    happened = await context.happened.load_many(list(keys)) if rules.by_event else ()
    computed = past_of(rules, (event for events in happened for event in events), instant)
    return fitted(rules.completed(context.rules.traits(said), computed))[0]


async def past_profile(
    context: GraphContext, customer: str, instant: int
) -> Mapping[str, TraitValue] | None:
    """The same; None of a customer that is not known, or has ended and had not begun."""
    held = await context.customers.load(customer)
    if held is None or (held.ended and not await context.past.load((customer, instant))):
        return None
    return await past_traits(context, customer, instant)


async def contest_of(context: GraphContext, customer: str, instant: int | None) -> Contest:
    """What the records of a customer say of each trait, or had said by an instant (ms UTC)."""
    if instant is None:
        return await context.contests.load(customer)
    past = await context.past.load((customer, instant))
    return Contest(context.rules, [Said.of(*one) for one in past])


def changes_field(types: CatalogTypes) -> Any:  # noqa: ANN401 - Strawberry's field
    """`changes(from, to)`, whose values a catalog types."""
    made = _change_type(types)

    async def changes(root: Any, info: Info, since: _Since, until: _Until = None,  # noqa: ANN401
                      first: First = None) -> Any:  # noqa: ANN401  # fmt: skip
        if until is not None and until < since:
            raise Invalid("'to' is before 'from'", code="PERIOD_EMPTY")
        context = info.context
        before = await past_traits(context, root.id, since)
        after = await _golden(context, root.id, until)
        visibility = context.caller.visibility
        plain = visibility.seen & visibility.used
        found = [one for one in trait_changes(before, after) if f"{PROFILE}.{one.trait}" in plain]
        return [
            made(
                trait=one.trait,
                before=_value(types, one.trait, one.before),
                after=_value(types, one.trait, one.after),
            )
            for one in listed(found, first)
        ]

    return strawberry.field(resolver=changes, graphql_type=list[made] | None, description=_CHANGES)


async def _golden(context: GraphContext, customer: str, instant: int | None) -> Any:  # noqa: ANN401
    if instant is not None:
        return await past_traits(context, customer, instant)
    held = await context.customers.load(customer)
    return {} if held is None else held.traits


def _value(types: CatalogTypes, trait: str, value: Any) -> object | None:  # noqa: ANN401
    return None if value is None else types.make_profile({trait: value})


def _change_type(types: CatalogTypes) -> type:
    namespace = {
        "__module__": __name__,
        "__annotations__": {
            "trait": str,
            "before": types.profile | None,
            "after": types.profile | None,
        },
        "trait": strawberry.field(description="The trait's name, a field of `Profile`."),
        "before": strawberry.field(
            description="A profile of this trait alone, as it was; null where there was no value."
        ),
        "after": strawberry.field(
            description="A profile of this trait alone, as it is since; null where there is none."
        ),
    }
    described = "A golden trait that has another value at one instant than at another."
    return strawberry.type(type("TraitChange", (), namespace), description=described)
