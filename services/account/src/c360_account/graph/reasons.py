"""`Account.rollUpReasons`: why an account comes to what it does, a field for each roll-up.

A field has the tags of the roll-up itself: who may not be told of the one is told of no reason.
"""

# No postponed annotations: Strawberry reads them.

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

import strawberry
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.names import pascal
from c360_kernel.catalog.roll_ups import ACCOUNT_LINK
from c360_kernel.subgraph.catalog_types.record_key import record_key_field
from c360_kernel.subgraph.listing import LONGEST_LIST, First, listed
from c360_kernel.subgraph.scalars import DateTime
from c360_kernel.visibility import TIMELINE

from c360_account.domain.reasons import Reason
from c360_account.graph.context import Info
from c360_account.graph.making import empty, field_of, furnish

_REASON = "Why an account comes to what it does; never the value itself."
_REASONS = "Why an account comes to what it does, by the name of the roll-up."
_CHANGES = (
    "When it is another, or may be, though nothing happens: when the oldest event that counts"
    " leaves the window, or a member's link begins or ends. Null if never, and of events where you"
    " may not see when they were."
)
_EVENTS = (
    "The events that count, newest first, of those names that you may read. Null of a roll-up over"
    " members, and where you see no timeline."
)
_MEMBERS = "The members that count. Null of a roll-up over events."


@strawberry.enum(description="What a roll-up is made of.")
class RollUpOver(Enum):
    """GraphQL enum."""

    EVENTS = strawberry.enum_value("EVENTS", description="Of the events that count for it.")
    MEMBERS = strawberry.enum_value("MEMBERS", description="Of those who belong to it now.")


@strawberry.type(description="An event that counts for an account.")
class RolledUpEvent:
    """GraphQL type."""

    name: str = strawberry.field(description="What happened, an event of the catalog.")
    occurred_at: DateTime | None = strawberry.field(description="When it happened.")
    source: str | None = strawberry.field(
        description="The source that told of it; null where you may not see it of such an event."
    )
    message_id: str | None = record_key_field("Names the event within its source.")


class ReasonNode:
    """Why an account comes to what it does."""

    reason: Reason

    def __init__(self, **given: object) -> None:
        raise NotImplementedError("the GraphQL type made of this class has its own")

    @classmethod
    def of(cls, reason: Reason) -> Any:  # noqa: ANN401 - of the type that is made
        """The GraphQL form of a reason."""
        trait, span = reason.roll_up.trait, reason.span
        return cls(
            reason=reason,
            kind=trait.kind,
            over=RollUpOver.MEMBERS if reason.roll_up.is_of_members else RollUpOver.EVENTS,
            subtree=reason.roll_up.subtree,
            since=_instant(span.since),
            until=_instant(span.until),
            changes_at=_instant(reason.changes_at),
        )

    async def events(self, info: Info, first: First = None) -> list[RolledUpEvent] | None:
        """Which events count."""
        visibility = info.context.caller.visibility
        if self.reason.roll_up.is_of_members or TIMELINE not in visibility.seen:
            return None
        found = list(_told(self.reason, info))
        return list(listed(found, first)[: LONGEST_LIST + 1])

    async def members(self, info: Info, first: First = None) -> list[object] | None:
        """Which members count."""
        if not self.reason.roll_up.is_of_members:
            return None
        types: Any = info.context.types
        model, found = info.context.catalog.accounts, listed(self.reason.members, first)
        return [types.link.of(one, model) for one in found[: LONGEST_LIST + 1]]


def reason_type(link: Any) -> Any:  # noqa: ANN401 - made types
    """The type of a reason, whose members are such links."""
    made = empty("RollUpReason", ReasonNode)
    plain = {
        "kind": (str, strawberry.field(description="What it makes of them, as in the catalog.")),
        "over": (RollUpOver, strawberry.field(description="What it is made of.")),
        "subtree": (bool, strawberry.field(description="Whether the accounts below count, too.")),
        "since": (
            DateTime | None,
            strawberry.field(name="from", description="Where its window begins, if it does."),
        ),
        "until": (
            DateTime | None,
            strawberry.field(name="to", description="Before when its window ends, if it does."),
        ),
        "changes_at": (DateTime | None, strawberry.field(description=_CHANGES)),
    }
    resolved = {
        "events": field_of(ReasonNode.events, list[RolledUpEvent] | None, _EVENTS),
        "members": field_of(ReasonNode.members, list[link] | None, _MEMBERS, (ACCOUNT_LINK,)),
    }
    annotations = {name: kind for name, (kind, _) in plain.items()}
    fields = {name: field for name, (_, field) in plain.items()}
    furnish(made, {"reason": strawberry.Private[Reason], **annotations}, {**fields, **resolved})
    return strawberry.type(made, description=_REASON)


def reasons_type(catalog: Catalog, reason: Any) -> Any:  # noqa: ANN401 - made types
    """The type with a field for each roll-up of a catalog."""
    made = empty("AccountRollUpReasons", object)
    fields = {
        f"why_{number}": _named(name, one.trait.tag, one.trait.derived_tags, reason)
        for number, (name, one) in enumerate(catalog.accounts.computed.items())
    }
    furnish(made, {"account": strawberry.Private[str]}, fields)
    return strawberry.type(made, description=_REASONS)


def _named(name: str, tag: str, derived: tuple[str, ...], reason: Any) -> Any:  # noqa: ANN401 - made types
    tags = sorted({tag, *derived} - {"public", ""})
    return strawberry.federation.field(
        name=name,
        resolver=_resolver(name),
        graphql_type=reason | None,
        description=f"Why {name} is what it is.",
        tags=tags,
    )


def _resolver(name: str) -> Callable[..., Any]:
    async def why(root: Any, info: Info) -> Any:  # noqa: ANN401 - the type that is being made
        info.context.refuse_small_groups()
        types: Any = info.context.types
        reason = await info.context.rolling_up.why(root.account, name)
        return types.reason.of(reason if _is_timed(reason, info) else _without_moment(reason))

    return why


def _is_timed(reason: Reason, info: Info) -> bool:
    """Whether the caller may be told when the events were of which it is made."""
    if reason.roll_up.is_of_members:
        return True
    dated = (f"{pascal(event)}.occurredAt" for event in reason.roll_up.trait.events)
    seen = info.context.caller.visibility.seen
    return TIMELINE in seen and all(_is_plain(one, info) for one in dated)


def _without_moment(reason: Reason) -> Reason:
    """When the oldest event leaves the window says when it was."""
    return reason._replace(changes_at=None)


def _told(reason: Reason, info: Info) -> Iterator[RolledUpEvent]:
    """Each with what the caller sees of such an event in a timeline, without a mask."""
    for one in reason.events:
        shown = pascal(one.name)
        if _is_plain(f"{shown}.name", info):
            is_dated, is_sourced, is_named = (
                _is_plain(f"{shown}.{field}", info)
                for field in ("occurredAt", "source", "messageId")
            )
            yield RolledUpEvent(
                name=one.name,
                occurred_at=DateTime(one.occurred_at) if is_dated else None,
                source=one.record.source if is_sourced else None,
                message_id=one.message_id if is_named else None,
            )


def _is_plain(coordinate: str, info: Info) -> bool:
    """Whether the caller sees it, and without a mask."""
    visibility = info.context.caller.visibility
    return coordinate in visibility.seen and coordinate in visibility.used


def _instant(at: int | None) -> DateTime | None:
    return None if at is None else DateTime(at)
