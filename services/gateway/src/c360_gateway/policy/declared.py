"""What a catalog tells policy, as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from c360_kernel.catalog.model import TraitType
from c360_policy.table import Coordinates, Interfaces

RowTraits: TypeAlias = Mapping[str, TraitType]
"""The traits that row rules may ask for."""


class DeclaredCatalog(Protocol):
    """Looked at for each request, so these are plain attributes; what changed is another object.

    `declared` are the coordinates that it makes, with their tags; `computed` gives by coordinate
    what shows the parts that it is made of.
    """

    declared: Coordinates
    computed: Interfaces
    row_traits: RowTraits


@dataclass(slots=True)
class Declared:
    """A catalog that tells no more than this."""

    declared: Coordinates = field(default_factory=dict[str, frozenset[str]])
    computed: Interfaces = field(default_factory=dict[str, tuple[str, ...]])
    row_traits: RowTraits = field(default_factory=dict[str, TraitType])


NOTHING_DECLARED: DeclaredCatalog = Declared()
