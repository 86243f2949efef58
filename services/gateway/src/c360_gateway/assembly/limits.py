"""Settings made into the limits of the engine and of principals."""

from __future__ import annotations

from dataclasses import replace

from c360_federation.engine import EngineSettings
from c360_federation.execute.faults import Report
from c360_federation.execute.weighing import AnswerLimits
from c360_federation.operation.limits import InputLimits, Limits
from c360_kernel.metering import thread_seconds
from c360_kernel.subgraph.paging import DEFAULT_PAGE
from c360_subgraph.undisturbed import undisturbed

from c360_gateway.budget.account import Terms
from c360_gateway.settings import GatewaySettings

# What a caller with a token can fill by sending ever new operations of the greatest size.
_ENGINE = EngineSettings(
    parsed_kept=500,
    compiled_kept=500,
    plans_kept=500,
    thread_seconds=thread_seconds,
    undisturbed=undisturbed,
)
# Deep enough for any filter that a person or a form makes up.
_INPUT_DEPTH = 32


def engine_settings(settings: GatewaySettings, report: Report) -> EngineSettings:
    """What the engine keeps and what it takes; `report` says how faults are told."""
    answers, limits = answer_limits(settings), _operations(settings)
    return replace(_ENGINE, report=report, limits=limits, answers=answers)


def answer_limits(settings: GatewaySettings) -> AnswerLimits:
    """How much one answer may be, and how long it may take."""
    return AnswerLimits(settings.answer_objects, settings.answer_bytes, settings.query_seconds)


def terms(settings: GatewaySettings) -> Terms:
    """What one principal may ask and hold."""
    return Terms(
        requests_per_s=settings.principal_requests_per_s,
        bytes_per_s=settings.principal_bytes_per_s,
        concurrent=settings.principal_concurrent,
        queue=settings.principal_queue,
        wait_s=settings.principal_wait_s,
        subscriptions=settings.subscriptions_per_principal,
    )


def _operations(settings: GatewaySettings) -> Limits:
    return Limits(
        characters=20_000,
        tokens=settings.query_tokens,
        depth=settings.query_depth,
        aliases=settings.query_aliases,
        directives=50,
        selections=2_000,
        repeats=100,
        assumed_list_size=DEFAULT_PAGE,
        type_cost=settings.query_cost,
        reads=InputLimits(
            nodes=settings.query_variable_nodes,
            characters=settings.max_read_body_bytes,
            depth=_INPUT_DEPTH,
            items=settings.query_list_items,
            conditions=settings.query_conditions,
        ),
        writes=replace(Limits().writes, nodes=settings.mutation_variable_nodes),
    )
