"""Changes as the graph says them, to who watches and to who asks for pages of them."""

# No postponed annotations: Strawberry reads the types of the fields.

from enum import Enum

import strawberry
from c360_kernel.log.topics import CONSENTS, MEMBERSHIPS, PROFILES, QUALITY, RECORDS
from c360_kernel.payload import MembershipChanged, QualityChanged
from c360_kernel.subgraph.scalars import DateTime
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from c360_gateway.watch.change import Change


@strawberry.federation.type(
    keys=[Key(fields=FieldSet("id"), resolvable=False)],
    description="A person or organisation: the records that sources hold of it, as one.",
)
class Customer:
    """Whom an event is about; the other subgraphs tell more."""

    id: strawberry.ID = strawberry.field(description="Names the customer; kept through merges.")


@strawberry.type(description="A customer entered or left a segment.")
class SegmentChange:
    """GraphQL type."""

    customer: Customer = strawberry.field(description="Who.")
    entered: bool = strawberry.field(description="False: left.")
    at: DateTime = strawberry.field(description="When what caused it was taken in.")
    cursor: str = strawberry.field(description="Where to go on once this change is taken.")


@strawberry.enum(description="What changes are told of.")
class ChangeTopic(Enum):
    """GraphQL enum."""

    RECORDS = strawberry.enum_value(
        RECORDS, description="What a source says of a person, or that it deleted the record."
    )
    CONSENTS = strawberry.enum_value(CONSENTS, description="An answer to a purpose.")
    PROFILES = strawberry.enum_value(
        PROFILES, description="The golden profile of a customer, merges and un-merges among them."
    )
    MEMBERSHIPS = strawberry.enum_value(
        MEMBERSHIPS, description="A customer entered or left a segment."
    )
    QUALITY = strawberry.enum_value(
        QUALITY, description="The quality of data went beyond a bound of the catalog, or came back."
    )


@strawberry.type(description="A measure went beyond its bound, or came back: shares from 0 to 1.")
class QualityCrossing:
    """GraphQL type."""

    source: str = strawberry.field(description="A source of the catalog.")
    trait: str = strawberry.field(description="A trait of the catalog that you may see.")
    measure: str = strawberry.field(description="Which of the measures, as `dataQuality` has them.")
    beyond: bool = strawberry.field(description="False: it came back.")
    value: float | None = strawberry.field(
        description="What it is; null where there is nothing left to measure."
    )
    bound: float | None = strawberry.field(
        description="What the catalog allows; null where it has no such bound any more."
    )


@strawberry.federation.type(description="Something changed about a customer, or about all data.")
class CustomerChange:
    """GraphQL type."""

    topic: ChangeTopic = strawberry.field(description="What changed.")
    at: DateTime = strawberry.field(description="When it was taken in.")
    customer: Customer | None = strawberry.field(
        description="Whose it is now; null where it is nobody's any more."
    )
    source: str | None = strawberry.field(
        description="Who said so; null of what follows from what several said."
    )
    key: str | None = strawberry.federation.field(
        tags=["record_key"], description="The source's key of the record."
    )
    deleted: bool | None = strawberry.field(
        description="Of a record whether it was deleted, of a profile whether it ended, as in a"
        " merge."
    )
    ended_id: strawberry.ID | None = strawberry.field(
        description="Of a profile that ended, as in a merge: the id of who is no more."
    )
    segment: str | None = strawberry.field(description="Of a membership: the segment.")
    entered: bool | None = strawberry.field(description="Of a membership; false: left.")
    quality: QualityCrossing | None = strawberry.field(
        description="What the quality of data became; null of what changed about a customer."
    )


@strawberry.type(description="A change at its place in the feed.")
class CustomerChangeEdge:
    """GraphQL type."""

    cursor: str = strawberry.field(description="Where to go on once this change is taken.")
    node: CustomerChange = strawberry.field(description="The change.")


def customer_change(change: Change) -> CustomerChange:
    """A change as the graph says it."""
    membership = change.membership
    return CustomerChange(
        topic=ChangeTopic(change.topic),
        at=DateTime(change.at),
        customer=Customer(id=strawberry.ID(change.customer)) if change.customer else None,
        source=change.origin or None,
        key=change.record.key if change.record is not None else None,
        deleted=change.deleted,
        ended_id=strawberry.ID(change.ended) if change.ended else None,
        segment=membership and membership.segment,
        entered=membership and membership.member,
        quality=change.quality and _crossing(change.quality),
    )


def _crossing(quality: QualityChanged) -> QualityCrossing:
    return QualityCrossing(
        source=quality.source,
        trait=quality.trait,
        measure=quality.measure,
        beyond=quality.beyond,
        value=quality.value,
        bound=quality.bound,
    )


def segment_change(change: MembershipChanged, cursor: str) -> SegmentChange:
    """Who entered or left as the graph says it."""
    customer = Customer(id=strawberry.ID(change.customer))
    return SegmentChange(
        customer=customer, entered=change.member, at=DateTime(change.at), cursor=cursor
    )
