"""Which records are compared at all: those that share a block."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from struct import unpack
from typing import NamedTuple

from c360_identity.domain.matching.kind import Form, Kind
from c360_identity.domain.matching.model import Model

_BYTES = 8


class _Atom(NamedTuple):
    place: int
    kind: Kind
    name: str

    def values(self, forms: Sequence[Form | None]) -> list[bytes]:
        """By what a record of these forms is found; nothing where it says nothing."""
        form = forms[self.place]
        return [] if form is None else [one.encode() for one in self.kind.keys(form, self.name)]


class _Rule(NamedTuple):
    """What is found by several atoms together; `keyed` is the hash of its blocks."""

    keyed: hashlib.blake2b
    first: str
    others: tuple[str, ...]

    def add_digests(self, said: Mapping[str, Sequence[bytes]], to: list[bytes]) -> None:
        """Add the blocks by what is said of each atom."""
        keyed, first, others = self
        values = said[first]
        for atom in others:
            values = [one + b"\x00" + other for other in said[atom] for one in values]
        for value in values:
            hashed = keyed.copy()
            hashed.update(value)
            to.append(hashed.digest())


class Blocking:
    """The blocks of a model."""

    def __init__(self, model: Model) -> None:
        places = {one.name: place for place, one in enumerate(model.comparisons)}
        self._atoms: dict[str, _Atom] = {}
        self._rules: list[_Rule] = []
        for number, rule in enumerate(model.blocks):
            for atom in rule:
                name, _, part = atom.partition(".")
                place = places[name]
                self._atoms[atom] = _Atom(place, model.comparisons[place].kind, part)
            keyed = hashlib.blake2b(digest_size=_BYTES, key=number.to_bytes(2, "big"))
            self._rules.append(_Rule(keyed, rule[0], rule[1:]))
        alone = (rule for rule in self._rules if not rule.others)
        self._whole = [rule for rule in alone if rule.first.endswith(".all")]

    def keys(self, forms: Sequence[Form | None]) -> frozenset[int]:
        """The blocks that a record of these forms is in: signed numbers of 64 bits."""
        # Rules have atoms in common, and most of what an atom says is made anew each time.
        said = {name: atom.values(forms) for name, atom in self._atoms.items()}
        return _blocks(self._rules, said)

    def keys_at(self, forms: Sequence[Form | None], places: Collection[int]) -> frozenset[int]:
        """Those that whoever has what is said at one of these places is in for that alone."""
        atoms = {rule.first: self._atoms[rule.first] for rule in self._whole}
        said = {name: one.values(forms) for name, one in atoms.items() if one.place in places}
        return _blocks([rule for rule in self._whole if rule.first in said], said)


def _blocks(rules: Iterable[_Rule], said: Mapping[str, Sequence[bytes]]) -> frozenset[int]:
    digests: list[bytes] = []
    for rule in rules:
        rule.add_digests(said, digests)
    return frozenset(unpack(f">{len(digests)}q", b"".join(digests)))
