"""Grants that lead nowhere: no path from where operations begin is open to their role."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationType,
    get_named_type,
    is_leaf_type,
)

from c360_policy.errors import PolicyProblem
from c360_policy.rule import ANY, Policy, Rule
from c360_policy.table import PolicyTable
from c360_policy.trying.cells import CellsOf
from c360_policy.trying.deciding import Asker, Decider


def out_of_reach(
    policy: Policy, schema: GraphQLSchema, decider: Decider, cells: CellsOf, at_ms: float
) -> Iterator[PolicyProblem]:
    """Rights to read fields of types that the role, and whoever includes it, never comes to."""
    roles = sorted({rule.role for rule in policy.rules}.union(policy.inherits))
    purposes = sorted({"", *(rule.purpose for rule in policy.rules)})
    reached: dict[str, set[str]] = {role: set() for role in roles}
    for role in roles:
        for purpose in purposes:
            table = decider.table(
                Asker(frozenset((role,)), purpose, at_ms, policy.glass_roles & {role})
            )
            reached[role] |= reached_types(schema, table)
    # What a role grants may be meant for those that include it.
    by_all = {
        role: set[str]().union(*(reached[one] for one in roles if role in policy.closure((one,))))
        for role in roles
    }
    for rule in policy.rules:
        types = _types_of(rule, schema, cells)
        if types and not types & by_all[rule.role]:
            named = ", ".join(sorted(types)[:3])
            message = f"rule {rule.rule_id}: unreachable: no path that role {rule.role!r} may read"
            yield PolicyProblem(rule.line, f"{message} leads to {named}")


def _types_of(rule: Rule, schema: GraphQLSchema, cells: CellsOf) -> set[str]:
    """The types whose fields a rule lets be read; none where it is about other things as well."""
    if rule.act != "read" or rule.effect != "allow" or rule.obj == ANY:
        return set()
    owners = {name.partition(".")[0] for name, _ in cells.of(rule)}
    kinds = [schema.type_map.get(name) for name in owners]
    is_shown = all(isinstance(one, (GraphQLObjectType, GraphQLInterfaceType)) for one in kinds)
    return owners if is_shown else set()


def reached_types(schema: GraphQLSchema, table: PolicyTable) -> set[str]:
    """The types that operations may come to under a table."""
    waiting = list(_roots(schema))
    found = {one.name for one in waiting}
    while waiting:
        for kind in _next(waiting.pop(), schema, table):
            if kind.name not in found:
                found.add(kind.name)
                waiting.append(kind)
    return found


def _roots(schema: GraphQLSchema) -> Iterator[GraphQLNamedType]:
    for operation in OperationType:
        root = schema.get_root_type(operation)
        if root is not None:
            yield root


def _next(
    kind: GraphQLNamedType, schema: GraphQLSchema, table: PolicyTable
) -> Iterator[GraphQLNamedType]:
    if isinstance(kind, (GraphQLInterfaceType, GraphQLUnionType)):
        yield from schema.get_possible_types(kind)
    if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
        yield from kind.interfaces
        decide = table.write if kind is schema.mutation_type else table.read
        for name, field in kind.fields.items():
            named = get_named_type(field.type)
            if not is_leaf_type(named) and decide(f"{kind.name}.{name}").action == "allow":
                yield named
