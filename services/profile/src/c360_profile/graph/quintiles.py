"""`ComputedValue.quintile`: by which cut points, of which model, a quintile is told."""

from __future__ import annotations

from enum import Enum

import strawberry

from c360_profile.domain.computed.reasons import Reason


@strawberry.enum(description="What of a customer's purchases is compared with that of all.")
class QuintileMeasure(Enum):
    """GraphQL enum."""

    RECENCY = strawberry.enum_value(
        "recency", description="How many days ago (UTC) the last one was: the fewer, the better."
    )
    FREQUENCY = strawberry.enum_value("frequency", description="On how many days there were any.")
    MONETARY = strawberry.enum_value(
        "monetary", description="What was paid, net of what came back."
    )


@strawberry.enum(description="Why nobody has a quintile.")
class QuintileMissing(Enum):
    """GraphQL enum."""

    NO_MODEL = strawberry.enum_value("no_model", description="No model is in use.")
    NOT_FITTED = strawberry.enum_value(
        "not_fitted",
        description="The model in use was not fitted to it as the catalog declares it now.",
    )


@strawberry.type(description="By what a quintile is told; never what the customer itself bought.")
class Quintile:
    """GraphQL type."""

    of: QuintileMeasure = strawberry.field(description="What is compared.")
    model: str | None = strawberry.field(
        description="The version of the model in use; null if there is none."
    )
    cut_points: list[float] | None = strawberry.field(
        description="Where the quintiles 2, 3, 4 and 5 begin: of recency at most so many days, else"
        " at least so much. Null where the model has none, or you see the trait masked or no"
        " timeline, some customers alone, or no small group."
    )
    missing: QuintileMissing | None = strawberry.field(
        description="Why nobody has it; null where who bought has it."
    )


def quintile_of(reason: Reason, version: str, *, are_points_told: bool) -> Quintile | None:
    """By what a quintile is told, for a caller to whom its cut points are told or not."""
    of, ranking = reason.computing.trait.of, reason.ranking
    if of is None:
        return None
    missing = QuintileMissing.NOT_FITTED if version else QuintileMissing.NO_MODEL
    return Quintile(
        of=QuintileMeasure(of),
        model=version or None,
        cut_points=list(map(float, ranking.cuts.shown)) if ranking and are_points_told else None,
        missing=None if ranking else missing,
    )
