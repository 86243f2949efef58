"""`Customer.timeline` and `Customer.sessions`: what happened, event by event and visit by visit."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import strawberry
from c360_kernel.catalog.names import pascal
from c360_kernel.conditions.tree import ValueCondition, leaves
from c360_kernel.errors import Invalid
from c360_kernel.subgraph.catalog_types import Event, event_condition, event_filter
from c360_kernel.subgraph.paging import (
    After,
    Before,
    FirstEdges,
    LastEdges,
    PageInfo,
    PageRequest,
)
from c360_kernel.subgraph.scalars import DateTime, Long

from c360_profile.domain.query import Window
from c360_profile.graph.catalog_types import CatalogTypes
from c360_profile.graph.context import Info
from c360_profile.graph.paging import TimelineCursors

Names = Annotated[
    list[str] | None,
    strawberry.argument(description="Only these events of the catalog; all if left out."),
]
_Sources = Annotated[
    list[str] | None,
    strawberry.argument(description="Only what these sources of the catalog saw; all if left out."),
]
_Since = Annotated[
    DateTime | None, strawberry.argument(name="from", description="Not before this instant.")
]
_Until = Annotated[
    DateTime | None, strawberry.argument(name="to", description="Before this instant.")
]
_TIMELINE = "What happened on the customer's records, newest first; only these events if named."
_WHERE = (
    "Only events that have all of these properties so: of each event those count that you may read"
    " without a mask."
)


@strawberry.type(description="An event at its place in the timeline.")
class TimelineEdge:
    """GraphQL type."""

    cursor: str = strawberry.field(description="Where another page starts.")
    node: Event = strawberry.field(description="The event.")


@strawberry.type(description="A page of what happened on a customer's records, newest first.")
class TimelineConnection:
    """GraphQL type."""

    edges: list[TimelineEdge] = strawberry.field(description="The events.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")
    customer: strawberry.Private[str]
    window: strawberry.Private[object]

    @strawberry.field(description="How many events there are, on this page and off it.")
    async def total_count(self, info: Info) -> Long | None:
        """GraphQL field."""
        window: Any = self.window
        return Long(await info.context.event_counts.load((self.customer, window)))


def timeline_field(types: CatalogTypes) -> Any:  # noqa: ANN401 - Strawberry's field
    """`timeline`, whose filter a catalog makes."""

    async def timeline(
        root: Any,  # noqa: ANN401
        info: Info,
        first: FirstEdges = None,
        after: After = None,
        names: Names = None,
        last: LastEdges = None,
        before: Before = None,
        sources: _Sources = None,
        since: _Since = None,
        until: _Until = None,
        where: Any = None,  # noqa: ANN401
    ) -> TimelineConnection | None:
        request, cursors = PageRequest.of(first, after, last, before), info.context.timeline_cursors
        inside = chosen(info, names, None if where is None else event_condition(where, catalog))
        asked = inside._replace(sources=_sources(types, sources), since=since, until=until)
        return await page_of(root.id, info, request, cursors, asked)

    catalog = types.catalog
    filter_type: Any = event_filter(catalog)
    if filter_type is None:
        # A catalog without properties has nothing to filter by.
        signature = inspect.signature(timeline)
        others = [one for name, one in signature.parameters.items() if name != "where"]
        timeline.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
    else:
        argument = strawberry.argument(description=_WHERE)
        timeline.__annotations__["where"] = Annotated[filter_type | None, argument]
    return strawberry.field(resolver=timeline, description=_TIMELINE)


async def page_of(
    customer: str, info: Info, request: PageRequest, cursors: TimelineCursors, asked: Window
) -> TimelineConnection:
    """A page of what happened to a customer in a window without a limit."""
    places = cursors.read(request.after), cursors.read(request.before)
    window = asked._replace(
        after=places[0], before=places[1], limit=request.probe, from_end=request.from_end
    )
    page = request.cut(await info.context.timelines.load((customer, window)))
    make = info.context.types.make_event
    edges: list[Any] = [
        TimelineEdge(cursor=cursors.write(event.place), node=make(event))  # type: ignore[arg-type]
        for event in page.edges
    ]
    page_info = PageInfo.of(page, [edge.cursor for edge in edges])
    return TimelineConnection(edges=edges, page_info=page_info, customer=customer, window=asked)


def chosen(info: Info, names: list[str] | None, having: ValueCondition | None) -> Window:
    """A window of these events; of those with the properties asked for that the caller may use."""
    known = event_names(info.context.types, names)
    if having is None:
        return Window(known)
    used, tested = info.context.caller.visibility.used, {one.name for one in leaves(having)}
    readable = [name for name in known if all(f"{pascal(name)}.{one}" in used for one in tested)]
    return Window(tuple(readable), having=having)


def event_names(types: CatalogTypes, names: list[str] | None) -> tuple[str, ...]:
    """The names asked for, all of the catalog by default: an event no longer in it has no type.

    Raises `Invalid` EVENT_UNKNOWN.
    """
    known = types.catalog.events
    for name in names or ():
        if name not in known:
            raise Invalid("names holds an event that is not known", code="EVENT_UNKNOWN")
    return tuple(sorted(known if names is None else set(names)))


def _sources(types: CatalogTypes, sources: list[str] | None) -> tuple[str, ...] | None:
    for name in sources or ():
        if name not in types.catalog.sources:
            raise Invalid("sources holds one that is not known", code="UNKNOWN_SOURCE")
    return None if sources is None else tuple(sorted(set(sources)))
