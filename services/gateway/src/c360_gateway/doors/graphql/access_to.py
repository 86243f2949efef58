"""`Query.accessTo`: who may read a coordinate, or everything of a tag."""

# No postponed annotations: Strawberry reads the types of the resolver that is made here.

import math
from collections.abc import Callable
from typing import Annotated, Any

import strawberry
from c360_kernel.stamp import wall_clock_ms
from c360_kernel.subgraph.scalars import DateTime
from c360_policy.readers import Reading

from c360_gateway.access.answering import Answering
from c360_gateway.access.readers import Asked, Readers, readers, served_now
from c360_gateway.context import OperationContext
from c360_gateway.doors.graphql.audited_rule import TAG

fed = strawberry.federation
SHOWN = {"allow": "clear", "mask": "masked", "deny": "nothing"}
Coordinate = Annotated[
    str | None, fed.argument(description="A coordinate, such as `Profile.phone`.", tags=[TAG])
]
Tag = Annotated[
    str | None,
    fed.argument(description="Everything that carries this tag, such as `phone`.", tags=[TAG]),
]
At = Annotated[
    DateTime | None,
    fed.argument(
        description="By the policy that was in force then, over the schema of then; by the "
        "present ones if left out.",
        tags=[TAG],
    ),
]


def access_to_query(answering: Answering, audited_rule: Any) -> type:  # noqa: ANN401 - a type
    """A part of the query type of the gateway's own subgraph."""

    @fed.type(tags=[TAG], description="What reading is answered with, for these purposes.")
    class AccessReading:
        roles: list[str] | None = strawberry.field(description="With these roles.")
        purposes: list[str] | None = strawberry.field(
            description="For these purposes; `*` is every one that is not named."
        )
        shown: str | None = strawberry.field(description="`clear`, `masked` or `nothing`.")
        mask: str | None = strawberry.field(description="The mask, where it is masked.")
        coordinates: list[str] | None = strawberry.field(description="Of these coordinates.")
        rules: list[object] | None = strawberry.field(
            graphql_type=list[audited_rule] | None,
            description="The rules that decide; none where nothing grants it.",
        )
        until: DateTime | None = strawberry.field(
            description="When that changes with no change of policy, or nothing."
        )
        opened: bool | None = strawberry.field(
            description="Whether one of these roles holds only while it is broken into."
        )

    @fed.type(tags=[TAG], description="What reading is answered with for somebody on record.")
    class KnownReading:
        principal: str | None = strawberry.field(description="Who.")
        last_at: DateTime | None = strawberry.field(
            description="When this principal asked with these roles for the last time."
        )
        reading: AccessReading | None = strawberry.field(description="The answer.")

    @fed.type(tags=[TAG], description="Who may read, under one version of policy.")
    class AccessReport:
        policy_version: str | None = strawberry.field(description="The version.")
        coordinates: list[str] | None = strawberry.field(
            description="What was asked about, in the schema that `schemaOf` tells."
        )
        schema_of: str | None = strawberry.field(
            description="`THEN`: coordinates and tags are those of the time asked about, as the "
            "policy is. `TODAY`: they are today's, for want of a time or of a schema that was kept."
        )
        roles: list[AccessReading] | None = strawberry.field(
            description="Every role by itself, each with all answers that it is given."
        )
        principals: list[KnownReading] | None = strawberry.field(
            description="Everybody who asked anything, with the roles of then."
        )

    def reading(found_readers: Readers) -> Callable[[Reading], AccessReading]:
        def made(one: Reading) -> AccessReading:
            access, until = one.access, one.access.valid_until
            version = found_readers.policy.version
            return AccessReading(
                roles=list(one.roles),
                purposes=list(one.purposes),
                shown=SHOWN[access.action],
                mask=None if access.mask is None else str(access.mask),
                coordinates=list(one.coordinates),
                rules=[audited_rule(policy_version=version, id=rule) for rule in access.rule_ids],
                until=DateTime(int(until)) if math.isfinite(until) else None,
                opened=not found_readers.policy.glass_roles.isdisjoint(one.roles),
            )

        return made

    def report(found_readers: Readers) -> AccessReport:
        made = reading(found_readers)
        return AccessReport(
            policy_version=found_readers.policy.version,
            schema_of=found_readers.schema_of,
            coordinates=sorted(found_readers.question.coordinates),
            roles=[made(one) for one in found_readers.by_role],
            principals=[
                KnownReading(
                    principal=one.actor.principal,
                    last_at=DateTime(one.actor.last_at),
                    reading=made(one.reading),
                )
                for one in found_readers.known
            ],
        )

    @strawberry.type
    class AccessToQuery:
        @fed.field(
            tags=[TAG],
            description="Who may read a coordinate, or everything of a tag: each role, and "
            "everybody on record.",
        )
        async def access_to(
            self,
            info: strawberry.Info[Any, Any],
            coordinate: Coordinate = None,
            tag: Tag = None,
            at: At = None,
        ) -> AccessReport | None:
            operation: OperationContext = info.context.operation
            return report(await _readers(answering, operation, coordinate, tag, at))

    return AccessToQuery


async def _readers(
    answering: Answering,
    operation: OperationContext,
    coordinate: str | None,
    tag: str | None,
    at: int | None,
) -> Readers:
    tables = operation.graph_tables
    named = None if tag is None else tag.removeprefix("tag:")
    asked = Asked(coordinate, named, wall_clock_ms() if at is None else at)
    known = await answering.records.before(at, operation)
    if at is None:
        return readers(tables.policy, asked.of(served_now(tables)), "TODAY", known.actors)
    policy = await answering.versions.policy(known.policy_version)
    then = await answering.schema(known.schema_version)
    if then is None:
        return readers(policy, asked.of(served_now(tables)), "TODAY", known.actors)
    return readers(policy, asked.of(then), "THEN", known.actors)
