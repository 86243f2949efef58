"""Items of `correctTraits`: what a steward says of the traits of a customer.

A correction is a patch of the record that stewards have beside the one that they correct. With it
goes the decision that the two are of one customer, which holds the reason and who gave it.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import cast

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.values import check_traits
from c360_kernel.corrections import corrected_by, correction_of
from c360_kernel.log.topics import DECISIONS, RECORDS
from c360_kernel.payload import DecisionMade, RecordUpserted
from c360_kernel.record_parts import trait_part
from c360_policy.mask.free_text.finding import redacted

from c360_gateway.collect.fields import (
    FIELD_MISSING,
    Refused,
    name_of,
    record_of,
    refuse_first,
    values_of,
)
from c360_gateway.collect.items import RawItem
from c360_gateway.collect.kinds import Beside, Kind, Revisions, Signature, Truth

_FIELDS = frozenset(("source", "key", "traits", "reason"))


def correction_kind(catalog: Catalog) -> Kind:
    """Items of `correctTraits`. Whoever may correct may correct what any source says."""
    revisions = Revisions()

    def read(item: RawItem, stamp_ms: int) -> RecordUpserted:
        record = correction_of(record_of(item, catalog))
        name_of(item, "reason")
        given = values_of(item, "traits")
        if not given:
            raise Refused(FIELD_MISSING, "traits", "traits is missing: nothing is corrected")
        traits = check_traits(catalog, given)
        refuse_first(traits.problems)
        return RecordUpserted(
            record=record,
            revision=revisions.next(record, stamp_ms),
            observed_at=stamp_ms,
            # It says who a customer is in nothing: no identifier of it is evidence.
            identifiers=(),
            traits=traits.values,
            own=False,
            named=tuple(sorted(map(trait_part, given))),
        )

    return Kind(
        "correctTraits",
        RECORDS,
        "c360.record.upserted.v1",
        _FIELDS,
        None,
        read,
        _name,
        is_of_source=False,
        beside=_beside,
    )


def _name(payload: Truth) -> Hashable:
    made = cast("RecordUpserted", payload)
    return (made.record, made.named, tuple(made.traits.items()))


def _beside(item: RawItem, payload: Truth, by: Signature) -> Beside | None:
    correction = payload.record
    corrected = corrected_by(correction)
    if corrected is None:
        return None
    made = DecisionMade(
        f"correction:{by.stamp}",
        "same",
        min(corrected, correction),
        max(corrected, correction),
        reason=redacted(name_of(item, "reason")),
        actor=by.actor,
    )
    return Beside(DECISIONS, "c360.decision.made.v1", made)
