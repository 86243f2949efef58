"""`Query.me`: who the caller is here, and what each coordinate is to the caller."""

# No postponed annotations: Strawberry reads the types of the resolver that is made here.

from enum import Enum
from itertools import islice
from typing import Annotated, Any

import strawberry
from c360_kernel.cursors import CursorSealer
from c360_kernel.errors import Invalid
from c360_kernel.subgraph.paging import LARGEST_PAGE, After, FirstEdges, PageInfo, PageRequest
from c360_kernel.subgraph.scalars import DateTime

from c360_gateway.access.explaining import row_rules
from c360_gateway.auth.break_glass import Glass
from c360_gateway.context import OperationContext
from c360_gateway.policy.effective_permissions import EffectivePermission, EffectivePermissions

_LIST = "my-coordinates"
NamesWanted = Annotated[
    list[str] | None,
    strawberry.argument(
        description=f"Only these coordinates, such as `Profile.phone`, at most {LARGEST_PAGE}: each"
        " is answered for, one that is not known as one that is denied."
    ),
]


@strawberry.enum(description="How a value is shown.")
class ReadAccess(Enum):
    """GraphQL enum."""

    ALLOW = strawberry.enum_value("allow", description="As it is.")
    MASK = strawberry.enum_value("mask", description="Under the mask.")
    DENY = strawberry.enum_value("deny", description="Not at all.")


@strawberry.type(description="A statement about you that rules about rows may ask for.")
class MyAttribute:
    """GraphQL type."""

    name: str = strawberry.field(description="Its name, such as `team`.")
    values: list[str] = strawberry.field(description="Its values.")


@strawberry.type(description="A role that you opened for a while.")
class MyBreakGlass:
    """GraphQL type."""

    id: strawberry.ID = strawberry.field(description="Names the opening, in the audit too.")
    role: str = strawberry.field(description="The role that is open.")
    until: DateTime = strawberry.field(description="When it is over.")


@strawberry.type(description="What a coordinate is to you.")
class MyCoordinate:
    """GraphQL type."""

    coordinate: str = strawberry.field(description="A field, argument, input field or enum value.")
    read: ReadAccess = strawberry.field(description="How it is shown to you.")
    mask: str | None = strawberry.field(description="The mask, as the rule has it.")
    lookup: bool = strawberry.field(description="Whether you may find customers by all of it.")
    filter: bool = strawberry.field(description="Whether you may filter and sort by it.")
    write: bool = strawberry.field(description="Whether you may write it.")
    export: bool = strawberry.field(description="Whether it may leave in bulk for you.")
    needs_consent: bool = strawberry.field(
        description="Whether it is shown of customers alone who consent to your purpose."
    )
    tags: list[str] = strawberry.field(description="Its classifications.")
    rules: list[str] = strawberry.field(description="The rules that say how it is shown.")
    until: DateTime | None = strawberry.field(
        description="When that may change with no change of policy; null: not before policy does."
    )


@strawberry.type(description="A coordinate at its place in the list.")
class MyCoordinateEdge:
    """GraphQL type."""

    cursor: str = strawberry.field(description="Where the next page begins.")
    node: MyCoordinate = strawberry.field(description="The coordinate.")


@strawberry.type(description="A page of coordinates, in alphabetical order.")
class MyCoordinateConnection:
    """GraphQL type."""

    edges: list[MyCoordinateEdge] = strawberry.field(description="The coordinates.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")


