"""What names a catalog may use, and what they become in GraphQL.

Traits and properties are lowerCamelCase and stay as they are; identifier
types, events and segments are snake_case. No name may start with an
underscore, which leaves `__` to GraphQL.
"""

from __future__ import annotations

import re

CAMEL = re.compile(r"[a-z][a-zA-Z0-9]*")
SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
DASHED = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
TAG = re.compile(r"[a-zA-Z0-9_/-]{1,128}")
TAG_STYLE = "letters, digits, '_', '-' and '/' only"
PUBLIC = "public"
"""The tag that says "not personal"."""

TRAIT_NAMES_TAKEN = frozenset(
    {
        "id", "and", "or", "not", "provenance", "unmapped", "consents", "sources", "tags",
        "segments",
    }
)  # fmt: skip
PROPERTY_NAMES_TAKEN = frozenset(
    {"id", "messageId", "name", "occurredAt", "source", "key", "unmapped"}
)
OBJECT_PROPERTY_NAMES_TAKEN = frozenset(
    {"id", "key", "objectType", "observedAt", "source", "unmapped"}
)
TYPE_NAMES_TAKEN = frozenset(
    {
        "AccessAnomaly", "AccessExplanation", "AccessReading", "AccessReport", "Account",
        "AccountConnection", "AccountEdge", "AccountIdentifierInput", "AccountIdentifiers",
        "AccountInput", "AccountLink", "AccountLinkInput", "AccountProfile", "AccountRecord",
        "AccountRollUps", "AccountTraitsInput", "AuditAccess",
        "AuditAccessConnection", "AuditAccessEdge", "AuditedDetail", "AuditedOperation",
        "AuditedOperationConnection", "AuditedOperationEdge", "AuditedRule", "AuditedUse",
        "AuditProof", "AuditSight", "Boolean", "BooleanFilter", "Catalog",
        "CatalogAccounts", "CatalogEvent", "CatalogIdentifier", "CatalogObject",
        "CatalogObjectType", "CatalogProperty", "CatalogTag", "CatalogTerm", "CatalogTitle",
        "CatalogTrait", "CatalogTraitOrigin", "ChangesBegin", "ChangeTopic", "ChoiceTag",
        "ComputedKind",
        "ComputedValue",
        "ConditionEvidence", "ConditionFinding", "Consent", "ConsentGiver",
        "ConsentInput", "ConsentReceipt", "ConsentsFilter", "ConsentStatus", "ConsentStatusFilter",
        "CorrectionInput", "Customer", "CustomerChange", "CustomerChangeConnection",
        "CustomerChangeEdge",
        "CustomerConnection", "CustomerEdge", "CustomerEvidence", "CustomerFilter",
        "CustomerGroup", "CustomerOrder",
        "CustomerOrderField", "CustomerSearchConnection", "CustomerTags", "DataQuality",
        "Date", "DateFilter", "DateTime", "DateTimeFilter", "DeadLetter", "DeadLetterConnection",
        "DeadLetterEdge", "DecidingRule", "DecisionGap", "DecisionGapReason", "DecisionInput",
        "Destination", "DestinationDelivery", "DestinationDeliveryConnection",
        "DestinationDeliveryEdge", "DetokenizedValue", "Direction", "Event", "EventInput",
        "EventPropertiesInput",
        "EvidenceEdge", "EvidencePath", "EvidenceState", "EvidenceStep", "FlagTag", "Float",
        "FloatFilter",
        "GlassReview", "ID", "IdentifierInput", "IdentifierInputType", "Identifiers",
        "IdentifierType", "IdentityDecision", "IdentityExplanation", "IdentityHistory",
        "IdentityRefusal", "IdentityReview", "IdentityReviewConnection", "IdentityReviewEdge",
        "Int", "ItemResult", "ItemStatus", "ItemWarning", "KnownReading", "LegalBasis",
        "LifecycleStage",
        "LinkAttitude", "Long", "LongFilter", "LossReason", "Me", "MemberConnection",
        "MemberEdge", "MembershipReason", "Mutation",
        "MyAttribute", "MyBreakGlass", "MyCoordinate", "MyCoordinateConnection", "MyCoordinateEdge",
        "Node", "ObjectInput", "ObjectPropertiesInput", "OpenedRole", "PageInfo", "PastCustomer",
        "PolicyDifference", "PolicyReplay",
        "PolicyReplayChange", "PolicyVersion", "Profile", "PropertyValue", "Purpose",
        "QuarantinedItem", "QuarantinedItemConnection", "QuarantinedItemEdge",
        "Query", "ReadAccess", "ReceiptEvent", "ReceiptPurpose", "RecordDeletionInput",
        "RecordInput", "RecordMode",
        "RecordRef", "RecordRevision", "RecordTraits", "RefusalKind", "ReviewKind", "SavedSegment",
        "ScorePart",
        "ScoreParts", "ScoreTag", "Segment", "SegmentChange", "SegmentDifference",
        "SegmentHistoryConnection", "SegmentHistoryEdge", "SegmentHistoryEntry", "SegmentOverlap",
        "SegmentsFilter", "SegmentVersion", "SequenceEvent", "Session",
        "SourceRecord", "Stage", "StageRule", "String", "StringFilter",
        "StringsFilter", "Subscription",
        "SurvivorshipRule", "TagInput", "TagsFilter", "TagsInput", "TagType", "TimelineConnection",
        "TimelineEdge", "TimelineFilter", "TokenRevocation", "TraitCandidate", "TraitChange",
        "TraitProvenance", "TraitQuality", "TraitsInput", "ValueType", "Wait", "WriteResult",
    }
)  # fmt: skip


def camel(snake: str) -> str:
    """`national_id` as a GraphQL field: `nationalId`."""
    head, *rest = snake.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in rest)


def pascal(snake: str) -> str:
    """`order_completed` as a GraphQL type: `OrderCompleted`."""
    name = camel(snake)
    return name[:1].upper() + name[1:]


def purpose_field(name: str) -> str:
    """A purpose as a GraphQL field: `personal-ads` as `personalAds`."""
    return camel(name.replace("-", "_"))


def constant(name: str) -> str:
    """A snake_case or lowerCamelCase name as a GraphQL enum value: `NATIONAL_ID`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()
