"""What evidence, and why two records are one customer or are not, answer.

As in `nodes`, the types are made once per catalog, in `evidence_types`. A value of an identifier is
told by the fields of `Identifiers` alone, so that what a reader may see of a type holds here too.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any

import strawberry
from c360_kernel.errors import Invalid
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.stamp import stamp_ms
from c360_kernel.subgraph.listing import First, listed
from c360_kernel.subgraph.scalars import DateTime
from c360_kernel.visibility import SCORE_PARTS

from c360_identity.domain.evidence import EvidenceEdge, Score
from c360_identity.domain.paths import Step
from c360_identity.domain.refusals import Refusal
from c360_identity.graph.answers import CustomerEvidence, Explanation
from c360_identity.graph.context import Info

Skip = Annotated[
    int, strawberry.argument(description="So many are left out before the first that is told.")
]
MOST_PATHS = 100
DEFAULT_PATHS = 20
FirstPaths = Annotated[
    int,
    strawberry.argument(description=f"So many paths, the shortest first; at most {MOST_PATHS}."),
]


@strawberry.enum(description="What an edge of evidence does for its customer.")
class EvidenceState(Enum):
    """GraphQL enum."""

    ACTIVE = strawberry.enum_value("ACTIVE", description="It holds records together.")
    REFUSED = strawberry.enum_value(
        "REFUSED", description="It would have joined what has to stay apart."
    )
    GENERIC = strawberry.enum_value(
        "GENERIC", description="Too many carry it: it says nothing about anybody."
    )
    RETRACTED = strawberry.enum_value(
        "RETRACTED", description="The source, or the steward, took it back."
    )


@strawberry.enum(name="RefusalKind", description="What kept two records apart.")
class RefusedBy(Enum):
    """GraphQL enum."""

    GUARD = strawberry.enum_value("GUARD", description="Too many carry what they share.")
    LIMIT = strawberry.enum_value(
        "LIMIT", description="Together they would hold more of a type than one customer may."
    )
    SEPARATION = strawberry.enum_value(
        "SEPARATION", description="Different values of a type that tells people apart."
    )
    STEWARD = strawberry.enum_value("STEWARD", description="A steward said: not the same.")
    WITHDRAWN = strawberry.enum_value(
        "WITHDRAWN", description="They shared it; a source carries it no more."
    )
    BLOCK = strawberry.enum_value(
        "BLOCK", description="No blocking rule holds for the two, so they were never compared."
    )
    SCORE = strawberry.enum_value("SCORE", description="They are not alike enough.")


@strawberry.type(description="What one comparison adds to a score.")
class ScorePart:
    """GraphQL type."""

    field: str = strawberry.field(
        description="What was compared, by its name in the model; of a name its parts."
    )
    level: str = strawberry.field(description="How alike the two values are.")
    weight: float = strawberry.field(description="Bits: above 0 for one person, below 0 for two.")


def instant(stamp: str) -> DateTime:
    """The moment of a stamp."""
    return DateTime(stamp_ms(stamp))


async def source_record(key: RecordKey | None, info: Info) -> Any:  # noqa: ANN401 - a type of the catalog
    """The node of a record; None of one that is deleted."""
    found = None if key is None else await info.context.records.load(key)
    return None if found is None else info.context.types.source_record.of(found)


def shown(identifier: Identifier | None, info: Info) -> object:
    """`Identifiers` with one value."""
    return None if identifier is None else info.context.types.present([identifier])


def is_rounded(score: Score | None, info: Info) -> bool | None:
    """Whether its sum is kept from the caller, who may not know all of its parts."""
    if score is None:
        return None
    used = info.context.caller.visibility.used
    return not all(f"{SCORE_PARTS}.{one.under}" in used for one in score.parts)


def weight_of(score: Score | None, info: Info) -> float | None:
    """The sum of a score; the threshold that it reaches for whom a part is hidden from."""
    if score is None:
        return None
    return score.grade if is_rounded(score, info) else score.weight


def model_of(score: Score | None) -> str | None:
    """The version of the model that scored."""
    return score.model if score else None


def parts_of(score: Score | None, info: Info) -> object:
    """`ScoreParts`, each part under the trait whose readers may know it."""
    if score is None:
        return None
    held: dict[str, list[ScorePart]] = {}
    for one in score.parts:
        part = ScorePart(field=one.field, level=one.level, weight=one.weight)
        held.setdefault(one.under, []).append(part)
    parts = {under: _as_one(several) for under, several in held.items()}
    return info.context.types.evidence.parts(parts=parts)


def _as_one(parts: Sequence[ScorePart]) -> ScorePart:
    """Of a name both its parts: a list of them would be taken to be long by who counts costs."""
    fields, levels = (one.field for one in parts), (one.level for one in parts)
    weight = round(sum(one.weight for one in parts), 2)
    return ScorePart(field=", ".join(fields), level=", ".join(levels), weight=weight)


class EvidenceEdgeNode:
    """One edge."""

    edge: EvidenceEdge

    async def record(self, info: Info) -> Any:  # noqa: ANN401 - a type of the catalog
        """The record."""
        return await source_record(self.edge.record, info)

    async def other(self, info: Info) -> Any:  # noqa: ANN401 - a type of the catalog
        """The other record, of an edge between two."""
        return await source_record(self.edge.other, info)

    def identifier(self, info: Info) -> object:
        """What the record carries."""
        return shown(self.edge.identifier, info)

    def since(self) -> DateTime:
        """Since when."""
        observed = self.edge.observed
        return instant(self.edge.since) if observed is None else DateTime(observed)

    def until(self) -> DateTime | None:
        """Until when."""
        return None if self.edge.until is None else DateTime(self.edge.until)

    def rule(self) -> str:
        """What drew it."""
        return self.edge.rule

    def state(self) -> EvidenceState:
        """What it does."""
        return EvidenceState(self.edge.state.value)

    def score(self, info: Info) -> float | None:
        """How alike the two are."""
        return weight_of(self.edge.score, info)

    def score_rounded(self, info: Info) -> bool | None:
        """Whether that is a threshold alone."""
        return is_rounded(self.edge.score, info)

    def model(self) -> str | None:
        """By which model."""
        return model_of(self.edge.score)

    def parts(self, info: Info) -> object:
        """What the score is made of."""
        return parts_of(self.edge.score, info)


class StepNode:
    """One step of a path."""

    step: Step

    async def from_(self, info: Info) -> Any:  # noqa: ANN401 - a type of the catalog
        """Where it begins."""
        return await source_record(self.step.a, info)

    async def to(self, info: Info) -> Any:  # noqa: ANN401 - a type of the catalog
        """Where it leads."""
        return await source_record(self.step.b, info)

    def identifier(self, info: Info) -> object:
        """What both carry."""
        return shown(self.step.identifier, info)

    def rule(self) -> str:
        """What joins them."""
        return self.step.rule

    def since(self) -> DateTime:
        """Since when both were known."""
        observed = self.step.observed
        return instant(self.step.since) if observed is None else DateTime(observed)

    def score(self, info: Info) -> float | None:
        """How alike the two are."""
        return weight_of(self.step.score, info)

    def score_rounded(self, info: Info) -> bool | None:
        """Whether that is a threshold alone."""
        return is_rounded(self.step.score, info)

    def model(self) -> str | None:
        """By which model."""
        return model_of(self.step.score)

    def parts(self, info: Info) -> object:
        """What the score is made of."""
        return parts_of(self.step.score, info)


class PathNode:
    """One path."""

    path: Sequence[Step]

    def steps(self, info: Info) -> list[Any]:
        """From the first record to the last."""
        return [info.context.types.evidence.step(step=one) for one in self.path]


class RefusalNode:
    """One refusal."""

    refusal: Refusal

    def kind(self) -> RefusedBy:
        """What refused it."""
        return RefusedBy(self.refusal.kind.value)

    def rule(self) -> str:
        """What would have joined them."""
        return self.refusal.rule

    def by(self) -> str | None:
        """The identifier type that refused it."""
        return self.refusal.by or None

    def identifier(self, info: Info) -> object:
        """What both carry."""
        return shown(self.refusal.identifier, info)

    def score(self, info: Info) -> float | None:
        """How alike the two are."""
        return weight_of(self.refusal.score, info)

    def score_rounded(self, info: Info) -> bool | None:
        """Whether that is a threshold alone."""
        return is_rounded(self.refusal.score, info)

    def model(self) -> str | None:
        """By which model."""
        return model_of(self.refusal.score)

    def parts(self, info: Info) -> object:
        """What the score is made of."""
        return parts_of(self.refusal.score, info)

    def edges(self, info: Info, first: First = None) -> list[Any]:
        """The evidence of both sides."""
        edges = listed(self.refusal.edges, first)
        return [info.context.types.evidence.edge(edge=one) for one in edges]


class ExplanationNode:
    """Why two records are one customer, or why not."""

    explanation: Explanation

    def customer_ids(self, info: Info) -> list[strawberry.ID]:
        """Whom it tells of: for the record of who was looked at."""
        id_of = info.context.directory.customer_id
        return [strawberry.ID(id_of(seed)) for seed in sorted(self.explanation.customers)]

    def rules_version(self, info: Info) -> str:
        """By which rules."""
        return info.context.directory.rules_version

    def together(self) -> bool:
        """Whether they are one."""
        return self.explanation.together

    def paths(self, info: Info) -> list[Any]:
        """What holds them together."""
        return [info.context.types.evidence.path(path=one) for one in self.explanation.paths.found]

    def more_paths(self) -> bool:
        """Whether there are, or may be, others."""
        return self.explanation.paths.more

    def refusals(self, info: Info) -> list[Any]:
        """What kept them apart."""
        refused = self.explanation.refusals
        return [info.context.types.evidence.refusal(refusal=one) for one in refused]


class EvidenceNode:
    """The evidence of a customer."""

    evidence: CustomerEvidence

    def records(self, info: Info, first: First = None) -> list[Any]:
        """Its records."""
        make = info.context.types.source_record
        return [make.of(record) for record in listed(self.evidence.records, first)]

    def identifiers(self, info: Info) -> object:
        """All that they carry or carried."""
        carried = (edge.identifier for edge in self.evidence.edges)
        return info.context.types.present(one for one in carried if one is not None)

    def edges(self, info: Info, first: First = None, skip: Skip = 0) -> list[Any]:
        """What each of them carries."""
        if skip < 0:
            raise Invalid("skip is negative", code="PAGE_SIZE_INVALID")
        edges = listed(self.evidence.edges[skip:], first)
        return [info.context.types.evidence.edge(edge=one) for one in edges]

    def rules_version(self, info: Info) -> str:
        """By which rules."""
        return info.context.directory.rules_version

    def complete(self) -> bool:
        """Whether no record is left out."""
        return self.evidence.complete
