"""Identifiers that records say, as they are kept with the traits, and their normal forms.

Those that are listed stand among the raw traits of a revision, under names that no trait has. What
of them no trait says is by its type a part of its record, as each trait is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import orjson
from c360_kernel.catalog.model import Catalog
from c360_kernel.record import Identifier, TraitValue
from c360_kernel.record_parts import identifiers_part, trait_part

Normal = Callable[[Identifier], Identifier | None]
"""The normal form of what a record says; None for what is none."""
_SAID = "identifier:"
NOTHING = "[]"
"""The text of no identifier."""


def text_of(identifiers: Iterable[Identifier]) -> str:
    """Identifiers as JSON text, each once, in order: most that have some are never looked into."""
    return orjson.dumps(sorted({(one.type, one.value) for one in identifiers})).decode()


def identifiers_in(text: str) -> tuple[Identifier, ...]:
    """The identifiers of a text."""
    return () if text == NOTHING else tuple([Identifier(*one) for one in orjson.loads(text)])


def pairs_in(text: str) -> list[list[str]]:
    """As `identifiers_in`, each as a list of its type and its value."""
    return [] if text == NOTHING else orjson.loads(text)


def with_identifiers(
    traits: Mapping[str, TraitValue], identifiers: Sequence[Identifier]
) -> Mapping[str, TraitValue]:
    """Raw traits with the identifiers beside them, by type: one text, or a list in order."""
    if not identifiers:
        return traits
    said = dict(traits)
    for type_, value in identifiers:
        name = f"{_SAID}{type_}"
        held = said.setdefault(name, value)
        # Most say one of a type, and a text is read in less time than a list.
        if held != value:
            others = held if isinstance(held, tuple) else (str(held),)
            said[name] = tuple(sorted({*others, value}))
    return said


def part_of(name: str) -> str:
    """The part of its record that a raw trait is, or all identifiers of a type."""
    if name.startswith(_SAID):
        return identifiers_part(name.removeprefix(_SAID))
    return trait_part(name)


class Carrying:
    """What of raw traits are identifiers by a catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._of_traits = {t.name: t.identifier for t in catalog.traits.values() if t.identifier}
        self._listed = {f"{_SAID}{one}": one for one in catalog.identifiers}
        self._types = self._of_traits | self._listed
        self._names = tuple(self._types)

    def says_alike(self, one: Mapping[str, TraitValue], other: Mapping[str, TraitValue]) -> bool:
        """Whether raw traits hold the same identifiers, as they were written."""
        return list(map(one.get, self._names)) == list(map(other.get, self._names))

    def all_said(self, traits: Mapping[str, TraitValue], normal: Normal) -> set[Identifier]:
        """The identifiers that `said` tells, whatever part of the record each is."""
        written: set[tuple[str, str]] = set()
        for name in self._types.keys() & traits.keys():
            type_, value = self._types[name], traits[name]
            texts = value if isinstance(value, tuple) else (str(value),)
            written.update([(type_, text) for text in texts])
        found = [normal(Identifier(*one)) for one in written]
        return {one for one in found if one is not None}

    def said(
        self, traits: Mapping[str, TraitValue], normal: Normal
    ) -> Iterator[tuple[str, Identifier]]:
        """The identifiers among raw traits in their normal forms, each with its part of the record.

        One that a trait says is that trait's, also where it is listed, as those of traits always
        are: what takes the trait away takes it away.
        """
        of_traits = [
            (name, one)
            for name in self._of_traits.keys() & traits.keys()
            for one in _normal(self._of_traits[name], traits[name], normal)
        ]
        yield from ((trait_part(name), one) for name, one in of_traits)
        known = {one for _, one in of_traits}
        for name in self._listed.keys() & traits.keys():
            type_ = self._listed[name]
            for one in _normal(type_, traits[name], normal):
                if one not in known:
                    yield identifiers_part(type_), one


def _normal(type_: str, value: TraitValue, normal: Normal) -> Iterator[Identifier]:
    written = value if isinstance(value, tuple) else (str(value),)
    found = (normal(Identifier(type_, one)) for one in written)
    return (one for one in found if one is not None)
