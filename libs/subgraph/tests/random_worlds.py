"""Random schemas with random resolvers, and random operations on them.

What a field does is decided by its type, its name and the number of the object
it is asked of, so that two executions see the same world: it may answer at once
or later, in time or through a loader, with a value that fits its type, with
null, with one that does not fit, or with an error.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
    Undefined,
)
from strawberry.dataloader import DataLoader

ENUM = GraphQLEnumType("Colour", {"RED": 1, "GREEN": "green", "BLUE": None})


def _even(value: Any) -> Any:
    if isinstance(value, int) and value % 2:
        raise ValueError(f"{value} is odd")
    return None if value == "nothing" else value


EVEN = GraphQLScalarType("Even", serialize=_even, parse_value=_even)
LEAVES = (GraphQLString, GraphQLInt, GraphQLFloat, GraphQLBoolean, GraphQLID, ENUM, EVEN)
VALUES: tuple[Any, ...] = (
    "text", "", "12", 0, 1, -7, 2**31, 2**40, 1.5, 4.0, float("nan"), float("inf"), True, False,
    "green", "RED", b"bytes", [], {}, (), Undefined, "nothing", object,
)  # fmt: skip

FILTER = GraphQLInputObjectType(
    "Filter",
    lambda: {
        "text": GraphQLInputField(GraphQLString),
        "least": GraphQLInputField(GraphQLNonNull(GraphQLInt), default_value=3),
        "colours": GraphQLInputField(GraphQLList(GraphQLNonNull(ENUM))),
        "even": GraphQLInputField(EVEN, out_name="is_even"),
        "both": GraphQLInputField(GraphQLList(GraphQLNonNull(FILTER))),
    },
)
FLAT = GraphQLInputObjectType(
    "Flat",
    {
        "id": GraphQLInputField(GraphQLNonNull(GraphQLID)),
        "colour": GraphQLInputField(ENUM, default_value=1),
        "tags": GraphQLInputField(GraphQLList(GraphQLString)),
    },
)
INPUTS: tuple[Any, ...] = (
    GraphQLInt, GraphQLString, GraphQLNonNull(GraphQLInt), GraphQLList(GraphQLInt), ENUM, EVEN,
    FILTER, FLAT, GraphQLList(GraphQLNonNull(FLAT)), GraphQLNonNull(GraphQLBoolean),
)  # fmt: skip
OBJECTS = ("A", "B", "C", "D")


@dataclass
class Thing:
    """An object; `number` decides all that its fields do."""

    type: str
    number: int


@dataclass
class Context:
    """What a run leaves behind: which keys were loaded in one batch."""

    batches: list[list[int]] = field(default_factory=list)
    loader: DataLoader[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.loader = DataLoader(load_fn=self._load)

    async def _load(self, keys: list[int]) -> list[int | BaseException]:
        self.batches.append(list(keys))
        await asyncio.sleep(0)
        return [KeyError(key) if key % 7 == 3 else key for key in keys]


class World:
    """A schema, made by one generator of random numbers, and the behaviour of its fields."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._chance = random.Random(seed)
        self.trouble = self._chance.choice([0.0, 0.03, 0.25])
        self.objects: dict[str, Any] = {}
        self.named = self._interface()
        self.objects.update({name: self._object(name) for name in OBJECTS})
        self.union = GraphQLUnionType(
            "Any", [self.objects[name] for name in OBJECTS[:3]], resolve_type=self._type_resolver()
        )
        self.query = GraphQLObjectType("Query", lambda: self._fields("Query"))
        self.mutation = GraphQLObjectType("Mutation", lambda: self._fields("Mutation"))
        self.schema = GraphQLSchema(self.query, self.mutation, types=[*self.objects.values()])

    def _interface(self) -> GraphQLInterfaceType:
        return GraphQLInterfaceType(
            "Named",
            lambda: {"name": GraphQLField(GraphQLString), "near": GraphQLField(self.named)},
            resolve_type=self._type_resolver(),
        )

    def _object(self, name: str) -> GraphQLObjectType:
        interfaces = [self.named] if name != "D" else []
        is_type_of = self._is_type_of(name) if self._chance.random() < 0.5 else None
        return GraphQLObjectType(
            name, lambda: self._fields(name), interfaces=interfaces, is_type_of=is_type_of
        )

    def _fields(self, parent: str) -> dict[str, GraphQLField]:
        chance = random.Random(f"{self.seed} {parent}")
        fields = {f"f{i}": self._field(parent, f"f{i}", chance) for i in range(6)}
        if parent in OBJECTS[:3]:
            fields["name"] = self._field(parent, "name", chance, GraphQLString)
            fields["near"] = self._field(parent, "near", chance, self.named)
        return fields

    def _field(
        self, parent: str, name: str, chance: random.Random, type_: Any = None
    ) -> GraphQLField:
        type_ = type_ or self._type(chance)
        count = 0 if name in ("name", "near") else chance.choice([0, 0, 1, 2])
        taken = {f"a{i}": self._argument(f"a{i}", chance) for i in range(count)}
        is_default = chance.random() < 0.1
        resolve = None if is_default else self._resolver(parent, name, type_)
        return GraphQLField(type_, taken, resolve=resolve)

    def _argument(self, name: str, chance: random.Random) -> GraphQLArgument:
        if chance.random() < 0.2:
            return GraphQLArgument(
                GraphQLNonNull(GraphQLInt), default_value=5, out_name=f"five_{name}"
            )
        return GraphQLArgument(chance.choice(INPUTS))

    def _type(self, chance: random.Random) -> Any:
        made = chance.choice([*LEAVES, *self.objects.values(), self.named, self.union, self.union])
        for _ in range(chance.choice([0, 0, 0, 1, 1, 2])):
            made = GraphQLList(GraphQLNonNull(made) if chance.random() < 0.4 else made)
        return GraphQLNonNull(made) if chance.random() < 0.3 else made

    def _type_resolver(self) -> Any:
        if self._chance.random() < 0.2:
            return None

        def resolve_type(value: Any, info: Any, type_: Any) -> Any:
            chance = random.Random(f"{self.seed} type {getattr(value, 'number', 0)}")
            name: Any = getattr(value, "type", None)
            if chance.random() < self.trouble:
                name = chance.choice([None, "D", "Colour", "Missing", 12])
            if chance.random() < self.trouble:
                raise LookupError(f"no type of {info.field_name} in {info.path.as_list()}")
            return _later(name) if chance.random() < 0.2 else name

        return resolve_type

    def _is_type_of(self, name: str) -> Any:
        def is_type_of(value: Any, info: Any) -> Any:
            found = getattr(value, "type", None) == name
            chance = random.Random(f"{self.seed} is {name} {getattr(value, 'number', 0)}")
            return _later(found) if chance.random() < 0.2 else found

        return is_type_of

    def _resolver(self, parent: str, name: str, type_: Any) -> Any:
        def resolve(source: Any, info: Any, **given: Any) -> Any:
            number = getattr(source, "number", 0)
            chance = random.Random(f"{self.seed} {parent}.{name} {number} {sorted(given.items())}")
            if chance.random() < self.trouble:
                return self._break(chance, f"{info.parent_type}.{info.field_name}")
            value = self._value(type_, chance, 10 * number)
            how = chance.random()
            if how < 0.25:
                return _later(value, chance.randrange(3))
            if how < 0.4:
                return self._loaded(info.context, number, value)
            return value

        return resolve

    def _break(self, chance: random.Random, where: str) -> Any:
        error = RuntimeError(f"broken {where}")
        match chance.randrange(4):
            case 0:
                raise error
            case 1:
                return error
            case 2:
                return _raise_later(error)
            case _:
                return chance.choice(VALUES)

    async def _loaded(self, context: Context, number: int, value: Any) -> Any:
        # A cancelled load would break its batch: those who share it would wait for ever.
        await asyncio.shield(context.loader.load(number))
        return value

    def _value(self, type_: Any, chance: random.Random, number: int) -> Any:
        if isinstance(type_, GraphQLNonNull):
            if chance.random() > self.trouble / 4:
                return self._value(type_.of_type, chance, number)
            return None
        if chance.random() < 0.1:
            return None
        if isinstance(type_, GraphQLList):
            return self._items(type_.of_type, chance, number)
        if type_ in LEAVES:
            return self._leaf(type_, chance)
        names = [type_.name] if type_.name in OBJECTS else list(OBJECTS[:3])
        return Thing(chance.choice(names), (number + chance.randrange(5)) % 9973)

    def _leaf(self, type_: Any, chance: random.Random) -> Any:
        if chance.random() < self.trouble / 2:
            return chance.choice(VALUES)
        fitting = {"Int": 7, "Float": 2.5, "Boolean": True, "Colour": "green", "Even": 4}
        return fitting.get(type_.name, f"s{chance.randrange(9)}")

    def _items(self, type_: Any, chance: random.Random, number: int) -> Any:
        values = [self._item(type_, chance, number + i) for i in range(chance.randrange(4))]
        kind = chance.random()
        if kind < 0.7:
            return values
        if kind < 0.8:
            return tuple(values)
        if kind < 0.9:
            return _iterate(values, chance.random() < self.trouble)
        return _stream(values, chance.random() < self.trouble)

    def _item(self, type_: Any, chance: random.Random, number: int) -> Any:
        if chance.random() < self.trouble / 2:
            return RuntimeError(f"broken item {number}")
        value = self._value(type_, chance, number)
        return _later(value) if chance.random() < 0.15 else value


async def _later(value: Any, turns: int = 1) -> Any:
    for _ in range(turns):
        await asyncio.sleep(0)
    return value


async def _raise_later(error: Exception) -> Any:
    await asyncio.sleep(0)
    raise error


def _iterate(values: list[Any], breaks: bool) -> Iterator[Any]:
    yield from values
    if breaks:
        raise RuntimeError("broken iterator")


async def _stream(values: list[Any], breaks: bool) -> AsyncIterator[Any]:
    for value in values:
        await asyncio.sleep(0)
        yield value
    if breaks:
        raise RuntimeError("broken stream")
