"""Random valid operations on a random schema, with values for their variables."""

from __future__ import annotations

import random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)

DEEPEST = 4


class RandomOperation:
    """`text` and `variables` of one operation; most of its variables have a value that fits."""

    def __init__(self, schema: GraphQLSchema, seed: int) -> None:
        self._schema = schema
        self._seed = seed
        self._chance = random.Random(seed)
        self._fragments: list[str] = []
        self._definitions: dict[str, str] = {}
        self.variables: dict[str, Any] = {}
        kind = self._chance.choice(["query", "query", "query", "mutation"])
        root = schema.query_type if kind == "query" else schema.mutation_type
        body = self._selection(root, DEEPEST)
        text = f"({', '.join(self._definitions.values())})" if self._definitions else ""
        self.text = "\n".join([f"{kind} Asked{text} {body}", *self._fragments])

    def _selection(self, type_: Any, depth: int) -> str:
        parts = [self._part(type_, depth) for _ in range(self._chance.randint(1, 5))]
        return "{ " + " ".join(parts) + " }"

    def _part(self, type_: Any, depth: int) -> str:
        kind = self._chance.random()
        if kind < 0.1:
            return f"{self._chance.choice(['', 'kind: '])}__typename{self._condition()}"
        if kind < 0.2 and depth > 1:
            on = self._chance.choice(["", f"on {type_}"])
            return f"... {on}{self._condition()} {self._selection(type_, depth - 1)}"
        if kind < 0.3 and depth > 1:
            return f"...{self._fragment(type_, depth)}{self._condition()}"
        if is_abstract_type(type_) and (kind < 0.7 or isinstance(type_, GraphQLUnionType)):
            on = self._chance.choice(self._schema.get_possible_types(type_))
            return (
                f"... on {on} {self._selection(on, depth - 1) if depth > 1 else '{ __typename }'}"
            )
        return self._field(type_, depth)

    def _fragment(self, type_: Any, depth: int) -> str:
        on = type_
        if is_abstract_type(type_):
            on = self._chance.choice([type_, *self._schema.get_possible_types(type_)])
        body = self._selection(on, depth - 1)
        name = f"F{len(self._fragments)}"
        self._fragments.append(f"fragment {name} on {on} {body}")
        return name

    def _field(self, type_: Any, depth: int) -> str:
        fields = type_.fields
        if depth == 1:
            fields = {
                n: f for n, f in fields.items() if not is_composite_type(get_named_type(f.type))
            }
        if not fields:
            return "__typename"
        name = self._chance.choice(list(fields))
        field, variant = fields[name], self._chance.randrange(2)
        is_bare = variant == 0 and isinstance(type_, GraphQLObjectType) and depth == DEEPEST
        alias = "" if is_bare else f"{type_}_{name}_{variant}: "
        given = self._arguments(field.args, f"{type_}_{name}_{variant}")
        of_type = get_named_type(field.type)
        body = f" {self._selection(of_type, depth - 1)}" if is_composite_type(of_type) else ""
        return f"{alias}{name}{given}{self._condition()}{body}"

    def _arguments(self, taken: Any, place: str) -> str:
        """The same at every place that asks for this variant of the field, so that they merge."""
        chance = random.Random(f"{self._seed} {place}")
        given: list[str] = []
        for name, argument in taken.items():
            how = chance.random()
            if how < 0.3 and not is_required_argument(argument):
                continue
            if how < 0.7:
                given.append(f"{name}: {self._literal(argument.type, chance)}")
            else:
                given.append(f"{name}: ${self._variable(f'{place}_{name}', argument, chance)}")
        return f"({', '.join(given)})" if given else ""

    def _variable(self, name: str, argument: Any, chance: random.Random) -> str:
        type_ = argument.type
        default = f" = {self._literal(type_, chance)}" if chance.random() < 0.3 else ""
        self._definitions[name] = f"${name}: {type_}{default}"
        how = chance.random()
        is_optional = default or not isinstance(type_, GraphQLNonNull)
        if how < 0.2 and is_optional:
            return name
        self.variables[name] = {"not": "fitting"} if how > 0.99 else self._given(type_, chance)
        return name

    def _condition(self) -> str:
        if self._chance.random() < 0.85:
            return ""
        directive = self._chance.choice(["skip", "include"])
        if self._chance.random() < 0.3:
            return f" @{directive}(if: {self._chance.choice(['true', 'false'])})"
        name = f"c{self._chance.randrange(3)}"
        self._definitions[name] = f"${name}: Boolean!"
        self.variables.setdefault(name, self._chance.random() < 0.5)
        return f" @{directive}(if: ${name})"

    def _literal(self, type_: Any, chance: random.Random) -> str:
        if isinstance(type_, GraphQLNonNull):
            return self._some_literal(type_.of_type, chance)
        return "null" if chance.random() < 0.1 else self._some_literal(type_, chance)

    def _some_literal(self, type_: Any, chance: random.Random) -> str:
        if isinstance(type_, GraphQLList):
            items = [self._literal(type_.of_type, chance) for _ in range(chance.randrange(3))]
            return f"[{', '.join(items)}]"
        if isinstance(type_, GraphQLInputObjectType):
            members = [
                f"{name}: {self._literal(field.type, chance)}"
                for name, field in _chosen(type_, chance)
            ]
            return f"{{{', '.join(members)}}}"
        if isinstance(type_, GraphQLEnumType):
            return chance.choice(list(type_.values))
        return {"Int": "4", "Boolean": "true", "Even": "6"}.get(type_.name, '"literal"')

    def _given(self, type_: Any, chance: random.Random) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self._some(type_.of_type, chance)
        return None if chance.random() < 0.1 else self._some(type_, chance)

    def _some(self, type_: Any, chance: random.Random) -> Any:
        if isinstance(type_, GraphQLList):
            if chance.random() < 0.1:
                return self._given(type_.of_type, chance)
            return [self._given(type_.of_type, chance) for _ in range(chance.randrange(3))]
        if isinstance(type_, GraphQLInputObjectType):
            return {name: self._given(one.type, chance) for name, one in _chosen(type_, chance)}
        if isinstance(type_, GraphQLEnumType):
            return chance.choice(list(type_.values))
        fitting = {"Int": 7, "Boolean": False, "Even": chance.choice([8, 9]), "ID": 12}
        return fitting.get(type_.name, "given")


def _chosen(type_: GraphQLInputObjectType, chance: random.Random) -> list[tuple[str, Any]]:
    return [
        (name, field)
        for name, field in type_.fields.items()
        if is_required_input_field(field) or chance.random() < 0.4
    ]
