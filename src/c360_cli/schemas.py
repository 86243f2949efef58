"""The schema as somebody sees it: from the files of an instance, or asked of a running one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from c360_kernel.errors import Invalid, NotFound
from c360_policy.rule import Policy
from graphql import (
    GraphQLSchema,
    build_client_schema,
    get_introspection_query,
    lexicographic_sort_schema,
    print_schema,
)

from c360_cli.api.asking import Api
from c360_cli.own_graph import catalog_text, own_graph
from c360_cli.roles import policy_of, unknown_roles

_READER = "privacy_officer"


def schema_of_files(
    data: Path, catalog: Path | None, roles: Sequence[str], purpose: str
) -> GraphQLSchema:
    """What these roles see under the catalog and the policy; all of it without roles.

    Raises `NotFound` (ROLE_UNKNOWN, SCHEMA_EMPTY), and what catalog and policy raise.
    """
    policy = _policy(data, roles) if roles else None
    graph, _ = own_graph(catalog_text(catalog, data))
    if graph is None:
        raise Invalid("this catalog makes no schema", code="SCHEMA_INVALID")
    if policy is None:
        return graph.engine.supergraph.schema
    shown = graph.tables.under(policy, tuple(roles), purpose).shown
    if shown is None:
        raise NotFound("these roles see nothing of the schema", code="SCHEMA_EMPTY")
    return shown


def schema_of_instance(api: Api, roles: Sequence[str]) -> GraphQLSchema:
    """What a running instance tells these roles of its schema."""
    introspected = api.ask(roles or (_READER,), get_introspection_query(), {})
    return build_client_schema(introspected)  # type: ignore[arg-type] - what introspection answers


def printed(schema: GraphQLSchema) -> str:
    """The SDL, in alphabetical order: equal for equal schemas."""
    return print_schema(lexicographic_sort_schema(schema))


def _policy(data: Path, roles: Sequence[str]) -> Policy:
    policy = policy_of(data)
    for complaint in unknown_roles(policy, roles):
        raise NotFound(complaint, code="ROLE_UNKNOWN")
    return policy
