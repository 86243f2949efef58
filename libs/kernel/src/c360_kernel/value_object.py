"""Dataclasses of what is made anew for every entry: nobody changes one once it is made.

That is for the type checker to see, as it sees it of `dataclass(frozen=True)`, and costs nothing
where it runs. There a frozen dataclass calls `object.__setattr__` for each of its fields: to make
one of twelve fields took seven times as long.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value_object(cls: type[T]) -> type[T]:
    """A dataclass with slots that is compared and hashed by its fields, and never changed."""
    return dataclass(slots=True, unsafe_hash=True)(cls)
