"""Policy in the graph: its versions, what two differ in, what one would have done, and changing it.

Everything carries a tag of its own, so that no wildcard grants it.
"""

# No postponed annotations: Strawberry reads the types of the resolvers that are made here.

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import strawberry
from c360_kernel.context import Attributes
from c360_kernel.errors import Invalid, SettingsError
from c360_kernel.subgraph.paging import LARGEST_PAGE, PageRequest
from c360_kernel.subgraph.scalars import DateTime
from c360_policy.changing.steps import PolicyVersion
from c360_policy.control_tags import POLICY_APPROVAL, POLICY_PROPOSAL
from c360_policy.trying.differing import Difference
from c360_policy.trying.people import Who
from c360_policy.trying.replaying import Point, Reach
from c360_policy.trying.row_differing import RowDifference
from c360_policy.trying.row_replaying import TODAY, RowReach

from c360_gateway.auth.attributes import read_attributes
from c360_gateway.changing.changes import PolicyChanges
from c360_gateway.changing.numbers import Numbers, numbers_for
from c360_gateway.changing.trials import PolicyTrials, Tried
from c360_gateway.context import OperationContext

TAG = "policy"
DECIDED_ON = "rows and consents as they are today, rules as they hold today"
Info = strawberry.Info[Any, Any]
fed = strawberry.federation


def _argument(description: str) -> Any:  # noqa: ANN401 - Strawberry's argument
    return fed.argument(description=description, tags=[TAG])


_NAMED = "a version (six digits or more of it), `in-force`, or the text of a policy"
First = Annotated[int, _argument(f"So many, at most {LARGEST_PAGE}.")]
PolicyA = Annotated[str, _argument(f"The policy of before: {_NAMED}.")]
PolicyB = Annotated[str, _argument(f"The policy of after: {_NAMED}.")]
Candidate = Annotated[str, _argument(f"What is tried: {_NAMED}.")]
Subject = Annotated[str, _argument("Who asks, for rules about rows that ask for it.")]
AttributesOf = Annotated[
    list[str] | None,
    _argument(
        "Attributes of who asks, each as `team=north`; a rule that asks for one of which "
        "nothing is said hides everybody."
    ),
]
Days = Annotated[int, _argument("How far back.")]
Text = Annotated[str, strawberry.argument(description="The whole text of the policy.")]
Version = Annotated[str, strawberry.argument(description="The version: six digits or more of it.")]


@fed.type(tags=[TAG], description="A decision that another policy answers otherwise.")
class PolicyDifference:
    """GraphQL type."""

    roles: list[str] = strawberry.field(description="The roles of who asks.")
    purposes: list[str] = strawberry.field(
        description="For these purposes: `*` is every one, an empty one is none."
    )
    act: str = strawberry.field(
        description="What is done: `read`, `write`, …; `rows`, `consent`, `smallestGroup` and "
        "`volume` are what `rows.yaml` says."
    )
    coordinate: str = strawberry.field(description="What it is done to.")
    before: str = strawberry.field(
        name="from",
        description="The answer of before: `allow`, `deny`, or `mask:` and the mask; of `rows` "
        "whom is told of.",
    )
    after: str = strawberry.field(name="to", description="The answer of after.")
    from_rules: list[str] = strawberry.field(description="The rules that decided before.")
    to_rules: list[str] = strawberry.field(description="The rules that decide after.")
    hidden: int | None = strawberry.field(
        default=None, description="How many customers of today a change of `rows` hides."
    )
    shown: int | None = strawberry.field(
        default=None, description="How many customers of today a change of `rows` shows."
    )


