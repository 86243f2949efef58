"""`Customer.consents`: the answers that hold, or all that were given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Self

import strawberry
from c360_kernel.record import RecordKey
from c360_kernel.subgraph.catalog_types import ConsentGiver, ConsentStatus, LegalBasis
from c360_kernel.subgraph.catalog_types.record_key import record_key_field
from c360_kernel.subgraph.listing import First, listed
from c360_kernel.subgraph.scalars import DateTime

from c360_profile.domain import consent as domain
from c360_profile.domain.consent import (
    CustomerConsent,
    Given,
    consents_at,
    most_restrictive,
    newest_first,
)
from c360_profile.domain.record import SourceRecord
from c360_profile.graph.context import Info
from c360_profile.graph.past import Instant
from c360_profile.graph.receipts import ConsentReceipt, basis_of, end_of, giver_of

CONSENTS = (
    "One answer a purpose: the most restrictive that any of the records holds, until the person is"
    " asked again. With `history` all answers that were given on its records, newest first."
)
History = Annotated[
    bool | None,
    strawberry.argument(description="Every answer, not the one alone that holds for a purpose."),
]


@strawberry.federation.type(description="An answer to a purpose, and on which record it was given.")
class Consent:
    """GraphQL type."""

    given: strawberry.Private[Given]
    customer: strawberry.Private[str]
    purpose: str = strawberry.field(description="A purpose of the catalog.")
    status: ConsentStatus = strawberry.field(
        description="What the person said, or that it is over."
    )
    at: DateTime = strawberry.field(description="When the person said so.")
    source: str = strawberry.field(description="The source of the record.")
    key: str | None = record_key_field("The record's key at its source.")
    channel: str | None = strawberry.field(description="Where and how it was asked, if told.")
    basis: LegalBasis | None = strawberry.field(description="On what the use of the data rests.")
    wording_version: str | None = strawberry.field(description="Which wording was shown.")
    language: str | None = strawberry.field(description="The language of the wording.")
    jurisdiction: str | None = strawberry.field(description="Whose law it was asked under.")
    given_by: ConsentGiver | None = strawberry.field(description="Who answered, if told.")
    proof: str | None = strawberry.federation.field(
        tags=["free_text"], description="What proves it: an address or a hash."
    )
    expires_at: DateTime | None = strawberry.field(description="When a grant ends, if it does.")
    holds: bool = strawberry.field(
        description="Whether it decides about the purpose for the whole customer."
    )

    @strawberry.field(description="What can be handed to the person.")
    def receipt(self, info: Info) -> ConsentReceipt:
        """The receipt of this answer."""
        catalog, sees = info.context.rules.catalog, info.context.caller.visibility
        return ConsentReceipt.of(self.given.consent, self.customer, catalog, sees)

    @classmethod
    def of(cls, given: Given, customer: str, *, holds: bool) -> Self:
        """The GraphQL form of an answer."""
        record, consent = given
        return cls(
            given=given,
            customer=customer,
            purpose=consent.purpose,
            status=ConsentStatus(consent.status),
            at=DateTime(consent.at),
            source=record.source,
            key=record.key,
            channel=consent.channel or None,
            basis=basis_of(consent),
            wording_version=consent.terms.wording or None,
            language=consent.terms.language or None,
            jurisdiction=consent.terms.jurisdiction or None,
            given_by=giver_of(consent),
            proof=consent.terms.proof or None,
            expires_at=end_of(consent),
            holds=holds,
        )


async def consents(
    root: Any,  # noqa: ANN401 - a type of the catalog
    info: Info,
    first: First = None,
    history: History = None,
    as_of: Instant = None,
) -> list[Consent] | None:
    """What the customer answered, now or as of an instant."""
    own = await info.context.answering.load(root.id)
    if as_of is None:
        held = most_restrictive((record.key, record.consents.values()) for record in own)
    else:
        held = await held_at(own, info, as_of)
    if not history:
        return [
            Consent.of(Given(record, consent), root.id, holds=True)
            for consent, record in listed(held, first)
        ]
    names = {_name(record, consent) for consent, record in held}
    return [
        Consent.of(one, root.id, holds=_name(*one) in names)
        for one in listed(await _all(own, info, as_of), first)
    ]


async def held_at(
    own: Sequence[SourceRecord], info: Info, instant: int
) -> Sequence[CustomerConsent]:
    """What these records answered to each purpose by an instant (ms UTC), the strictest of them."""
    answers = await info.context.answers.load_many([record.key for record in own])
    return most_restrictive(
        (record.key, consents_at(record.known(one.consent for one in given), instant).values())
        for record, given in zip(own, answers, strict=True)
    )


async def _all(own: Sequence[SourceRecord], info: Info, instant: int | None) -> Sequence[Given]:
    answers = await info.context.answers.load_many([record.key for record in own])
    present = {one.key: one.present if instant is None else instant for one in own}
    return newest_first(
        Given(record, consent.at_present(present[record]))
        for given in answers
        for record, consent in given
        if instant is None or consent.at <= instant
    )


def _name(record: RecordKey, consent: domain.Consent) -> tuple[RecordKey, str, str]:
    return record, consent.purpose, consent.stamp
