"""Who asks and who is asked about, as the command line names them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from c360_gateway.auth.attributes import read_attributes
from c360_kernel.errors import NotFound
from c360_policy.trying.people import Who

from c360_cli.trying.explaining_rows import NamedCustomer
from c360_cli.trying.today import customers_of


def caller(subject: str, attributes: Sequence[str] | None) -> Who:
    """Who asks, its attributes written `name=value`. Raises `SettingsError`."""
    return Who(subject, read_attributes(attributes or ()))


def customer_named(data: Path, customer: str) -> NamedCustomer:
    """A customer of an instance as it is now; the question is on record.

    Raises `NotFound` (CUSTOMER_UNKNOWN), and what `customers_of` does.
    """
    found = customers_of(data, "policy explain", [customer])
    if customer not in found:
        raise NotFound("there is no customer of this id now", code="CUSTOMER_UNKNOWN")
    return NamedCustomer(customer, found[customer])
