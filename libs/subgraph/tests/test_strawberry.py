"""What Strawberry adds, taken by its shortcuts or not: the answer is graphql-core's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from enum import Enum
from inspect import isawaitable
from typing import Annotated, Any, ClassVar, NewType

import pytest
import strawberry
from c360_subgraph import Operations
from graphql import GraphQLError, GraphQLResolveInfo, execute, parse, validate
from strawberry.dataloader import DataLoader
from strawberry.extensions import FieldExtension
from strawberry.federation.schema import FederationAny, Schema
from strawberry.permission import BasePermission
from strawberry.schema.config import StrawberryConfig

DateTime = NewType("DateTime", int)
Long = NewType("Long", int)


class NotFoundError(Exception):
    pass


def _read_instant(raw: Any) -> int:
    return int(datetime.fromisoformat(raw).timestamp() * 1000)


def _write_instant(value: int) -> str:
    return datetime.fromtimestamp(value / 1000, UTC).isoformat()


def _long(value: Any) -> int:
    if not isinstance(value, int) or value.bit_length() > 63:
        raise GraphQLError("expected a long")
    return value


SCALARS: Any = {
    DateTime: strawberry.scalar(
        name="DateTime", serialize=_write_instant, parse_value=_read_instant
    ),
    Long: strawberry.scalar(name="Long", serialize=_long, parse_value=_long),
}


class Context:
    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.names: DataLoader[str, str] = DataLoader(load_fn=self._load)

    async def _load(self, keys: list[str]) -> list[str]:
        self.batches.append(list(keys))
        return [key.upper() for key in keys]


Info = strawberry.Info[Context, None]


@strawberry.enum
class Tier(Enum):
    GOLD = "gold"
    PLAIN = strawberry.enum_value("plain", name="ORDINARY")


@strawberry.input
class Range:
    least: int = 3
    most: int | None = strawberry.UNSET


@strawberry.input
class Filter:
    text: str | None
    tiers: list[Tier] | None = strawberry.UNSET
    ranges: list[Range | None] = strawberry.field(default_factory=list)
    nested: Filter | None = strawberry.UNSET
    since: DateTime | None = strawberry.field(name="from", default=None)


@strawberry.input
class Patch:
    name: strawberry.Maybe[str | None]
    global_id: strawberry.relay.GlobalID | None = None


class Never(BasePermission):
    message = "not allowed"

    def has_permission(self, source: Any, info: Any, **given: Any) -> bool:
        return False


class Shouting(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: Any, **given: Any) -> Any:
        return str(next_(source, info, **given)) + "!"


@strawberry.federation.interface
class Named:
    name: str


@strawberry.federation.type(keys=["id"])
class Customer(Named):
    id: strawberry.ID
    tier: Tier | None = None
    points: Long | None = 7
    seen: DateTime | None = 1_700_000_000_000
    tags: list[str | None] = strawberry.field(default_factory=lambda: ["a", None, "b"])
    made: ClassVar[int] = 0

    @strawberry.field
    async def loaded(self, info: Info, suffix: str = "-") -> str:
        return await info.context.names.load(self.id) + suffix

    @strawberry.field
    def parent(self, root: strawberry.Parent[Any]) -> str:
        return root.name

    @strawberry.field
    def where(self, info: Info) -> str:
        return f"{info.path.as_list()} {info.field_name} {info.python_name} {info.variable_values}"

    @strawberry.field
    def selected(self, info: Info) -> list[str]:
        return [one.name for one in info.selected_fields]

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Customer | None:
        if id == "gone":
            raise NotFoundError("no such customer")
        name = await info.context.names.load(id)
        return None if name == "NONE" else cls(id=id, name=name)


@strawberry.federation.type
class Company(Named):
    employees: list[Customer]


@strawberry.type
class Query:
    @strawberry.field
    def people(self) -> list[Named]:
        ann = Customer(id=strawberry.ID("1"), name="ann", tier=Tier.GOLD)
        bob = Customer(id=strawberry.ID("2"), name="bob", tier=Tier.PLAIN, points=2**70)
        return [ann, bob, Company(name="acme", employees=[ann, bob])]

    @strawberry.field
    def either(self, first: bool) -> Annotated[Customer | Company, strawberry.union("Either")]:
        people = self_people()
        return people[0] if first else people[2]

    @strawberry.field
    async def told(self, filter: Filter, more: list[Filter] | None = None) -> str:
        return f"{filter} {more}"

    @strawberry.field
    def patched(self, patch: Patch) -> str:
        return f"{patch}"

    @strawberry.field
    def tier(self, tier: Tier = Tier.PLAIN, since: DateTime | None = None) -> str:
        return f"{tier} {since}"

    @strawberry.field(permission_classes=[Never])
    def secret(self) -> str | None:
        return "secret"

    @strawberry.field(extensions=[Shouting()])
    def loud(self, text: str) -> str:
        return text

    @strawberry.field
    async def counted(self) -> AsyncIterator[int]:
        for number in range(3):
            yield number


def self_people() -> list[Any]:
    ann = Customer(id=strawberry.ID("1"), name="ann", tier=Tier.GOLD)
    return [ann, ann, Company(name="acme", employees=[ann])]


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def add(self, info: Info, text: str) -> list[str]:
        await info.context.names.load(text)
        return [text, str(len(info.context.batches))]

    @strawberry.mutation
    def fail(self) -> str:
        raise NotFoundError("nothing")


def own_copy(raw: Any) -> dict[str, object]:
    """Strawberry takes representations apart, and both ways of running are given the same."""
    if not isinstance(raw, dict) or "__typename" not in raw:
        raise GraphQLError("expected a representation with __typename")
    return dict(raw)


SCHEMA: Any = Schema(
    Query,
    Mutation,
    types=[Customer, Company],
    config=StrawberryConfig(scalar_map=SCALARS),
    scalar_overrides={FederationAny: strawberry.scalar(name="_Any", parse_value=own_copy)},
)._schema
OPERATIONS = Operations(SCHEMA)
ENTITIES = """query ($r: [_Any!]!, $no: Boolean = false) { _entities(representations: $r) {
  __typename ... on Customer { id name loaded again: loaded(suffix: "+") @skip(if: $no) } } }"""
TOLD = "query ($f: Filter!, $m: [Filter!]) { told(filter: $f, more: $m) }"


async def both(query: str, variables: dict[str, Any]) -> list[Any]:
    document = parse(query)
    assert validate(SCHEMA, document) == []
    answers: list[Any] = []
    for run in (_by_core, _compiled):
        context = Context()
        result = await run(query, variables, context)
        errors = [
            (e.message, e.path, e.locations, repr(e.original_error)) for e in result.errors or ()
        ]
        answers.append((result.data, list(result.data or ()), errors, context.batches))
    return answers


async def _by_core(query: str, variables: dict[str, Any], context: Context) -> Any:
    result = execute(SCHEMA, parse(query), context_value=context, variable_values=variables)
    return await result if isawaitable(result) else result


async def _compiled(query: str, variables: dict[str, Any], context: Context) -> Any:
    operation = OPERATIONS.prepare(query).operation
    assert operation is not None
    return await operation.run(variables, context)


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ people { __typename name ... on Customer { id tier points seen tags parent } } }", {}),
        ("{ people { ... on Company { employees { a: loaded b: loaded(suffix: \"x\") } } } }", {}),
        ("query ($x: Boolean!) { people { name @skip(if: $x) ... on Customer { where } } }",
         {"x": True}),
        ("{ people { ... on Customer { selected } ... on Company { employees { selected } } } }",
         {}),
        ("{ a: either(first: true) { __typename } b: either(first: false) { ... on Company "
         "{ employees { loaded } } } }", {}),
        (ENTITIES, {"r": [{"__typename": "Customer", "id": i} for i in ("1", "gone", "none")]}),
        (ENTITIES, {"r": [{"id": "1"}]}),
        (ENTITIES, {"r": [{"__typename": "Customer", "id": "1"}], "no": True}),
        (ENTITIES, {"r": [{"__typename": "Customer", "id": "1"}], "no": None}),
        ('{ _entities(representations: [{__typename: "Customer", id: "1"}]) { __typename } }', {}),
        (TOLD, {"f": {"text": None, "tiers": ["GOLD", "ORDINARY"], "ranges": [{}, None]}}),
        (TOLD, {"f": {}, "m": [{"nested": {"nested": {"text": "x"}}}]}),
        (TOLD, {"f": {"from": "2024-01-01T00:00:00Z"}}),
        (TOLD, {"f": {"ranges": {"most": None}}, "m": {}}),
        (TOLD, {"f": {"ranges": [{"least": None}]}}),
        (TOLD, {"f": {"unknown": 1}}),
        (TOLD, {}),
        ("{ told(filter: {ranges: [{least: 1}], nested: {tiers: [GOLD]}}) }", {}),
        ("query ($p: Patch!) { patched(patch: $p) }", {"p": {"name": None}}),
        ("query ($p: Patch!) { patched(patch: $p) }", {"p": {"globalId": "not one"}}),
        ("query ($t: Tier! = GOLD) { tier tiers: tier(tier: $t) a: tier(tier: GOLD) }", {}),
        ('{ tier(since: "2024-01-01T00:00:00Z") }', {}),
        ('query ($s: DateTime) { tier(since: $s) }', {"s": "yesterday"}),
        ('{ secret loud(text: "a") counted __typename }', {}),
        ('mutation { a: add(text: "a") fail b: add(text: "b") }', {}),
        ('mutation { a: add(text: "a") b: add(text: "b") }', {}),
        ("{ _service { sdl } }", {}),
    ],
)  # fmt: skip
async def test_as_graphql_core(query: str, variables: dict[str, Any]) -> None:
    expected, given = await both(query, variables)
    assert given == expected


def test_the_info_has_all_that_graphql_core_gives() -> None:
    from c360_subgraph.site import ResolveInfo

    assert [name for name in GraphQLResolveInfo._fields if not hasattr(ResolveInfo, name)] == []