@fed.type(tags=[TAG], description="A decision of the past that would have been another one.")
class PolicyReplayChange:
    """GraphQL type."""

    roles: list[str] = strawberry.field(description="The roles that were asked with.")
    purpose: str = strawberry.field(description="What for; empty: for no purpose.")
    use: str = strawberry.field(
        description="`select`, `filter`, `sort`, `lookup`, `write`, …; `rows` or `consent`."
    )
    coordinate: str = strawberry.field(description="What was used.")
    before: str = strawberry.field(name="from", description="What is on record.")
    after: str = strawberry.field(name="to", description="What it would have been.")
    operations: int = strawberry.field(description="In so many operations.")
    principals: list[str] = strawberry.field(description="By whom.")
    decided_on: str | None = strawberry.field(
        default=None,
        description="`TODAY` for rows and consents: by the values that customers have today.",
    )
    customers: int | None = strawberry.field(
        default=None,
        description="Of `rows` and `consent`: how many customers, whom those operations touched, "
        "it is about.",
    )
    hidden: int | None = strawberry.field(
        default=None,
        description="How many customers of today would be withheld, at most from one principal.",
    )
    shown: int | None = strawberry.field(
        default=None,
        description="How many customers of today would be told of, at most to one principal.",
    )


@fed.type(tags=[TAG], description="What a policy would have done to operations of the past.")
class PolicyReplay:
    """GraphQL type."""

    candidate: str = strawberry.field(description="The version that was tried.")
    since: DateTime = strawberry.field(description="Of operations from then on.")
    decided_on: str = strawberry.field(description="Of which time all but the operations is.")
    operations: int = strawberry.field(description="How many there were.")
    affected_operations: int = strawberry.field(
        description="How many of them would have been answered otherwise."
    )
    principals: list[str] = strawberry.field(description="Who asked those.")
    coordinates: list[str] = strawberry.field(description="What would have been decided otherwise.")
    customers: int = strawberry.field(description="How many customers those operations touched.")
    withheld_customers: int = strawberry.field(
        description="How many customers of today, whom an operation touched, rows and consents "
        "would have withheld from it, or have told of."
    )
    unknown_coordinates: list[str] = strawberry.field(
        description="What is on record and no longer in the schema: nothing is said of it."
    )
    changes: list[PolicyReplayChange] = strawberry.field(description="Most operations first.")


def policy_parts(changes: PolicyChanges, trials: PolicyTrials) -> tuple[type, dict[str, Any]]:
    """A part of the query type of the gateway's own subgraph, and fields of its mutation type."""

    @fed.type(
        name="PolicyVersion",
        tags=[TAG],
        description="A version of the policy, and what became of it.",
    )
    class PolicyVersionType:
        version: str = strawberry.field(description="Its name, as entries of the audit have it.")
        is_in_force: bool = strawberry.field(description="Whether it decides now.")
        in_force_at: DateTime | None = strawberry.field(description="When it was first in force.")
        author: str | None = strawberry.field(description="Who proposed it.")
        proposed_at: DateTime | None = strawberry.field(description="When.")
        approver: str | None = strawberry.field(description="Who approved it.")
        approved_at: DateTime | None = strawberry.field(description="When.")
        publisher: str | None = strawberry.field(description="Who put it into force last.")

        @fed.field(tags=[TAG], description="Its text; null where it is not kept.")
        async def text(self) -> str | None:
            return await changes.text(self.version)

    def shown(one: PolicyVersion) -> PolicyVersionType:
        return PolicyVersionType(
            version=one.version,
            is_in_force=one.is_in_force,
            in_force_at=_time(one.in_force_at),
            author=one.author,
            proposed_at=_time(one.proposed_at),
            approver=one.approver,
            approved_at=_time(one.approved_at),
            publisher=one.publisher,
        )

    @strawberry.type
    class PolicyQuery:
        @fed.field(tags=[TAG], description="The versions of the policy, the one in force first.")
        async def policy_versions(self, first: First = 20) -> list[PolicyVersionType] | None:
            most = PageRequest.of(first, None, None, None).size
            return [shown(one) for one in await changes.versions(most)]

        @fed.field(tags=[TAG], description="What a policy answers otherwise than another one.")
        async def policy_diff(
            self,
            info: Info,
            a: PolicyA,
            b: PolicyB,
            subject: Subject = "",
            attributes: AttributesOf = None,
        ) -> list[PolicyDifference] | None:
            who = Who(subject, _attributes(attributes or ()))
            found = await trials.diff(a, b, who, info.context.operation)
            numbers = numbers_for(info.context.operation)
            rows = (_row_difference(one, numbers) for one in found.rows)
            return [*map(_difference, found.table), *rows]

        @fed.field(
            tags=[TAG], description="What a policy would have done to operations of the past."
        )
        async def policy_replay(
            self, info: Info, candidate: Candidate, days: Days = 7
        ) -> PolicyReplay | None:
            operation: OperationContext = info.context.operation
            return _replay(await trials.replay(candidate, days, operation), numbers_for(operation))

    async def propose_policy(info: Info, text: Text) -> PolicyVersionType | None:
        return shown(await changes.propose(text, info.context.operation))

    async def approve_policy(info: Info, version: Version) -> PolicyVersionType | None:
        return shown(await changes.approve(version, info.context.operation))

    mutations = {
        "propose_policy": fed.mutation(
            resolver=propose_policy,
            tags=[POLICY_PROPOSAL],
            description="Propose a policy: somebody else puts it into force by approving it.",
        ),
        "approve_policy": fed.mutation(
            resolver=approve_policy,
            tags=[POLICY_APPROVAL],
            description="Put a policy into force that somebody else proposed.",
        ),
    }
    return PolicyQuery, mutations


