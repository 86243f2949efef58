"""Customers that entries or time touch: why, and what is other about them."""

from __future__ import annotations

from typing import NamedTuple

from c360_segment.domain.changes import Changed, both
from c360_segment.emission import Cause


class Touched(NamedTuple):
    """The entry that what is told of a customer is told under, and what changed."""

    cause: Cause
    changed: Changed = None


def touch(touched: dict[str, Touched], customer: str, cause: Cause, changed: Changed) -> None:
    """Add a change of a customer; the first cause stays."""
    held = touched.get(customer)
    touched[customer] = (
        Touched(cause, changed)
        if held is None
        else Touched(held.cause, both(held.changed, changed))
    )
