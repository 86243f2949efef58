"""The planner: from a selection to the requests that answer it."""

from c360_federation.plan.explain import explain, waves
from c360_federation.plan.model import EntityCall, Fetch, Plan
from c360_federation.plan.placement import PlanInfeasible
from c360_federation.plan.planner import PlanRequest, make_plan

__all__ = [
    "EntityCall",
    "Fetch",
    "Plan",
    "PlanInfeasible",
    "PlanRequest",
    "explain",
    "make_plan",
    "waves",
]
