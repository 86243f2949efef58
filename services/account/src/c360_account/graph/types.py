"""The GraphQL types, made for one catalog of what `nodes`, `links` and `query` answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import strawberry
from c360_kernel.catalog.model import Catalog, all_traits
from c360_kernel.catalog.roll_ups import ACCOUNT_LINK
from c360_kernel.subgraph.catalog_types import identifiers_type, traits_type
from c360_kernel.subgraph.paging import PageInfo
from c360_kernel.subgraph.scalars import DateTime

from c360_account.domain.membership import Member
from c360_account.domain.roll_ups import RollUpRules
from c360_account.graph import query as entry_points
from c360_account.graph.links import (
    AccountRecord,
    DecisionGapReason,
    GapNode,
    LinkNode,
    linked,
)
from c360_account.graph.listing import listing_of
from c360_account.graph.making import empty, field_of, furnish
from c360_account.graph.nodes import AccountNode, CustomerNode
from c360_account.graph.reasons import reason_type, reasons_type

_CUSTOMER = "A person or organisation: the records that sources hold of it, as one."
_ACCOUNT = "An organisation that persons act for: the records that sources hold of it, as one."
_OURS = "Whether the person is one of ours who looks after the account, and no member of it."
_TAGGED = (ACCOUNT_LINK,)
_Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GraphTypes:
    """The types of one catalog."""

    account: Any
    customer: Any
    link: Any
    gap: Any
    query: type
    connection: Callable[..., object]
    edge: Callable[..., object]
    identifiers: Callable[..., object]
    profile: Callable[..., object]
    roll_ups: Callable[..., object]
    reason: Any
    reasons: Any
    rules: RollUpRules

    @classmethod
    def of(cls, catalog: Catalog) -> GraphTypes:
        """The types of a catalog."""
        account, customer = empty("Account", AccountNode), empty("Customer", CustomerNode)
        link, gap = empty("AccountLink", LinkNode), empty("DecisionGap", GapNode)
        identifiers, profile, roll_ups = _of_catalog(catalog)
        _furnish_link(link, account, customer)
        _furnish_gap(gap, link)
        furnish(account, {"id": strawberry.ID}, {"id": _id("account"), **_tree(account)})
        furnish(account, {}, {**_people(link, gap), **_said(catalog, identifiers, profile)})
        reason = reason_type(link)
        reasons = reasons_type(catalog, reason)
        furnish(account, {}, _computed(catalog, roll_ups, reasons))
        furnish(customer, {"id": strawberry.ID}, {"id": _id("customer"), "accounts": _mine(link)})
        strawberry.type(link, description="A person at an account, as a link says it.")
        strawberry.type(gap, description="A role at an account that nobody holds.")
        strawberry.federation.type(account, keys=["id"], description=_ACCOUNT)
        strawberry.federation.type(customer, keys=["id"], description=_CUSTOMER)
        edge, connection = _connection(account)
        query = _query(account, connection, listing_of(catalog))
        made = account, customer, link, gap, query, connection, edge
        return cls(*made, identifiers, profile, roll_ups, reason, reasons, RollUpRules(catalog))


def _id(what: str) -> Any:  # noqa: ANN401 - Strawberry's field
    return strawberry.field(description=f"Names the {what}; kept through merges.")


def _of_catalog(catalog: Catalog) -> tuple[Any, Any, Any]:
    identifiers = identifiers_type(catalog.of_accounts, "AccountIdentifiers")
    described = "Traits of an account by name."
    profile = traits_type("AccountProfile", catalog.accounts.traits, described)
    computed = {name: one.trait for name, one in catalog.accounts.computed.items()}
    described = "What an account comes to, by name."
    return identifiers, profile, traits_type("AccountRollUps", all_traits({}, computed), described)


def _said(catalog: Catalog, identifiers: Any, profile: Any) -> _Fields:  # noqa: ANN401 - made types
    """What the catalog names nothing of is left out: no type is without fields."""
    fields: dict[str, Any] = {}
    if catalog.accounts.identifiers:
        described = "All that its records carry."
        fields["identifiers"] = field_of(AccountNode.identifiers, identifiers | None, described)
    if catalog.accounts.traits:
        described = "One value for each trait that its records say."
        fields["profile"] = field_of(AccountNode.profile, profile | None, described)
    return fields


def _computed(catalog: Catalog, roll_ups: Any, reasons: Any) -> _Fields:  # noqa: ANN401 - made types
    if not catalog.accounts.computed:
        return {}
    described = "What it comes to now: computed of its members and of the events that count for it."
    why = "Why it comes to that: what counts, of which time, and when it changes by itself."
    return {
        "roll_ups": field_of(AccountNode.roll_ups, roll_ups | None, described),
        "roll_up_reasons": field_of(AccountNode.roll_up_reasons, reasons | None, why),
    }


def _tree(account: Any) -> _Fields:  # noqa: ANN401 - a made type
    return {
        "records": field_of(
            AccountNode.records,
            list[AccountRecord] | None,
            "The source records that are this account, oldest first.",
        ),
        "parent": field_of(AccountNode.parent, account | None, "The account that it is a part of."),
        "parent_left_out": field_of(
            AccountNode.parent_left_out,
            account | None,
            "The parent that its records name and that is left out, for it would be its own part.",
        ),
        "children": field_of(
            AccountNode.children, list[account] | None, "The accounts that are parts of it."
        ),
    }


def _people(link: Any, gap: Any) -> _Fields:  # noqa: ANN401 - made types
    links = list[link] | None
    return {
        "members": field_of(AccountNode.members, links, "Who belongs to it.", _TAGGED),
        "owners": field_of(
            AccountNode.owners, links, "Who of ours looks after it; they are no members.", _TAGGED
        ),
        "decision_chain": field_of(
            AccountNode.decision_chain,
            links,
            "Who decides there, the most influential first.",
            _TAGGED,
        ),
        "decision_gaps": field_of(
            AccountNode.decision_gaps,
            list[gap] | None,
            "The roles that nobody holds: those that the catalog needs, and those somebody left.",
            _TAGGED,
        ),
        "member_count": field_of(
            AccountNode.member_count,
            int | None,
            "How many customers belong to it, each once; with its parts if told so.",
            _TAGGED,
        ),
    }


def _mine(link: Any) -> Any:  # noqa: ANN401 - a made type
    described = "What it has to do with which accounts, its main account first."
    return field_of(CustomerNode.accounts, list[link] | None, described, _TAGGED)


def _furnish_link(link: Any, account: Any, customer: Any) -> None:  # noqa: ANN401 - made types
    plain = {
        "kind": (str, strawberry.field(description="A kind of link of the catalog.")),
        "ours": (bool, strawberry.field(description=_OURS)),
        "role": (str | None, linked("A role of the catalog.")),
        "title": (str | None, linked("What the person is called there.")),
        "influence": (int | None, linked("From 1 to 5.")),
        "attitude": (str | None, linked("How the person stands to us: for, neutral or against.")),
        "primary": (bool, strawberry.field(description="Whether it is the main account.")),
        "valid_from": (DateTime | None, strawberry.field(description="From when it holds.")),
        "valid_to": (DateTime | None, strawberry.field(description="Until before when it holds.")),
        "sources": (list[str], strawberry.field(description="The sources that say so, in order.")),
    }
    resolved = {
        "account": field_of(LinkNode.account, account | None, "The account."),
        "person": field_of(_person(customer), customer | None, "The person."),
        "reports_to": field_of(_boss(customer), customer | None, "Whom the person reports to."),
    }
    annotations = {name: kind for name, (kind, _) in plain.items()}
    fields = {name: field for name, (_, field) in plain.items()}
    furnish(link, {"member": strawberry.Private[Member], **annotations}, {**fields, **resolved})


def _person(customer: Any) -> Callable[..., Any]:  # noqa: ANN401 - a made type
    def person(root: Any) -> Any:  # noqa: ANN401 - the type that is being made
        return customer(id=strawberry.ID(root.member.customer))

    return person


def _boss(customer: Any) -> Callable[..., Any]:  # noqa: ANN401 - a made type
    def boss(root: Any) -> Any:  # noqa: ANN401 - the type that is being made
        id_ = root.member.reports_to
        return customer(id=strawberry.ID(id_)) if id_ else None

    return boss


def _furnish_gap(gap: Any, link: Any) -> None:  # noqa: ANN401 - made types
    furnish(
        gap,
        {
            "role": str,
            "reason": DecisionGapReason,
            "since": DateTime | None,
            "last": link | None,
        },
        {
            "role": strawberry.field(description="The role."),
            "reason": strawberry.field(description="Why nobody holds it."),
            "since": strawberry.field(description="Since when, if somebody did."),
            "last": strawberry.field(description="Who held it last."),
        },
    )


def _connection(account: Any) -> tuple[Any, Any]:  # noqa: ANN401 - a made type
    edge = empty("AccountEdge", object)
    described = strawberry.field(description="Where another page starts.")
    node = strawberry.field(description="The account.")
    furnish(edge, {"cursor": str, "node": account}, {"cursor": described, "node": node})
    strawberry.type(edge, description="An account at its place in the list.")
    connection = empty("AccountConnection", object)
    fields = {
        "edges": strawberry.field(description="The accounts."),
        "page_info": strawberry.field(description="Whether there are more."),
    }
    furnish(connection, {"edges": list[edge], "page_info": PageInfo}, fields)
    strawberry.type(connection, description="A page of accounts.")
    return edge, connection


def _query(
    account: Any,  # noqa: ANN401 - made types
    connection: Any,  # noqa: ANN401
    accounts: Callable[..., Any],
) -> type:
    query = empty("Query", object)
    fields = {
        "account": field_of(
            entry_points.account, account | None, "By an id that is or once was an account's."
        ),
        "accounts": field_of(
            accounts,
            connection | None,
            "All of them by their ids unless told: 20 a page unless told, at most 200.",
        ),
    }
    furnish(query, {}, fields)
    return strawberry.type(query, description="Where every query begins.")
