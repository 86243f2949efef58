"""Identifiers that records say, as they are kept with the traits, and their normal forms.

Those that no trait says stand among the raw traits of a revision, under names that no trait has:
each type is a part of its record, as each trait is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from c360_kernel.catalog.model import Catalog
from c360_kernel.record import Identifier, TraitValue
from c360_kernel.record_parts import identifiers_part, trait_part

_SAID = "identifier:"

Normal = Callable[[Identifier], Identifier | None]
"""To the normal form of an identifier, None if it has none."""


def with_identifiers(
    traits: Mapping[str, TraitValue], identifiers: Iterable[Identifier]
) -> Mapping[str, TraitValue]:
    """Raw traits with the identifiers beside them, by type a list in order."""
    said: dict[str, set[str]] = {}
    for type_, value in identifiers:
        said.setdefault(f"{_SAID}{type_}", set()).add(value)
    return (
        {**traits, **{name: tuple(sorted(one)) for name, one in said.items()}} if said else traits
    )


def part_of(name: str) -> str:
    """The part of its record that a raw trait is, or all identifiers of a type."""
    if name.startswith(_SAID):
        return identifiers_part(name.removeprefix(_SAID))
    return trait_part(name)


class Carrying:
    """What of raw traits are identifiers by a catalog."""

    def __init__(self, catalog: Catalog) -> None:
        of_traits = {t.name: t.identifier for t in catalog.traits.values() if t.identifier}
        self._types = {**{f"{_SAID}{one}": one for one in catalog.identifiers}, **of_traits}

    def said(self, traits: Mapping[str, TraitValue]) -> Iterator[Identifier]:
        """The identifiers among raw traits, as they were written."""
        for name, value in traits.items():
            if name in self._types:
                type_ = self._types[name]
                for one in value if isinstance(value, tuple) else (str(value),):
                    yield Identifier(type_, one)
