"""The GraphQL types, made for one catalog of what `nodes` and `query` answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any

import strawberry
from c360_kernel.catalog.model import Catalog
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.subgraph.catalog_types import identifier_enum, identifiers_type
from c360_kernel.subgraph.catalog_types.record_key import record_key_field
from c360_kernel.subgraph.listing import First
from c360_kernel.subgraph.scalars import DateTime

from c360_identity.graph import query as entry_points
from c360_identity.graph.directory import by_type
from c360_identity.graph.evidence_types import EvidenceTypes
from c360_identity.graph.explaining import explain_identity, identity_at, identity_reviews
from c360_identity.graph.making import class_of, field_of
from c360_identity.graph.nodes import CustomerNode, SourceRecordNode
from c360_identity.graph.past_types import PastTypes

_CUSTOMER = "A person or organisation: the records that sources hold of it, as one."
_ID = "Names the customer; kept through merges."
_TYPE = strawberry.argument(description="What kind of identifier it is.")
IdentifierText = Annotated[
    str, strawberry.argument(description="The whole identifier, as a person would write it.")
]


@dataclass(frozen=True, slots=True)
class GraphTypes:
    """The types of one catalog."""

    node: type
    customer: type[CustomerNode]
    source_record: type[SourceRecordNode]
    query: type
    identifiers: Callable[..., object]
    evidence: EvidenceTypes
    past: PastTypes

    @classmethod
    def of(cls, catalog: Catalog) -> GraphTypes:
        """The types of a catalog."""
        identifiers = identifiers_type(catalog)
        source_record = _source_record(identifiers)
        node = _node()
        evidence = EvidenceTypes.of(catalog, identifiers, source_record)
        past = PastTypes.of(source_record, evidence.edge)
        why = {"evidence": _evidence(evidence), "decisions": _decisions(past)}
        customer = _customer(node, identifiers, source_record, why)
        asked = _explaining(evidence, past)
        query = _query(node, customer, identifier_enum(catalog), asked)
        return cls(node, customer, source_record, query, identifiers, evidence, past)

    def present(self, identifiers: Iterable[Identifier]) -> object:
        """`Identifiers` with the values of each type; a type without any has an empty list."""
        return self.identifiers(values=by_type(identifiers))


def _node() -> type:
    fields = {"id": strawberry.field(description="Names the object.")}
    made = class_of("Node", (object,), {"id": strawberry.ID}, fields)
    return strawberry.interface(made, description="What its id alone finds again, as Relay asks.")


def _customer(
    node: type, identifiers: type, source_record: type, why: Mapping[str, Any]
) -> type[CustomerNode]:
    fields = {
        "id": strawberry.field(description=_ID),
        "identifiers": field_of(
            CustomerNode.identifiers, identifiers | None, "All that its records carry."
        ),
        "records": field_of(
            CustomerNode.records,
            list[source_record] | None,
            "The source records that are this customer, oldest first.",
        ),
        **why,
    }
    annotations = {"id": strawberry.ID, "seed": strawberry.Private[RecordKey]}
    made = class_of("Customer", (CustomerNode, node), annotations, fields)
    return strawberry.federation.type(made, keys=["id"], description=_CUSTOMER)


def _evidence(evidence: EvidenceTypes) -> Any:  # noqa: ANN401 - Strawberry's field
    answered = evidence.evidence | None
    return field_of(CustomerNode.evidence, answered, "Why these records are one customer.")


def _decisions(past: PastTypes) -> Any:  # noqa: ANN401 - Strawberry's field
    answered = list[past.happening] | None
    described = "How the customer came to be: which records came and left, and what was decided."
    return field_of(CustomerNode.decisions, answered, described)


def _explaining(evidence: EvidenceTypes, past: PastTypes) -> Mapping[str, Any]:
    return {
        "explain_identity": field_of(
            explain_identity,
            evidence.explanation | None,
            "Why two records are one customer, or why they are not; null where one is unknown.",
        ),
        "identity_at": field_of(
            identity_at,
            past.customer | None,
            "Who a record was at a past time; null where it was nobody's, or is unknown.",
        ),
        "identity_reviews": field_of(
            identity_reviews,
            past.reviews | None,
            "What a steward may have to decide: evidence that was refused and that nobody has"
            " ruled on, the oldest first.",
        ),
    }


def _source_record(identifiers: type) -> type[SourceRecordNode]:
    fields = {
        "identifiers": field_of(
            SourceRecordNode.identifiers, identifiers | None, "All that it carries."
        ),
        "source": strawberry.field(description="The source, by its name in the catalog."),
        "key": record_key_field("The source's own key for the person."),
        "first_seen_at": strawberry.field(description="When it was first written here."),
    }
    annotations = {"source": str, "key": str | None, "first_seen_at": DateTime}
    made = class_of("SourceRecord", (SourceRecordNode,), annotations, fields)
    described = "What one source says about one person."
    return strawberry.federation.type(made, keys=["source key"], description=described)


def _query(
    node: type,
    customer: type[CustomerNode],
    identifier_type: type[Enum],
    asked: Mapping[str, Any],
) -> type:
    async def by_identifier(info: Any, type: Any, value: IdentifierText) -> Any:  # noqa: ANN401 - set below
        return await entry_points.customer_by_identifier(info, type, value)

    async def all_by_identifier(
        info: Any,  # noqa: ANN401 - set below
        type: Any,  # noqa: ANN401 - set below
        value: IdentifierText,
        first: First = None,
    ) -> Any:  # noqa: ANN401 - set below
        return await entry_points.customers_by_identifier(info, type, value, first)

    for resolver in (by_identifier, all_by_identifier):
        type_argument = Annotated[identifier_type, _TYPE]
        resolver.__annotations__ |= {"info": entry_points.Info, "type": type_argument}
    fields = {
        "customer": field_of(
            entry_points.customer, customer | None, "By an id that is or once was a customer's."
        ),
        "node": field_of(
            entry_points.customer, node | None, "What an id names; today that is a customer."
        ),
        "customer_by_record": field_of(
            entry_points.customer_by_record,
            customer | None,
            "The customer that a record of a source belongs to.",
        ),
        "customer_by_identifier": field_of(
            by_identifier,
            customer | None,
            "By an identifier as a person would write it. Of several who hold it the present "
            "holder: the one whose record with it was observed last.",
        ),
        "customers_by_identifier": field_of(
            all_by_identifier,
            list[customer] | None,
            "All who hold an identifier, the present holder first.",
        ),
        **asked,
        "receipts": strawberry.federation.field(resolver=entry_points.receipts, inaccessible=True),
        "joins": strawberry.federation.field(resolver=entry_points.joins, inaccessible=True),
        "ids_of": strawberry.federation.field(resolver=entry_points.ids_of, inaccessible=True),
        "customers_of": strawberry.federation.field(
            resolver=entry_points.customers_of, inaccessible=True
        ),
        "same_outcomes": strawberry.federation.field(
            resolver=entry_points.same_outcomes, inaccessible=True
        ),
    }
    made = class_of("Query", (object,), {}, fields)
    return strawberry.type(made, description="Where every query begins.")