def me_query(sealer: CursorSealer) -> type:
    """A part of the query type of the gateway's own subgraph."""

    @strawberry.type(description="You, as policy knows you.")
    class Me:
        principal: str = strawberry.field(description="The subject of your token.")
        roles: list[str] = strawberry.field(
            description="Your roles that hold, the one that is open among them."
        )
        purpose: str = strawberry.field(description="What for you ask; empty: for no purpose.")
        purposes: list[str] = strawberry.field(description="The purposes of your token.")
        attributes: list[MyAttribute] = strawberry.field(description="What is said of you.")
        break_glass: MyBreakGlass | None = strawberry.field(
            description="The role that this request has open."
        )
        sources: list[str] = strawberry.field(description="The sources that you may write.")
        policy_version: str = strawberry.field(description="The policy that decides.")
        row_rules: list[str] = strawberry.field(
            description="Of which customers you are told: `everybody`, `none`, or a condition as "
            "JSON; any of them is enough, and none at all is everybody."
        )
        smallest_group: int = strawberry.field(
            description="You are told of no group of fewer customers; 0: of any."
        )
        expires_at: DateTime = strawberry.field(description="When your token ends.")
        may_introspect: bool = strawberry.field(description="Whether you see the whole schema.")
        may_ask_ad_hoc: bool = strawberry.field(
            description="Whether you may send operations that nobody registered."
        )

        @strawberry.field(
            description="What may be used in some way, by what it is to you; for who may"
            " introspect, all that is known."
        )
        async def coordinates(
            self,
            info: strawberry.Info[Any, Any],
            names: NamesWanted = None,
            first: FirstEdges = None,
            after: After = None,
        ) -> MyCoordinateConnection | None:
            operation: OperationContext = info.context.operation
            rights = EffectivePermissions(operation.table, operation.consented)
            page = PageRequest.of(first, after, None, None)
            begin = sealer.read(_LIST, after, str) or ""
            listed = _named(rights, names) if names is not None else rights.listed()
            found = list(islice((one for one in listed if one.coordinate > begin), page.probe))
            return _connection(found, page, sealer)

    @strawberry.type
    class MeQuery:
        @strawberry.field(description="Who you are here, and what you may do.")
        async def me(self, info: strawberry.Info[Any, Any]) -> Me | None:
            operation: OperationContext = info.context.operation
            principal, table = operation.principal, operation.table
            mine = operation.graph_tables.for_caller(principal).row_policy
            return Me(
                principal=principal.subject,
                roles=list(table.roles),
                purpose=principal.purpose,
                purposes=list(principal.purposes),
                attributes=[
                    MyAttribute(name=name, values=list(values))
                    for name, values in principal.attributes
                ],
                break_glass=_opened(principal.glass),
                sources=sorted(principal.sources),
                policy_version=table.policy_version,
                row_rules=list(row_rules(mine)),
                smallest_group=mine.smallest_group,
                expires_at=DateTime(principal.expires_at * 1_000),
                may_introspect=table.may_introspect,
                may_ask_ad_hoc=table.may_ask_ad_hoc,
            )

    return MeQuery


def _opened(glass: Glass | None) -> MyBreakGlass | None:
    if glass is None:
        return None
    until = DateTime(glass.until * 1_000)
    return MyBreakGlass(id=strawberry.ID(glass.name), role=glass.role, until=until)


def _named(rights: EffectivePermissions, names: list[str]) -> list[EffectivePermission]:
    if len(names) > LARGEST_PAGE:
        raise Invalid(f"names are at most {LARGEST_PAGE}", code="PAGE_TOO_LARGE")
    return [rights.of(name) for name in sorted(set(names))]


def _connection(
    found: list[EffectivePermission], request: PageRequest, sealer: CursorSealer
) -> MyCoordinateConnection:
    page = request.cut(found)
    cursors = [sealer.seal(_LIST, (one.coordinate,)) for one in page.edges]
    edges = [
        MyCoordinateEdge(cursor=cursor, node=_node(one))
        for cursor, one in zip(cursors, page.edges, strict=True)
    ]
    return MyCoordinateConnection(edges=edges, page_info=PageInfo.of(page, cursors))


def _node(one: EffectivePermission) -> MyCoordinate:
    until = one.until
    return MyCoordinate(
        coordinate=one.coordinate,
        read=ReadAccess(one.read.action),
        mask=None if one.read.mask is None else str(one.read.mask),
        lookup=one.may_look_up,
        filter=one.may_filter,
        write=one.may_write,
        export=one.may_export,
        needs_consent=one.needs_consent,
        tags=list(one.tags),
        rules=list(one.read.rule_ids),
        until=None if until is None else DateTime(int(until)),
    )
