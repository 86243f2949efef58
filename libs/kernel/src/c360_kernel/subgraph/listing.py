"""Lists that are no connections: whole unless told, but never without end.

A list of more than `LONGEST_LIST` items is cut where it is put into the response, and an error
beside it says so. Who asks for the first so many gets no more than that, and nothing is cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeVar

import strawberry
from c360_subgraph.lists import LONGEST_LIST

from c360_kernel.errors import Invalid

T = TypeVar("T")

First = Annotated[
    int | None,
    strawberry.argument(
        description=f"The first so many, at most {LONGEST_LIST}; all of them if left out."
    ),
]
"""The argument `first` of such a list."""


def listed(values: Sequence[T], first: int | None) -> Sequence[T]:
    """The first so many of a list. Raises `Invalid` PAGE_SIZE_INVALID."""
    if first is None:
        return values
    if not 0 <= first <= LONGEST_LIST:
        raise Invalid(f"first must be from 0 to {LONGEST_LIST}", code="PAGE_SIZE_INVALID")
    return values[:first]
