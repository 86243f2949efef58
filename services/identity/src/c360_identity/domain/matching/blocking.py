"""Which records are compared at all: those that share a block."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from struct import unpack
from typing import NamedTuple

from c360_identity.domain.matching.kind import Form, Kind
from c360_identity.domain.matching.model import Model

_BYTES = 8


class _Atoms(NamedTuple):
    """What is found by what one comparison compares: each atom, with its number."""

    place: int
    kind: Kind
    names: Sequence[tuple[int, str]]

    def add(self, form: Form, said: list[Sequence[bytes]]) -> None:
        """Tell what a record of this form is found by, under the number of each atom."""
        keys = self.kind.keys
        for number, name in self.names:
            said[number] = [one.encode() for one in keys(form, name)]


Blocks = Mapping[int, int]
"""Blocks, and of how many records each may be at most. They are signed numbers of 64 bits."""


class _Rule(NamedTuple):
    """What is found by several atoms together; `keyed` is the hash of its blocks, of which one is
    of `largest` records at most."""

    keyed: hashlib.blake2b
    largest: int
    first: int
    others: tuple[int, ...]

    def add_digests(self, said: Sequence[Sequence[bytes]], to: list[bytes]) -> None:
        """Add the blocks by what is said of each atom."""
        keyed, _, first, others = self
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
        named = {atom: None for rule in model.blocks for atom in rule}
        numbers = {atom: number for number, atom in enumerate(named)}
        self._nothing: list[Sequence[bytes]] = [()] * len(numbers)
        self._atoms = list(_atoms(model, numbers))
        self._rules = [
            _rule(number, model.largest[number], [numbers[atom] for atom in rule])
            for number, rule in enumerate(model.blocks)
        ]
        alone = (one for one in enumerate(model.blocks) if len(one[1]) == 1)
        self._whole = [self._rules[n] for n, rule in alone if rule[0].endswith(".all")]

    def keys(self, forms: Sequence[Form | None]) -> Blocks:
        """The blocks that a record of these forms is in."""
        return self._blocks(self._rules, self._atoms, forms)

    def keys_at(self, forms: Sequence[Form | None], places: Collection[int]) -> Blocks:
        """Those that whoever has what is said at one of these places is in for that alone."""
        return self._blocks(self._whole, [o for o in self._atoms if o.place in places], forms)

    def _blocks(
        self, rules: Iterable[_Rule], atoms: Iterable[_Atoms], forms: Sequence[Form | None]
    ) -> Blocks:
        # Rules have atoms in common, and most of what an atom says is made anew each time.
        said = [*self._nothing]
        for one in atoms:
            form = forms[one.place]
            if form is not None:
                one.add(form, said)
        digests: list[bytes] = []
        largest: list[int] = []
        for rule in rules:
            if said[rule.first]:
                rule.add_digests(said, digests)
                largest += [rule.largest] * (len(digests) - len(largest))
        keys = unpack(f">{len(digests)}q", b"".join(digests))
        return dict(zip(keys, largest, strict=True))


def _rule(number: int, largest: int, atoms: Sequence[int]) -> _Rule:
    keyed = hashlib.blake2b(digest_size=_BYTES, key=number.to_bytes(2, "big"))
    return _Rule(keyed, largest, atoms[0], tuple(atoms[1:]))


def _atoms(model: Model, numbers: Mapping[str, int]) -> Iterator[_Atoms]:
    """The atoms that rules are made of, comparison by comparison."""
    for place, one in enumerate(model.comparisons):
        parted = ((number, *atom.partition(".")) for atom, number in numbers.items())
        own = [(number, name) for number, of, _, name in parted if of == one.name]
        if own:
            yield _Atoms(place, one.kind, own)
