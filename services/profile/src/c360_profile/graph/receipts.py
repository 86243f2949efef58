"""Receipts of consents, with the fields of ISO/IEC TS 27560."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Self, cast

import strawberry
from c360_kernel.catalog.model import Catalog, Purpose
from c360_kernel.catalog.titles import ENGLISH, title_in
from c360_kernel.stamp import stamp_ms
from c360_kernel.subgraph.catalog_types import ConsentGiver, ConsentStatus, LegalBasis
from c360_kernel.subgraph.scalars import DateTime
from c360_kernel.value_types import format_instant
from c360_kernel.visibility import PROFILE, RECEIPT_SIGNATURE, Visibility

from c360_profile.domain.consent import Consent
from c360_profile.domain.receipt import signature_of
from c360_profile.graph.context import Info

_SCHEMA = "ISO/IEC TS 27560:2023"
_FREE_TEXT = "free_text"


@strawberry.type(description="A purpose in a receipt, as the catalog tells it now.")
class ReceiptPurpose:
    """GraphQL type."""

    purpose: str = strawberry.field(description="A purpose of the catalog.")
    purpose_name: str = strawberry.field(description="What it is called.")
    description: str | None = strawberry.field(description="What the data is used for.")
    lawful_basis: LegalBasis | None = strawberry.field(description="On what the use rests.")
    pii_information: list[str] = strawberry.field(
        description="The traits that are used, of those that you may see."
    )
    pii_controllers: list[str] = strawberry.field(description="Who is responsible.")
    party_contact: str | None = strawberry.field(description="How to reach them.")
    recipient_third_parties: list[str] = strawberry.field(description="Who else is given it.")
    collection_method: str | None = strawberry.field(description="Where and how it was asked.")
    withdrawal_method: str | None = strawberry.field(description="How it is taken back.")
    jurisdiction: str | None = strawberry.field(description="Whose law it was asked under.")


@strawberry.type(description="What the person did about the purpose.")
class ReceiptEvent:
    """GraphQL type."""

    event_time: DateTime = strawberry.field(description="When the person said so.")
    recorded_at: DateTime = strawberry.field(description="When that was taken in.")
    event_state: ConsentStatus = strawberry.field(description="What was said, or that it is over.")
    valid_until: DateTime | None = strawberry.field(description="When a grant ends, if it does.")
    entity_id: ConsentGiver | None = strawberry.field(description="Who answered, if told.")


@strawberry.type(
    description="A receipt of one answer, with the fields of ISO/IEC TS 27560: what can be handed"
    " to the person. Equal for ever, but for what the catalog says of the purpose."
)
class ConsentReceipt:
    """GraphQL type."""

    schema_version: str = strawberry.field(description="Which standard names its fields.")
    record_id: str = strawberry.field(description="Names the answer for ever.")
    pii_principal_id: strawberry.ID = strawberry.field(description="The customer's id.")
    privacy_notice: str | None = strawberry.field(description="Where the notice is.")
    wording_version: str | None = strawberry.field(description="Which wording was shown.")
    language: str | None = strawberry.field(description="The language of the wording.")
    purposes: list[ReceiptPurpose] = strawberry.field(description="What was asked for.")
    event: ReceiptEvent = strawberry.field(description="What the person did.")
    evidence: str | None = strawberry.federation.field(
        tags=[_FREE_TEXT], description="What proves it: an address or a hash."
    )

    @strawberry.field(
        description="Signs all other fields, by the standard's names in snake case: a detached JWS"
        " (RFC 7515) by Ed25519 over canonical JSON (RFC 8785). Null for who may not read all of"
        " them as they are."
    )
    def signature(self, info: Info) -> str | None:
        """Whoever guesses what it is over would know by it, so it is told with all of that."""
        keys, sees = info.context.signing, info.context.caller.visibility
        if keys is None or RECEIPT_SIGNATURE not in sees.seen:
            return None
        return signature_of(cast("dict[str, object]", _document(self)), keys)

    @classmethod
    def of(cls, consent: Consent, customer: str, catalog: Catalog, sees: Visibility) -> Self:
        """The receipt of an answer of a customer, for a caller who sees these fields."""
        purpose = catalog.purposes.get(consent.purpose) or Purpose(consent.purpose)
        return cls(
            schema_version=_SCHEMA,
            record_id=consent.id,
            pii_principal_id=strawberry.ID(customer),
            privacy_notice=purpose.notice or None,
            wording_version=consent.terms.wording or None,
            language=consent.terms.language or None,
            purposes=[_purpose(consent, purpose, sees)],
            event=_event(consent),
            evidence=consent.terms.proof or None,
        )


def _document(value: object) -> object:
    """A receipt as JSON that GraphQL would make of it, but for the names."""
    if is_dataclass(value):
        held = [one.name for one in fields(value) if one.init]
        return {name: _document(getattr(value, name)) for name in held}
    if isinstance(value, list):
        return [_document(one) for one in cast("list[object]", value)]
    if isinstance(value, Enum):
        return value.name
    # All numbers of a receipt are instants.
    return format_instant(value) if isinstance(value, int) else value


def _purpose(consent: Consent, purpose: Purpose, sees: Visibility) -> ReceiptPurpose:
    return ReceiptPurpose(
        purpose=purpose.name,
        purpose_name=title_in(ENGLISH, purpose.titles, purpose.name),
        description=purpose.description or None,
        lawful_basis=basis_of(consent),
        pii_information=[one for one in purpose.traits if f"{PROFILE}.{one}" in sees.seen],
        pii_controllers=[purpose.controller] if purpose.controller else [],
        party_contact=purpose.contact or None,
        recipient_third_parties=list(purpose.recipients),
        collection_method=consent.channel or None,
        withdrawal_method=purpose.withdrawal or None,
        jurisdiction=consent.terms.jurisdiction or None,
    )


def _event(consent: Consent) -> ReceiptEvent:
    return ReceiptEvent(
        event_time=DateTime(consent.at),
        recorded_at=DateTime(stamp_ms(consent.stamp)),
        event_state=ConsentStatus(consent.status),
        valid_until=end_of(consent),
        entity_id=giver_of(consent),
    )


def basis_of(consent: Consent) -> LegalBasis | None:
    """On what the use rests, if that is known."""
    return LegalBasis(consent.terms.basis) if consent.terms.basis else None


def giver_of(consent: Consent) -> ConsentGiver | None:
    """Who answered, if that is known."""
    return ConsentGiver(consent.terms.given_by) if consent.terms.given_by else None


def end_of(consent: Consent) -> DateTime | None:
    """When a grant ends, if it does."""
    return DateTime(consent.terms.expires_at) if consent.terms.expires_at else None
