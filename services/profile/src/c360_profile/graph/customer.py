"""`Customer` as this subgraph knows it."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from c360_kernel.errors import Invalid
from c360_kernel.payload import PROFILE_TOO_LARGE
from c360_kernel.subgraph.listing import First, listed
from c360_kernel.subgraph.paging import (
    After,
    Before,
    FirstEdges,
    LastEdges,
    PageInfo,
    PageRequest,
)
from c360_kernel.subgraph.scalars import DateTime

from c360_profile.domain.consent import most_restrictive
from c360_profile.domain.query import Window
from c360_profile.graph.catalog_types import CatalogTypes
from c360_profile.graph.context import Info
from c360_profile.graph.past import Instant, changes_field, past_profile
from c360_profile.graph.provenance import provenance_field
from c360_profile.graph.types import (
    Consent,
    TimelineConnection,
    TimelineEdge,
)

Names = Annotated[
    list[str] | None,
    strawberry.argument(description="Only these events of the catalog; all if left out."),
]


def customer_type(types: CatalogTypes) -> type:
    """`Customer` with the golden profile that a catalog makes."""
    namespace: dict[str, Any] = {
        "__doc__": "A person or organisation: the records that sources hold of it, as one.",
        "__module__": __name__,
        "__annotations__": {"id": strawberry.ID},
        "id": strawberry.field(description="Names the customer; kept through merges."),
        "profile": strawberry.field(
            resolver=_profile,
            graphql_type=types.profile | None,
            description="The golden traits; null for a customer that has ended or is not known.",
        ),
        "profile_code": strawberry.field(resolver=_profile_code, description=_PROFILE_CODE),
        "provenance": provenance_field(types),
        "changes": changes_field(types),
        "updated_at": strawberry.field(resolver=_updated_at, description=_UPDATED_AT),
        "timeline": strawberry.field(resolver=_timeline, description=_TIMELINE),
        "consents": strawberry.field(resolver=_consents, description=_CONSENTS),
        "resolve_reference": classmethod(_by_reference),
    }
    made = type("Customer", (), namespace)
    return strawberry.federation.type(made, keys=["id"], description=namespace["__doc__"])


_PROFILE_CODE = (
    "PROFILE_TOO_LARGE where the largest traits are left out, since the golden profile is larger"
    " than the log takes (1 MB); null for a whole one."
)
_UPDATED_AT = (
    "When a record of the customer last said what holds, or was deleted: the time at which that was"
    " taken in, equal after a replay. What was outdated or said before does not count, nor does a"
    " decision of a steward or another catalog by itself."
)
_TIMELINE = "What happened on the customer's records, newest first; only these events if named."
_CONSENTS = "One answer a purpose: the most restrictive that any of the records holds."


def _by_reference(made: type, id: strawberry.ID) -> object:
    """Any id can be asked about: identity may know a customer before this service does."""
    return made(id=id)


async def _profile(root: Any, info: Info, as_of: Instant = None) -> Any:  # noqa: ANN401 - a type of the catalog
    if as_of is not None:
        past = await past_profile(info.context, root.id, as_of)
        return None if past is None else info.context.types.make_profile(past)
    customer = await info.context.customers.load(root.id)
    if customer is None or customer.ended:
        return None
    return info.context.types.make_profile(customer.traits)


async def _profile_code(root: Any, info: Info) -> str | None:  # noqa: ANN401
    customer = await info.context.customers.load(root.id)
    return PROFILE_TOO_LARGE if customer is not None and customer.left_out else None


async def _updated_at(root: Any, info: Info) -> DateTime | None:  # noqa: ANN401
    at = await info.context.updates.load(root.id)
    return None if at is None else DateTime(at)


async def _consents(root: Any, info: Info, first: First = None) -> list[Consent] | None:  # noqa: ANN401
    own = await info.context.answering.load(root.id)
    held = most_restrictive((record.key, record.consents.values()) for record in own)
    return [Consent.of(consent) for consent in listed(held, first)]


async def _timeline(
    root: Any,  # noqa: ANN401
    info: Info,
    first: FirstEdges = None,
    after: After = None,
    names: Names = None,
    last: LastEdges = None,
    before: Before = None,
) -> TimelineConnection | None:
    request, cursors = PageRequest.of(first, after, last, before), info.context.timeline_cursors
    known = _event_names(info.context.types, names)
    places = cursors.read(after), cursors.read(before)
    window = Window(known, *places, request.probe, request.from_end)
    page = request.cut(await info.context.timelines.load((root.id, window)))
    make = info.context.types.make_event
    edges: list[Any] = [
        TimelineEdge(cursor=cursors.write(event.place), node=make(event))  # type: ignore[arg-type]
        for event in page.edges
    ]
    page_info = PageInfo.of(page, [edge.cursor for edge in edges])
    return TimelineConnection(edges=edges, page_info=page_info)


def _event_names(types: CatalogTypes, names: list[str] | None) -> tuple[str, ...]:
    """The names asked for, all of the catalog by default: an event no longer in it has no type."""
    known = types.catalog.events
    for name in names or ():
        if name not in known:
            raise Invalid("names holds an event that is not known", code="EVENT_UNKNOWN")
    return tuple(sorted(known if names is None else set(names)))
