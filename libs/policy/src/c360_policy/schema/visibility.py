"""What a compiled policy lets subgraphs tell of by what they derive."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from c360_kernel.visibility import (
    ACCOUNT_FILTER,
    ACCOUNT_PROFILE,
    ACCOUNT_ROLL_UPS,
    ACCOUNT_TRAITS,
    ACCOUNTS,
    CONSENTS,
    CUSTOMER_TAGS,
    EVENT,
    FILTER,
    LINK_KIND,
    LINK_ROLE,
    LISTS,
    OBJECT,
    OBJECT_FILTER,
    PROFILE,
    RECEIPT_SIGNATURE,
    ROLL_UPS,
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
_FACTS = frozenset(
    (*CONSENTS, *TAGS, *SOURCES, *LISTS, ACCOUNTS, LINK_KIND, LINK_ROLE, ROLL_UPS, *ACCOUNT_TRAITS)
)
"""What no tag protects, so that a rule has to allow it: see `c360_policy.compared`."""
_RECEIPT = ("ConsentReceipt", "ReceiptPurpose", "ReceiptEvent")


def visibility_of(
    table: PolicyTable,
    schema: GraphQLSchema,
    shows: Callable[[str], bool],
    consented: frozenset[str] = _NONE,
) -> Visibility:
    """By each trait (of accounts, too, and what these come to), fact, property of an event or
    object, part of a score, and the signature of a receipt, what may be done.

    `shows` says whether anything of a coordinate's values is answered with, masked perhaps.
    What is `consented` is shown customer by customer, and by nothing that is derived of it.
    """
    sources = frozenset(_sources(schema))
    used = frozenset(one for one in sources - consented if _is_used(table, one))
    seen = frozenset(one for one in sources - consented if shows(one))
    signed = frozenset(_signed(table, schema, shows, consented))
    return Visibility(seen | signed, used | frozenset(_filtered(table, schema, used)))


def _signed(
    table: PolicyTable,
    schema: GraphQLSchema,
    shows: Callable[[str], bool],
    consented: frozenset[str],
) -> Iterator[str]:
    """A signature tells whoever guesses what it is over whether that is so."""
    named = map(schema.type_map.get, _RECEIPT)
    kinds = [one for one in named if isinstance(one, GraphQLObjectType)]
    parts = [f"{one.name}.{name}" for one in kinds for name in one.fields]
    is_plain = all(table.read(one).action == "allow" and shows(one) for one in parts)
    if parts and is_plain and consented.isdisjoint(parts):
        yield RECEIPT_SIGNATURE


def _filtered(table: PolicyTable, schema: GraphQLSchema, used: frozenset[str]) -> Iterator[str]:
    """By what of traits and objects that may be read one may filter, too: rules may deny it."""
    for filter_, profile in _filters(schema):
        kind = schema.type_map.get(filter_)
        if isinstance(kind, GraphQLInputObjectType):
            for name in kind.fields:
                one, trait = f"{filter_}.{name}", f"{profile}.{name}"
                is_read = trait in used and table.read(trait).action == "allow"
                if is_read and table.filtering(one).action == "allow":
                    yield one


def _filters(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """What customers and accounts are filtered by, each with the type that shows it."""
    yield FILTER, PROFILE
    yield ACCOUNT_FILTER, ACCOUNT_PROFILE
    yield ACCOUNT_FILTER, ACCOUNT_ROLL_UPS
    kind = schema.type_map.get(OBJECT)
    if isinstance(kind, GraphQLInterfaceType):
        for one in schema.get_possible_types(kind):
            yield f"{one.name}{OBJECT_FILTER}", one.name


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
    yield schema.type_map.get(ACCOUNT_PROFILE)
    yield schema.type_map.get(ACCOUNT_ROLL_UPS)
    yield schema.type_map.get(SCORE_PARTS)
    yield schema.type_map.get(CUSTOMER_TAGS)
    for name in (EVENT, OBJECT):
        kind = schema.type_map.get(name)
        if isinstance(kind, GraphQLInterfaceType):
            yield from schema.get_possible_types(kind)
