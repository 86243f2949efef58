"""Accounts in filters: what they are filtered by, and customers by the accounts that they act for.

Accounts are filtered by their traits and by what they come to. Of customers it is asked whether a
link of theirs that is true now is to an account that is so; what accounts come to is asked of them
as far as it is told with every change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import strawberry

from c360_kernel.catalog.model import AccountModel, Catalog, TraitType, all_traits
from c360_kernel.catalog.roll_ups import ACCOUNT_LINK
from c360_kernel.conditions.facts import Acting, acting_fact
from c360_kernel.conditions.tree import ValueCondition, ValueTest, mapped
from c360_kernel.record import RecordKey
from c360_kernel.subgraph.catalog_types.combined import combined_condition, combined_input
from c360_kernel.subgraph.catalog_types.descriptions import trait_described
from c360_kernel.subgraph.catalog_types.fields import attribute
from c360_kernel.subgraph.catalog_types.filter_tests import (
    Fields,
    FilterInvalid,
    input_class,
    is_unicode,
    tests_of,
)
from c360_kernel.subgraph.catalog_types.operators import FILTER_TYPES
from c360_kernel.subgraph.catalog_types.record_key import record_key_field

ACCOUNT = "account"
"""The field of `CustomerFilter`."""
WHERE = "where"
_FILTER = "Which accounts: those that meet every test that is given."
_ACTS = (
    "Customers who act for an account now: one link has to be all that is given. With nothing: for"
    " any account."
)
_KIND, _ROLE = "A kind of link of the catalog.", "A role of the catalog."
_ID = "To this account, which is one now."
_RECORD = "To the account that this source record of it is part of now."
_WHICH = "To an account that is so."

Compared = Mapping[str, TraitType]
"""The traits and roll-ups of accounts, which have no name in common."""
Say = Callable[[ValueTest], ValueCondition]


@strawberry.input(description="Names a source record of an account.")
class AccountRecordName:
    """GraphQL input."""

    source: str = strawberry.field(description="The source that holds the record.")
    key: str = record_key_field("The source's own key for the account.")


def compared_of(accounts: AccountModel) -> Compared:
    """What accounts of a catalog may be filtered by."""
    rolled_up = {name: one.trait for name, one in accounts.computed.items()}
    return all_traits(accounts.traits, rolled_up)


def account_filter(compared: Compared) -> type:
    """`AccountFilter`: `and`, `or`, `not` and an optional test of each."""
    tests = {
        name: (FILTER_TYPES[one.type], one.tags, trait_described(one))
        for name, one in compared.items()
    }
    return combined_input("AccountFilter", tests, _FILTER)


def account_condition(given: object, compared: Compared, say: Say) -> ValueCondition | None:
    """What an `AccountFilter` states, None if it states nothing. Raises `FilterInvalid`."""
    stated = combined_condition(given, partial(_tests, compared=compared))
    return None if stated is None else mapped(stated, say)


def _tests(given: object, compared: Compared) -> Iterator[ValueCondition]:
    for name, trait in compared.items():
        test = getattr(given, attribute(name))
        if test:
            yield from tests_of(trait, test)


def acting_filter(accounts: AccountModel) -> type:
    """`CustomerAccountFilter`: the kind and role of a link, and the account that it is to."""
    given: Fields = {
        "kind": (str, ACCOUNT_LINK, _KIND),
        "role": (str, ACCOUNT_LINK, _ROLE),
        "id": (strawberry.ID, "", _ID),
        "record": (AccountRecordName, "", _RECORD),
    }
    if compared := compared_of(accounts):
        given = {**given, WHERE: (account_filter(compared), "", _WHICH)}
    made = input_class("CustomerAccountFilter", given)
    return strawberry.federation.input(made, description=_ACTS)


def acting_tests(given: object, catalog: Catalog, say: Say, at: int) -> Iterator[ValueTest]:
    """The test that a `CustomerAccountFilter` states of links that are true at a moment (ms UTC).

    Raises `FilterInvalid` for a null, for a kind or role that the catalog does not have, for a
    name of an account that can be none, and for what accounts come to and nobody tells.
    """
    said = {name: one for name, one in vars(given).items() if one is not strawberry.UNSET}
    if None in said.values():
        raise FilterInvalid(f"a test of '{ACCOUNT}' is null")
    accounts = catalog.accounts
    _refuse_unknown("kind", said, accounts.kinds)
    _refuse_unknown("role", said, accounts.roles)
    acting = Acting(
        at,
        said.get("kind", ""),
        said.get("role", ""),
        _named(said["id"], "id") if "id" in said else "",
        _record(said["record"]) if "record" in said else "",
        _where(said.get(WHERE), accounts, say),
    )
    yield ValueTest(acting_fact(acting), "at_least", 1)


def _refuse_unknown(form: str, said: Mapping[str, Any], known: Mapping[str, object]) -> None:
    if form in said and said[form] not in known:
        raise FilterInvalid(f"'{form}' of '{ACCOUNT}' is none of the catalog")


def _named(text: str, form: str) -> str:
    if not text or "\0" in text or not is_unicode(text):
        raise FilterInvalid(f"'{form}' of '{ACCOUNT}' names no account")
    return text


def _record(given: AccountRecordName) -> str:
    source = _named(given.source, "record")
    if "/" in source:
        raise FilterInvalid(f"'record' of '{ACCOUNT}' names no account")
    return str(RecordKey(source, _named(given.key, "record")))


def _where(given: object, accounts: AccountModel, say: Say) -> ValueCondition | None:
    if given is None:
        return None
    return account_condition(given, compared_of(accounts), partial(_asked, accounts, say))


def _asked(accounts: AccountModel, say: Say, test: ValueTest) -> ValueCondition:
    """A test of what is known of accounts here, in any spelling."""
    if test.name not in accounts.tested:
        raise FilterInvalid(f"'{test.name}' is not live: no customers are filtered by it")
    return say(test)
