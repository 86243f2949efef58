"""A compiled expression: how one field of an item gets its values from a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from c360_mapping.conversions import Value
from c360_mapping.paths import Cells, Find

Dropped = Counter[str]
"""How many values of each field were left out because they could not be converted."""

Values = Callable[[Cells, Dropped], list[Value]]
Removes = Callable[[Cells, Dropped], bool]
"""Whether a row says null where an expression looks: that a patch removes the field."""


Back = Callable[[object], Mapping[str, object]]
"""From the value of a field to the cells of its row."""


def never(cells: Cells, dropped: Dropped) -> bool:
    """Where null means no more than nothing."""
    return False


@dataclass(frozen=True, slots=True)
class Reference:
    """A column or path that the mapping names, and the line where it does."""

    name: str
    line: int
    find: Find


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression; `many` when its field takes the whole list.

    `back` gives the cells that a value was read from; None where they cannot be known.
    """

    values: Values
    references: tuple[Reference, ...]
    many: bool = False
    removes: Removes = never
    back: Back | None = None

    def value(self, cells: Cells, dropped: Dropped) -> Value | list[Value] | None:
        """What the field becomes, None when the row has nothing for it."""
        found = self.values(cells, dropped)
        if not found:
            return None
        return found if self.many else found[0]


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the mapping says once for all its expressions.

    `flat`: columns, not paths. `zone` is None where the mapping names no time zone. `null_values`
    are texts that remove, beside JSON's null; None where nothing does.
    """

    flat: bool
    empty_values: frozenset[str]
    zone: tzinfo | None
    drops: bool
    null_values: frozenset[str] | None = None
