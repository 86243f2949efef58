"""The GraphQL types, made for one catalog of what `evidence_nodes` answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import strawberry
from c360_kernel.catalog.model import Catalog
from c360_kernel.subgraph.scalars import DateTime

from c360_identity.domain.evidence import EvidenceEdge
from c360_identity.domain.paths import Step
from c360_identity.domain.refusals import Refusal
from c360_identity.graph.answers import CustomerEvidence, Explanation
from c360_identity.graph.evidence_nodes import (
    EvidenceEdgeNode,
    EvidenceNode,
    EvidenceState,
    ExplanationNode,
    PathNode,
    RefusalNode,
    RefusedBy,
    StepNode,
)
from c360_identity.graph.making import field_of, type_of
from c360_identity.graph.score_parts import score_parts

_RULE = "The identifier type, or `same`, `not_same` or `score`."
_SCORE = (
    "How alike the two records are, in bits; of what a score says alone. For whom a part of it is"
    " hidden, the threshold that it reaches (`accept` or `review` of the model), null below."
)
_ROUNDED = "Whether `score` is but a threshold, since a part of it is hidden."
_SINCE = "From when on it holds: the earliest time that a source gives; else when it was said."
_UNTIL = "When somebody else had the identifier, or its source left it out; null while it holds."
_RULES = "Names the rules: all of the catalog that customers depend on; equal for equal rules."
_CARRIED = "The identifier that it is about: one value, under its type."


Scored = Callable[[Any], Mapping[str, Any]]
"""The fields of a class that tells of a score."""


@dataclass(frozen=True, slots=True)
class EvidenceTypes:
    """The types of one catalog."""

    parts: Any
    edge: Any
    step: Any
    path: Any
    refusal: Any
    explanation: Any
    evidence: Any

    @classmethod
    def of(cls, catalog: Catalog, identifiers: type, source_record: type) -> EvidenceTypes:
        """The types over those of identifiers and records."""
        parts = score_parts(catalog)
        scored = _scored(parts)
        edge = _edge(identifiers, source_record, scored)
        step = _step(identifiers, source_record, scored)
        path = _path(step)
        refusal = _refusal(identifiers, edge, scored)
        return cls(
            parts,
            edge,
            step,
            path,
            refusal,
            _explanation(path, refusal),
            _evidence(identifiers, source_record, edge),
        )


def _scored(parts: type) -> Scored:
    def fields(node: Any) -> Mapping[str, Any]:  # noqa: ANN401 - a class of `evidence_nodes`
        return {
            "score": field_of(node.score, float | None, _SCORE),
            "score_rounded": field_of(node.score_rounded, bool | None, _ROUNDED),
            "model": field_of(node.model, str | None, "The version of the model that scored."),
            "parts": field_of(node.parts, parts | None, "What the score is made of."),
        }

    return fields


def _edge(identifiers: type, source_record: type, scored: Scored) -> type:
    node = EvidenceEdgeNode
    fields = {
        "record": field_of(node.record, source_record | None, "The record; null once deleted."),
        "other": field_of(
            node.other, source_record | None, "The other record, of an edge between two records."
        ),
        "identifier": field_of(node.identifier, identifiers | None, _CARRIED),
        "since": field_of(node.since, DateTime, _SINCE),
        "until": field_of(node.until, DateTime | None, _UNTIL),
        "rule": field_of(node.rule, str, _RULE),
        "state": field_of(node.state, EvidenceState, "What it does for the customer."),
        **scored(node),
    }
    private: dict[str, Any] = {"edge": strawberry.Private[EvidenceEdge]}
    described = "A record carries an identifier, or two records are said or seen to be alike."
    return type_of("EvidenceEdge", node, private, fields, described)


def _step(identifiers: type, source_record: type, scored: Scored) -> type:
    node = StepNode
    fields = {
        "from_": strawberry.field(
            resolver=node.from_,
            graphql_type=source_record | None,
            name="from",
            description="Where it begins.",
        ),
        "to": field_of(node.to, source_record | None, "Where it leads."),
        "identifier": field_of(node.identifier, identifiers | None, "What both records carry."),
        "rule": field_of(node.rule, str, _RULE),
        "since": field_of(node.since, DateTime, "Since when it holds of both sides."),
        **scored(node),
    }
    private: dict[str, Any] = {"step": strawberry.Private[Step]}
    return type_of("EvidenceStep", node, private, fields, "From one record to the next.")


def _path(step: type) -> type:
    fields = {"steps": field_of(PathNode.steps, list[step], "From the first record to the last.")}
    private: dict[str, Any] = {"path": strawberry.Private[Any]}
    described = "A chain of evidence between two records."
    return type_of("EvidencePath", PathNode, private, fields, described)


def _refusal(identifiers: type, edge: type, scored: Scored) -> type:
    node = RefusalNode
    fields = {
        "kind": field_of(node.kind, RefusedBy, "What refused it."),
        "rule": field_of(node.rule, str, f"What would have joined them. {_RULE}"),
        "by": field_of(node.by, str | None, "The identifier type that refused it, where one did."),
        "identifier": field_of(node.identifier, identifiers | None, "What both records carry."),
        **scored(node),
        "edges": field_of(node.edges, list[edge] | None, "The evidence, of both sides."),
    }
    private: dict[str, Any] = {"refusal": strawberry.Private[Refusal]}
    return type_of("IdentityRefusal", node, private, fields, "What kept two records apart.")


def _explanation(path: type, refusal: type) -> type:
    node = ExplanationNode
    fields = {
        "customer_ids": strawberry.federation.field(
            resolver=node.customer_ids, graphql_type=list[strawberry.ID], inaccessible=True
        ),
        "rules_version": field_of(node.rules_version, str, _RULES),
        "together": field_of(node.together, bool, "Whether the two are one customer."),
        "paths": field_of(
            node.paths, list[path] | None, "What holds them together, the shortest path first."
        ),
        "more_paths": field_of(node.more_paths, bool, "Whether there are, or may be, other paths."),
        "refusals": field_of(
            node.refusals, list[refusal] | None, "What kept them apart, although it connects them."
        ),
    }
    private: dict[str, Any] = {"explanation": strawberry.Private[Explanation]}
    described = "Why two records are one customer, or why they are not."
    return type_of("IdentityExplanation", node, private, fields, described)


def _evidence(identifiers: type, source_record: type, edge: type) -> type:
    node = EvidenceNode
    fields = {
        "records": field_of(
            node.records, list[source_record] | None, "The records that it is about, oldest first."
        ),
        "identifiers": field_of(
            node.identifiers, identifiers | None, "All that they carry, or once carried."
        ),
        "edges": field_of(node.edges, list[edge] | None, "What holds them together or does not."),
        "rules_version": field_of(node.rules_version, str, _RULES),
        "complete": field_of(
            node.complete, bool, "Whether no record of the customer is left out of it."
        ),
    }
    private: dict[str, Any] = {"evidence": strawberry.Private[CustomerEvidence]}
    described = "Why the records of a customer are one customer."
    return type_of("CustomerEvidence", node, private, fields, described)
