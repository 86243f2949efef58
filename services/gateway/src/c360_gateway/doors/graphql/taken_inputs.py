"""The inputs of the mutations as they are taken: scalars that hold any JSON.

Each item is checked by itself, by our own rules: a typed input would refuse a whole call of a
thousand records for one wrong date. What the schema shows is in `shown_inputs`, under the same
names, so that a variable may be declared by either.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, NewType, cast

import strawberry
from c360_kernel.subgraph.scalars import Date, Long
from strawberry.types.scalar import ScalarDefinition


class Inputs(NamedTuple):
    """The types of the items of the mutations, and others that variables may have."""

    record: type
    event: type
    consent: type
    decision: type
    correction: type
    account: type
    link: type
    tagging: type
    object: type
    deletion: type
    listing: type
    others: Sequence[type] = ()


RecordInput = NewType("RecordInput", object)
EventInput = NewType("EventInput", object)
ConsentInput = NewType("ConsentInput", object)
DecisionInput = NewType("DecisionInput", object)
CorrectionInput = NewType("CorrectionInput", object)
AccountInput = NewType("AccountInput", object)
AccountLinkInput = NewType("AccountLinkInput", object)
AccountIdentifierInput = NewType("AccountIdentifierInput", object)
AccountTraitsInput = NewType("AccountTraitsInput", object)
LinkAttitude = NewType("LinkAttitude", object)
IdentifierInput = NewType("IdentifierInput", object)
TagInput = NewType("TagInput", object)
ObjectInput = NewType("ObjectInput", object)
ObjectPropertiesInput = NewType("ObjectPropertiesInput", object)
TraitsInput = NewType("TraitsInput", object)
RecordDeletionInput = NewType("RecordDeletionInput", object)
ListingInput = NewType("ListingInput", object)
TagsInput = NewType("TagsInput", object)
EventPropertiesInput = NewType("EventPropertiesInput", object)
IdentifierInputType = NewType("IdentifierInputType", object)
ConsentStatus = NewType("ConsentStatus", object)
ConsentGiver = NewType("ConsentGiver", object)
LegalBasis = NewType("LegalBasis", object)
RecordMode = NewType("RecordMode", object)
RecordRef = NewType("RecordRef", object)
IdentityDecision = NewType("IdentityDecision", object)

ITEMS = (
    "RecordInput",
    "EventInput",
    "ConsentInput",
    "DecisionInput",
    "CorrectionInput",
    "AccountInput",
    "AccountLinkInput",
    "TagInput",
    "ObjectInput",
    "RecordDeletionInput",
    "ListingInput",
)
"""The names of the types that this service judges item by item."""
_PARTS = (
    IdentifierInput,
    TraitsInput,
    TagsInput,
    EventPropertiesInput,
    IdentifierInputType,
    ConsentStatus,
    ConsentGiver,
    LegalBasis,
    RecordMode,
    RecordRef,
    IdentityDecision,
    AccountIdentifierInput,
    AccountTraitsInput,
    LinkAttitude,
    ObjectPropertiesInput,
)
_ITEMS = (
    RecordInput,
    EventInput,
    ConsentInput,
    DecisionInput,
    CorrectionInput,
    AccountInput,
    AccountLinkInput,
    TagInput,
    ObjectInput,
    RecordDeletionInput,
    ListingInput,
)
_ALL = (*_ITEMS, *_PARTS)


def taken_inputs() -> Inputs:
    """The inputs as they are taken."""
    return Inputs(
        *cast("tuple[type, type, type, type, type, type, type, type, type, type, type]", _ITEMS),
        others=cast("tuple[type, ...]", (*_PARTS, Date, Long)),
    )


def taken_scalars() -> dict[object, ScalarDefinition]:
    """For `StrawberryConfig.scalar_map`."""
    return {
        kind: strawberry.scalar(name=kind.__name__, parse_value=_whatever)  # type: ignore[attr-defined]
        for kind in _ALL
    }


def _whatever(raw: object) -> object:
    return raw
