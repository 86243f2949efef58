"""The people of a file of tests: principals who ask, customers who are asked about."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from c360_kernel.catalog.comparing import comparable
from c360_kernel.catalog.document import Located
from c360_kernel.catalog.entry import Entry
from c360_kernel.catalog.model import TraitType
from c360_kernel.context import Attributes
from c360_kernel.nearest import did_you_mean
from c360_kernel.record import TraitValue
from c360_kernel.value_types import TypeMismatch, typed

from c360_policy.trying.expectations import Principal, TestCustomer
from c360_policy.trying.people import SomeCustomer, Traits, Who

_OF_PRINCIPAL = ("roles", "opened", "subject", "attributes")
_OF_CUSTOMER = ("traits", "consents", "id")
_STATUSES = ("granted", "denied", "withdrawn")


def names(
    entry: Entry, field: str, known: Collection[str] | Mapping[str, object], what: str
) -> Iterator[str]:
    """The names of a list; one that nobody knows is complained of, with the nearest one."""
    found = entry.required(field)
    for at in found.items() if found is not None else ():
        name = at.text()
        if name is not None and name not in known:
            at.complain(f"no {what} '{name}' is known{did_you_mean(name, known)}")
        elif name is not None:
            yield name


def read_principals(
    principals: Located | None, roles: frozenset[str], glass: frozenset[str]
) -> Mapping[str, Principal]:
    """Who asks, by name; who is not named otherwise is called so in its token as well."""
    found = principals.fields() if principals is not None else {}
    return {name: _principal(name, at, roles, glass) for name, at in found.items()}


def _principal(name: str, at: Located, known: frozenset[str], glass: frozenset[str]) -> Principal:
    entry = Entry(at, _OF_PRINCIPAL)
    roles = frozenset(names(entry, "roles", known, "role"))
    what = "role of theirs that is opened"
    opened = names(entry, "opened", glass & roles, what) if entry.has("opened") else ()
    who = Who(entry.text("subject") or name, tuple(_attributes(entry)))
    return Principal(name, roles, frozenset(opened), who)


def _attributes(entry: Entry) -> Attributes:
    attributes = entry.given["attributes"].fields() if entry.has("attributes") else {}
    return tuple((name, tuple(_texts(at))) for name, at in sorted(attributes.items()))


def _texts(at: Located) -> Iterator[str]:
    for one in at.items() if isinstance(at.plain(), list) else (at,):
        if (text := one.text()) is not None:
            yield text


def read_customers(
    customers: Located | None, traits: Traits, purposes: frozenset[str]
) -> Mapping[str, TestCustomer]:
    """Who is asked about, by name."""
    found = customers.fields() if customers is not None else {}
    return {name: _customer(name, at, traits, purposes) for name, at in found.items()}


def _customer(name: str, at: Located, traits: Traits, purposes: frozenset[str]) -> TestCustomer:
    entry = Entry(at, _OF_CUSTOMER)
    if not entry.has("id"):
        values = dict(_values(entry, traits))
        described = SomeCustomer(values, frozenset(_granted(entry, purposes)))
        return TestCustomer(name, described, line=at.line)
    if entry.has("traits") or entry.has("consents"):
        at.complain("a customer has an id, or traits and consents")
    return TestCustomer(name, id=entry.text("id"), line=at.line)


def _values(entry: Entry, traits: Traits) -> Iterator[tuple[str, TraitValue]]:
    values = entry.given["traits"].fields() if entry.has("traits") else {}
    for name, at in values.items():
        trait = traits.get(name)
        if trait is None:
            at.complain(f"no trait '{name}' is known{did_you_mean(name, traits)}")
        elif (value := _value(at, trait)) is not None:
            yield name, value


def _value(at: Located, trait: TraitType) -> TraitValue | None:
    """As it is stored: what a source may write otherwise has one form."""
    try:
        return typed(comparable(_written(at, trait), trait), trait.type)
    except TypeMismatch as error:
        at.complain(error.message)
        return None


def _written(at: Located, trait: TraitType) -> object:
    """Text stays as it is written: YAML would make a number of a postal code."""
    plain = at.plain()
    if isinstance(plain, (list, dict)) or trait.type in ("int", "float", "boolean"):
        return plain
    return at.text() or ""


def _granted(entry: Entry, purposes: frozenset[str]) -> Iterator[str]:
    """Purposes in a list are granted; in a mapping each has its status."""
    if not entry.has("consents"):
        return
    at = entry.given["consents"]
    if isinstance(at.plain(), list):
        yield from names(entry, "consents", purposes, "purpose")
        return
    for name, status in at.fields().items():
        if name not in purposes:
            status.complain(f"no purpose '{name}' is known{did_you_mean(name, purposes)}")
        elif status.text() not in _STATUSES:
            status.complain(f"a consent is one of {', '.join(_STATUSES)}")
        elif status.text() == "granted":
            yield name