def _attributes(written: Sequence[str]) -> Attributes:
    try:
        return read_attributes(written)
    except SettingsError as error:
        raise Invalid(error.message, code="ATTRIBUTES_INVALID") from error


def _time(at: int | None) -> DateTime | None:
    return None if at is None else DateTime(at)


def _difference(one: Difference) -> PolicyDifference:
    return PolicyDifference(
        roles=list(one.roles),
        purposes=list(one.purposes),
        act=one.act,
        coordinate=one.coordinate,
        before=str(one.before),
        after=str(one.after),
        from_rules=list(one.before.rule_ids),
        to_rules=list(one.after.rule_ids),
    )


def _replay(tried: Tried, numbers: Numbers) -> PolicyReplay:
    replayed = tried.replayed
    return PolicyReplay(
        candidate=tried.version,
        since=DateTime(tried.since),
        decided_on=DECIDED_ON,
        operations=replayed.operations,
        affected_operations=replayed.affected.operations + tried.rows.operations,
        principals=sorted(replayed.affected.principals | tried.rows.principals),
        coordinates=sorted({*replayed.coordinates, *tried.rows.coordinates}),
        customers=tried.customers + (numbers(tried.rows.further) or 0),
        withheld_customers=numbers(len(tried.rows.customers)) or 0,
        unknown_coordinates=list(replayed.unknown),
        changes=[
            *(_change(point, reach) for point, reach in replayed.changes),
            *(_row_change(point, reach, numbers) for point, reach in tried.rows.changes),
        ],
    )


def _row_change(point: Point, reach: RowReach, numbers: Numbers) -> PolicyReplayChange:
    return replace(
        _change(point, reach),
        decided_on=TODAY,
        customers=numbers(len(reach.touched)),
        hidden=numbers(reach.hidden),
        shown=numbers(reach.shown),
    )


def _row_difference(one: RowDifference, numbers: Numbers) -> PolicyDifference:
    return PolicyDifference(
        roles=list(one.roles),
        purposes=list(one.purposes),
        act=one.about,
        coordinate=one.coordinate,
        before=one.before,
        after=one.after,
        from_rules=[],
        to_rules=[],
        hidden=None if one.hidden is None else numbers(one.hidden),
        shown=None if one.shown is None else numbers(one.shown),
    )


def _change(point: Point, reach: Reach | RowReach) -> PolicyReplayChange:
    return PolicyReplayChange(
        roles=list(point.roles),
        purpose=point.purpose,
        use=point.use,
        coordinate=point.coordinate,
        before=point.before,
        after=point.after,
        operations=reach.operations,
        principals=sorted(reach.principals),
    )
