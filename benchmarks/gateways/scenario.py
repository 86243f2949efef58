"""One comparison: subgraphs over a world, what is asked of them, and the answers that are right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from c360_federation.compose import SubgraphSdl, compose
from c360_federation.supergraph import read_supergraph
from c360_policy.store.shipped import POLICY_FILE, copy_default_policy
from graphql import GraphQLSchema, execute_sync, parse, specified_directives

from .plain import Plain, resolved

Json = Any
Masks = Mapping[str, Callable[[str], str]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`root` is the whole world, `masks` say what of a field's value a `role` sees."""

    name: str
    subgraphs: Mapping[str, Plain]
    root: Mapping[str, Json]
    query: str
    variables: Sequence[Mapping[str, Json]]
    role: str
    policy: str
    masks: Masks

    def at(self, port: int) -> Mapping[str, str]:
        """The subgraphs' URLs."""
        return {one: f"http://127.0.0.1:{port}/{self.name}/{one}" for one in self.subgraphs}

    def supergraph(self, port: int) -> str:
        """The supergraph, by our composer."""
        urls = self.at(port)
        entries = [SubgraphSdl(name, one.sdl, urls[name]) for name, one in self.subgraphs.items()]
        return compose(entries)

    def bodies(self) -> list[bytes]:
        """The requests."""
        return [orjson.dumps({"query": self.query, "variables": one}) for one in self.variables]

    def answers(self) -> list[Json]:
        """What each request's `data` has to be: graphql-core over the world as one schema."""
        schema = _without_defer(read_supergraph(self.supergraph(0)).schema)
        document = parse(self.query)
        answer = [
            execute_sync(
                schema, document, self.root, variable_values=dict(one), field_resolver=resolved
            )
            for one in self.variables
        ]
        assert not any(one.errors for one in answer), answer[0].errors
        return [one.data for one in answer]


def _without_defer(schema: GraphQLSchema) -> GraphQLSchema:
    """graphql-core does not execute at all where `@defer` is declared."""
    parts: dict[str, Any] = {**schema.to_kwargs(), "directives": specified_directives}
    return GraphQLSchema(**parts)


def masked(value: Json, masks: Masks, mask: Callable[[str], str] | None = None) -> Json:
    """An answer as a role sees it whose policy shows only a part of some fields."""
    if isinstance(value, dict):
        return {key: masked(inner, masks, masks.get(key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(one, masks, mask) for one in value]
    return value if mask is None or value is None else mask(value)


def write_policy(directory: Path, text: str) -> None:
    """A policy directory with these lines."""
    copy_default_policy(directory)
    (directory / POLICY_FILE).write_text(text, encoding="utf-8")
