"""`Segment.why`: the condition of a segment, held against one customer."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated, Self

import strawberry
from c360_kernel.groups import GroupSuppressed
from c360_kernel.record import TraitValue
from c360_kernel.subgraph.scalars import DateTime, Long

from c360_segment.domain.explained.evidence import Evidence
from c360_segment.domain.explained.nodes import Definition
from c360_segment.domain.explained.why import Finding, Why, explain
from c360_segment.domain.segments import Segment
from c360_segment.domain.timed.happenings import Happened
from c360_segment.graph.context import Info
from c360_segment.store.seeing import known_as_seen

_OF_PARTS = ("all", "any", "not")
CustomerId = Annotated[strawberry.ID, strawberry.argument(description="The customer's id.")]
WHY = (
    "Why a customer is in it or not, and when that changes by itself; null of a customer whom you"
    " are not told of. Who is told of no small group is refused it where it is small:"
    " SUPPRESSED_SMALL_GROUP."
)


@strawberry.type(description="An event that a sequence is made of.")
class SequenceEvent:
    """GraphQL type."""

    name: str = strawberry.field(description="Its name in the catalog.")
    at: DateTime = strawberry.field(description="When it happened.")

    @classmethod
    def of(cls, event: Happened) -> Self:
        """The GraphQL form."""
        return cls(name=event.name, at=DateTime(event.at))


@strawberry.type(description="What a test of a condition read.")
class ConditionEvidence:
    """GraphQL type."""

    trait: str | None = strawberry.field(
        description="The trait that it tests, if it tests one; `tag:NAME`, `consent:PURPOSE` and"
        " `sources:` are facts."
    )
    value: str | None = strawberry.field(
        description="Its value as JSON, an instant in ms; null where there is none."
    )
    count: Long | None = strawberry.field(
        description="How many events, or links to accounts, it met, if it asks of them."
    )
    measured: float | None = strawberry.field(
        description="What its measure of them comes to, if it has one; null of nothing."
    )
    first_at: DateTime | None = strawberry.field(
        description="When the first of them happened; null of none."
    )
    last_at: DateTime | None = strawberry.field(
        description="When the last of them happened; null of none."
    )
    sequence: list[SequenceEvent] = strawberry.field(
        description="Of one thing after another, the events that were found, as far as it goes."
    )
    since: DateTime | None = strawberry.field(
        description="Of what has to be so for a time, since when it is; null where it is not, or"
        " always was."
    )
    holds_from: DateTime | None = strawberry.field(description="When that is long enough.")

    @classmethod
    def of(cls, evidence: Evidence) -> Self:
        """The GraphQL form."""
        return cls(
            trait=evidence.trait or None,
            value=_written(evidence.value),
            count=None if evidence.counted is None else Long(evidence.counted),
            measured=evidence.measured,
            first_at=_instant(evidence.first),
            last_at=_instant(evidence.last),
            sequence=[SequenceEvent.of(one) for one in evidence.sequence],
            since=_instant(evidence.since),
            holds_from=_instant(evidence.holds_from),
        )


@strawberry.type(description="A part of a condition, and whether it holds.")
class ConditionFinding:
    """GraphQL type."""

    path: str = strawberry.field(
        description="Where the condition says it, `all.0.not`; empty for the whole."
    )
    depth: int = strawberry.field(description="How many all, any, not and held it stands under.")
    test: str = strawberry.field(
        description="`all`, `any` or `not`, whose parts follow; else the test as JSON, as the"
        " catalog says it."
    )
    holds: bool = strawberry.field(description="Whether it is so.")
    changes_at: DateTime | None = strawberry.field(
        description="When it is otherwise if nothing happens; null if never, or not as far as was"
        " looked."
    )
    evidence: ConditionEvidence | None = strawberry.field(
        description="What a test read; null of all, any and not, unless they have to be so for a"
        " time, and where you do not see all that it reads without a mask."
    )

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """The GraphQL form."""
        node = finding.node
        return cls(
            path=".".join(map(str, node.path)),
            depth=sum(isinstance(step, str) for step in node.path),
            test=_test(node.definition),
            holds=finding.holds,
            changes_at=_instant(finding.changes_at),
            evidence=finding.evidence and ConditionEvidence.of(finding.evidence),
        )


@strawberry.type(description="Why a customer is in a segment or not.")
class MembershipReason:
    """GraphQL type."""

    customer_id: strawberry.ID = strawberry.field(description="Of whom it is said.")
    is_member: bool = strawberry.field(
        description="Whether the customer is in it; in one that is archived nobody is, whatever its"
        " condition finds."
    )
    at: DateTime | None = strawberry.field(
        description="The present that this is as of; null before anything is known of time."
    )
    changes_at: DateTime | None = strawberry.field(
        description="When the customer enters or leaves if nothing happens; null if never, or not"
        " as far as was looked."
    )
    looked_to: DateTime | None = strawberry.field(
        description="How far changes were looked for, of a customer of very many events; null: to"
        " the end."
    )
    findings: list[ConditionFinding] = strawberry.field(
        description="The condition and all its parts, each before its own parts."
    )

    @classmethod
    def of(cls, customer: str, why: Why) -> Self:
        """The GraphQL form."""
        return cls(
            customer_id=strawberry.ID(customer),
            is_member=why.is_member,
            at=_instant(why.at or None),
            changes_at=_instant(why.changes_at),
            looked_to=_instant(why.looked_to),
            findings=[ConditionFinding.of(one) for one in why.findings],
        )


async def reason_of(info: Info, segment: Segment, customer: str) -> MembershipReason | None:
    """Why a customer is in a segment or not. Raises `GroupSuppressed`."""
    context = info.context
    if context.caller.smallest_group:
        members = await context.members.load(segment.name)
        if await context.groups.hides(members):
            raise GroupSuppressed
    segments = await context.defined.all()
    looked_at = segment.events | segments.watched
    found = await known_as_seen(context.reader, [customer], looked_at, segment)
    if customer not in found:
        return None
    why = explain(segment, found[customer], segments, context.caller.visibility)
    reason = MembershipReason.of(customer, why)
    if segment.saved is not None and segment.saved.archived:
        return replace(reason, is_member=False, changes_at=None)
    return reason


def _test(definition: Definition) -> str:
    form = next(iter(definition))
    return form if form in _OF_PARTS else _text(definition)


def _instant(at: int | None) -> DateTime | None:
    return None if at is None else DateTime(at)


def _written(value: TraitValue | None) -> str | None:
    return None if value is None else _text(value)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
