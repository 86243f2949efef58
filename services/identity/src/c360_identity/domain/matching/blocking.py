"""Which records are compared at all: those that share a block."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from itertools import product
from typing import NamedTuple

from c360_identity.domain.matching.kind import Form, Kind
from c360_identity.domain.matching.model import Model

_BYTES = 8


class _Atom(NamedTuple):
    place: int
    kind: Kind
    name: str

    def values(self, forms: Sequence[Form | None]) -> tuple[str, ...]:
        """By what a record of these forms is found; nothing where it says nothing."""
        form = forms[self.place]
        return () if form is None else tuple(self.kind.keys(form, self.name))


class Blocking:
    """The blocks of a model."""

    def __init__(self, model: Model) -> None:
        places = {one.name: place for place, one in enumerate(model.comparisons)}
        self._atoms: dict[str, _Atom] = {}
        self._rules: list[tuple[hashlib.blake2b, tuple[str, ...]]] = []
        self._whole: list[tuple[hashlib.blake2b, _Atom]] = []
        for number, rule in enumerate(model.blocks):
            for atom in rule:
                name, _, part = atom.partition(".")
                place = places[name]
                self._atoms[atom] = _Atom(place, model.comparisons[place].kind, part)
            keyed = hashlib.blake2b(digest_size=_BYTES, key=number.to_bytes(2, "big"))
            self._rules.append((keyed, rule))
            if len(rule) == 1 and rule[0].endswith(".all"):
                self._whole.append((keyed, self._atoms[rule[0]]))

    def keys(self, forms: Sequence[Form | None]) -> frozenset[int]:
        """The blocks that a record of these forms is in: signed numbers of 64 bits."""
        # Rules have atoms in common, and most of what an atom says is made anew each time.
        said = {name: atom.values(forms) for name, atom in self._atoms.items()}
        return frozenset(
            _key(keyed, values)
            for keyed, rule in self._rules
            for values in product(*[said[atom] for atom in rule])
        )

    def keys_at(self, forms: Sequence[Form | None], places: Collection[int]) -> frozenset[int]:
        """Those that whoever has what is said at one of these places is in for that alone."""
        return frozenset(
            _key(keyed, (value,))
            for keyed, atom in self._whole
            if atom.place in places
            for value in atom.values(forms)
        )


def _key(keyed: hashlib.blake2b, values: Iterable[str]) -> int:
    hashed = keyed.copy()
    hashed.update("\x00".join(values).encode())
    return int.from_bytes(hashed.digest(), "big", signed=True)
