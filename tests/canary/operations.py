"""Random operations over the schema: valid ones by most, and wrong ones that hold canaries."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)

_DEEPEST = 8
_NUMBERS = {"Int": (1, 3), "Long": (0, 10**9), "Float": (0, 10**6)}
_TIMES = {"Date": "1987-01-01", "DateTime": "2026-03-01T00:00:00Z"}


@dataclass
class Words:
    """What operations are made of: canaries, ids, names of segments and events, cursors."""

    canaries: Sequence[Any]
    ids: Sequence[str]
    segments: Sequence[str]
    events: Sequence[str]
    cursors: Sequence[str] = ()


@dataclass
class Operation:
    """A text with its variables."""

    text: str
    variables: dict[str, Any]
    deferred: bool


@dataclass
class Writer:
    """Writes one operation."""

    schema: GraphQLSchema
    words: Words
    chance: Random
    variables: dict[str, tuple[str, Any]] = field(default_factory=dict[str, tuple[str, Any]])
    fragments: list[str] = field(default_factory=list[str])
    aliases: int = 0
    deferred: bool = False

    def operation(self) -> Operation:
        """A query over one to three entry points."""
        assert self.schema.query_type is not None
        body = self._selection(self.schema.query_type, 0, self.chance.randint(1, 2))
        declared = ", ".join(f"${name}: {kind}" for name, (kind, _) in self.variables.items())
        name = self._name()
        head = f"query {name}({declared})" if declared else f"query {name}"
        text = " ".join([head, body, *self.fragments])
        values = {name: value for name, (_, value) in self.variables.items()}
        return Operation(text, values, self.deferred)

    def _name(self) -> str:
        word = str(self.chance.choice(self.words.canaries))
        return f"Q{word}" if word.isalnum() and self.chance.random() < 0.3 else "Q"

    def _selection(self, kind: GraphQLNamedType, depth: int, most: int) -> str:
        assert isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType))
        names = [name for name in kind.fields if not name.startswith("_")]
        chosen = self.chance.sample(names, min(len(names), most))
        parts = [self._field(name, kind.fields[name], depth) for name in chosen]
        if isinstance(kind, GraphQLInterfaceType):
            parts += [
                self._below(one, depth)
                for one in self.schema.get_possible_types(kind)[:12]
                if self.chance.random() < 0.2
            ]
        parts = [part for part in parts if part] or ["__typename"]
        return "{ " + " ".join(map(self._wrapped(kind), parts)) + " }"

    def _below(self, kind: GraphQLObjectType, depth: int) -> str:
        return f"... on {kind.name} {self._selection(kind, depth, 3)}"

    def _wrapped(self, kind: GraphQLNamedType) -> Any:
        def wrap(part: str) -> str:
            dice = self.chance.random()
            if part.startswith("...") or dice > 0.25:
                return part
            if dice < 0.06:
                return f"... on {kind.name} {{ {part} }}"
            if dice < 0.1:
                return f"... @skip(if: false) {{ {part} }}"
            if dice < 0.16:
                name = f"F{len(self.fragments)}"
                self.fragments.append(f"fragment {name} on {kind.name} {{ {part} }}")
                return f"...{name}"
            if dice < 0.2:
                self.deferred = True
                return f"... @defer {{ {part} }}"
            return f"... @include(if: true) {{ {part} }}"

        return wrap

    def _field(self, name: str, stated: GraphQLField, depth: int) -> str:
        named = get_named_type(stated.type)
        leaf = is_leaf_type(named)
        if not leaf and depth >= _DEEPEST:
            return ""
        given = [f"{one}: {self._argument(one, stated.args[one])}" for one in self._given(stated)]
        arguments = f"({', '.join(given)})" if given else ""
        below = "" if leaf else " " + self._selection(named, depth + 1, self.chance.randint(1, 4))
        return f"{self._alias(name)}{name}{arguments}{below}"

    def _given(self, given: GraphQLField) -> list[str]:
        """Some arguments; both sizes of a page only now and then."""
        some = [
            name
            for name, argument in given.args.items()
            if isinstance(argument.type, GraphQLNonNull) or self.chance.random() < _share(name)
        ]
        both = {"first", "last"} <= set(some) and self.chance.random() < 0.95
        return [name for name in some if not (both and name == "last")]

    def _alias(self, name: str) -> str:
        # Keeps the name at its end, by which a reader of answers knows the field.
        clash = self.aliases < 25 and self.chance.random() < 0.4
        self.aliases += clash
        return f"a{self.aliases}_{name}: " if clash else ""

    def _argument(self, name: str, argument: GraphQLArgument) -> str:
        value = self._value(name, argument.type)
        if self.chance.random() < 0.5:
            variable = f"v{len(self.variables)}"
            self.variables[variable] = (str(argument.type), _plain(value))
            return f"${variable}"
        return _literal(value)

    def _value(self, name: str, kind: Any) -> Any:
        if isinstance(kind, GraphQLNonNull):
            return self._value(name, kind.of_type)
        if isinstance(kind, GraphQLList):
            return [self._value(name, kind.of_type) for _ in range(self.chance.randint(1, 2))]
        if isinstance(kind, GraphQLEnumType):
            return _Name(self.chance.choice(list(kind.values)))
        if isinstance(kind, GraphQLInputObjectType):
            return self._object(kind)
        return self._scalar(name, kind.name)

    def _object(self, kind: GraphQLInputObjectType) -> dict[str, Any]:
        needed = [n for n, one in kind.fields.items() if isinstance(one.type, GraphQLNonNull)]
        others = [n for n in kind.fields if n not in needed and n not in {"and", "or", "not"}]
        some = self.chance.sample(others, min(len(others), 1))
        return {name: self._value(name, kind.fields[name].type) for name in [*needed, *some]}

    def _scalar(self, name: str, kind: str) -> Any:
        if self.chance.random() < 0.04:
            return self.chance.choice(self.words.canaries)
        if kind in _NUMBERS:
            return self.chance.randint(*_NUMBERS[kind])
        if kind == "Boolean":
            return self.chance.random() < 0.5
        if kind in _TIMES:
            return _TIMES[kind]
        return self._text(name)

    def _text(self, name: str) -> str:
        words = self.words
        by_name: dict[str, Sequence[Any]] = {
            "id": words.ids,
            "name": words.segments,
            "names": words.events,
            "source": ("crm", "web"),
            "after": [*words.cursors, self._forged()],
            "before": [*words.cursors, self._forged()],
        }
        return str(self.chance.choice(by_name.get(name) or words.canaries))

    def _forged(self) -> str:
        word = self.chance.choice(self.words.canaries)
        return urlsafe_b64encode(json.dumps(["timeline", 1, "crm", word]).encode()).decode()


class _Name(str):
    """A value that is written without quotes."""

    __slots__ = ()


def _share(argument: str) -> float:
    """How often an argument is given: without a size, answers would soon be too large."""
    return {"first": 0.9, "last": 0.3}.get(argument, 0.25)


def _plain(value: Any) -> Any:
    if isinstance(value, _Name):
        return str(value)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _literal(value: Any) -> str:
    if isinstance(value, _Name):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_literal(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return json.dumps(value)
