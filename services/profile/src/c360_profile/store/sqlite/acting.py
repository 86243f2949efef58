"""For whom customers act, as SQL: the links of the records of each, and who has which links.

A link is one of a record of a person to a record of an account; whose and of which account these
are now is asked of them. What is asked of an account itself is asked of its traits, along their
index as far as that says it.
"""

from __future__ import annotations

from collections.abc import Iterator

from c360_kernel.conditions.facts import Acting
from c360_kernel.conditions.sqlite import Bind, sql_of
from c360_kernel.conditions.tree import All, ValueCondition, ValueTest, conjuncts

from c360_profile.store.sqlite.ranges import containing, range_of

_OF_CUSTOMER = (
    "record AS own INDEXED BY record_of_customer"
    " CROSS JOIN link AS seen INDEXED BY link_by_person ON seen.person = own.id"
    " CROSS JOIN account_record AS part ON part.id = seen.account"
    " WHERE own.customer = {customer} AND own.deleted = 0 AND {chosen}"
)
_OF_ACCOUNTS = (
    "account_record AS part INDEXED BY account_record_of"
    " CROSS JOIN link AS seen INDEXED BY link_by_account ON seen.account = part.id"
)
_OF_LINKS = (
    "link AS seen INDEXED BY {index} CROSS JOIN account_record AS part ON part.id = seen.account"
)
_ACCOUNT_OF = "SELECT named.account FROM account_record AS named WHERE named.id = {}"
_INDEX = "account_golden"
_OF_INDEX = f"SELECT account FROM {_INDEX} WHERE"
_SUCH = "SELECT held.id FROM account AS held WHERE {}"
_SO = "EXISTS (SELECT 1 FROM account AS held WHERE held.id = part.account AND {})"


def links_of(acting: Acting, customer: str, bind: Bind) -> str:
    """Where the links of the customer of an id are, from indexes alone."""
    return _OF_CUSTOMER.format(customer=customer, chosen=_chosen(acting, bind))


def links_meant(acting: Acting, bind: Bind) -> tuple[str, str]:
    """Where all such links are, and which of what is there they are.

    The accounts are gone through where anything is asked of them, else the links.
    """
    asked = [*_named(acting, bind), *_which(acting.where, bind)]
    index = "role" if acting.role else "kind" if acting.kind else "account"
    seen = _OF_ACCOUNTS if asked else _OF_LINKS.format(index=f"link_by_{index}")
    return seen, " AND ".join([*asked, *_linked(acting, bind)])


def _chosen(acting: Acting, bind: Bind) -> str:
    parts = [*_linked(acting, bind), *_named(acting, bind)]
    if acting.where is not None:
        parts.append(_SO.format(sql_of(acting.where, "held.traits", bind)))
    return " AND ".join(parts)


def _linked(acting: Acting, bind: Bind) -> Iterator[str]:
    """What is asked of the links, and that they are to accounts."""
    at = bind(acting.at)
    yield f"seen.since <= {at} AND (seen.until <= 0 OR seen.until > {at})"
    if acting.kind:
        yield f"seen.kind = {bind(acting.kind)}"
    if acting.role:
        yield f"seen.role = {bind(acting.role)}"
    yield "part.account > ''"


def _named(acting: Acting, bind: Bind) -> Iterator[str]:
    if acting.account:
        yield f"part.account = {bind(acting.account)}"
    if acting.record:
        yield f"part.account = ({_ACCOUNT_OF.format(bind(acting.record))})"


def _which(where: ValueCondition | None, bind: Bind) -> Iterator[str]:
    """Which accounts are so: those that an index has, and of these what their traits say."""
    rest: list[ValueCondition] = []
    for part in () if where is None else conjuncts(where):
        if (found := _found(part, bind)) is None:
            rest.append(part)
        else:
            yield f"part.account IN ({found})"
    if rest:
        yield f"part.account IN ({_SUCH.format(sql_of(All(tuple(rest)), 'held.traits', bind))})"


def _found(test: ValueCondition, bind: Bind) -> str | None:
    """The accounts that pass a test, from the index; None where it does not say it."""
    if not isinstance(test, ValueTest):
        return None
    if test.operator == "contains" and isinstance(test.wanted, str) and "\0" not in test.wanted:
        return containing("account", _INDEX, test.name, test.wanted, bind)
    passing = range_of(test, "value", bind)
    return None if passing is None else f"{_OF_INDEX} trait = {bind(test.name)} AND {passing}"
