"""What a compiled policy lets subgraphs tell of by what they derive."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from c360_kernel.visibility import (
    ACCOUNTS,
    CONSENTS,
    CUSTOMER_TAGS,
    EVENT,
    FILTER,
    LINK_KIND,
    LINK_ROLE,
    LISTS,
    OBJECT,
    PROFILE,
    SCORE_PARTS,
    SOURCES,
    TAGS,
    TIMELINE,
    Visibility,
)
from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
)

from c360_policy.table import PolicyTable

_NONE: frozenset[str] = frozenset()
_FACTS = frozenset((*CONSENTS, *TAGS, *SOURCES, *LISTS, ACCOUNTS, LINK_KIND, LINK_ROLE))
"""What no tag protects, so that a rule has to allow it: see `c360_policy.compared`."""


def visibility_of(
    table: PolicyTable,
    schema: GraphQLSchema,
    shows: Callable[[str], bool],
    consented: frozenset[str] = _NONE,
) -> Visibility:
    """By each trait, fact, property of an event or object, and part of a score, what may be done.

    `shows` says whether anything of a coordinate's values is answered with, masked perhaps.
    What is `consented` is shown customer by customer, and by nothing that is derived of it.
    """
    sources = frozenset(_sources(schema))
    used = frozenset(one for one in sources - consented if _is_used(table, one))
    return Visibility(
        frozenset(one for one in sources - consented if shows(one)),
        used | frozenset(_filtered(table, schema, used)),
    )


def _filtered(table: PolicyTable, schema: GraphQLSchema, used: frozenset[str]) -> Iterator[str]:
    """By which traits that may be read customers may be filtered, too: rules may deny that."""
    kind = schema.type_map.get(FILTER)
    if isinstance(kind, GraphQLInputObjectType):
        for name in kind.fields:
            one, trait = f"{FILTER}.{name}", f"{PROFILE}.{name}"
            is_read = trait in used and table.read(trait).action == "allow"
            if is_read and table.filtering(one).action == "allow":
                yield one


def _is_used(table: PolicyTable, coordinate: str) -> bool:
    decision = table.read(coordinate)
    if decision.action == "allow" or coordinate in _FACTS:
        return decision.action == "allow"
    # What is not personal is told of by what is derived unless a rule speaks against it.
    return not table.tags.get(coordinate) and decision.action == "deny" and not decision.rule_ids


def _sources(schema: GraphQLSchema) -> Iterator[str]:
    for kind in _types(schema):
        if isinstance(kind, GraphQLObjectType):
            yield from (f"{kind.name}.{name}" for name in kind.fields)
    yield TIMELINE
    yield from _FACTS


def _types(schema: GraphQLSchema) -> Iterator[GraphQLNamedType | None]:
    yield schema.type_map.get(PROFILE)
    yield schema.type_map.get(SCORE_PARTS)
    yield schema.type_map.get(CUSTOMER_TAGS)
    for name in (EVENT, OBJECT):
        kind = schema.type_map.get(name)
        if isinstance(kind, GraphQLInterfaceType):
            yield from schema.get_possible_types(kind)
