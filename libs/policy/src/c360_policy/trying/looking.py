"""A policy looked through for what is right as it is written, and may not be meant."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import GraphQLSchema

from c360_policy.errors import PolicyProblem
from c360_policy.rule import Policy
from c360_policy.schema.reach import Inapplicable
from c360_policy.trying.cells import CellsOf, RulesAt
from c360_policy.trying.deciding import Decider, Ground
from c360_policy.trying.idle_rules import contradictions, idle_rules
from c360_policy.trying.paths import out_of_reach
from c360_policy.trying.too_much import unmasked, writes_everything
from c360_policy.trying.toxic_roles import toxic_roles


def look_through(
    policy: Policy, ground: Ground, inapplicable: Inapplicable, schema: GraphQLSchema, at_ms: float
) -> Iterator[PolicyProblem]:
    """Rules that are shadowed, unreachable or contradicted, grant too much; toxic roles."""
    cells = CellsOf(ground, inapplicable)
    rules = RulesAt(policy, cells)
    idle = list(idle_rules(policy, cells, rules))
    lines_ = {one.line for one in idle}
    yield from idle
    yield from contradictions(policy, cells, rules)
    decider = Decider(policy, ground)
    # One reason is enough.
    for one in out_of_reach(policy, schema, decider, cells, at_ms):
        if one.line not in lines_:
            yield one
    yield from unmasked(policy, cells, rules)
    yield from writes_everything(policy, ground)
    yield from (PolicyProblem(0, one) for one in toxic_roles(policy, ground, at_ms))
