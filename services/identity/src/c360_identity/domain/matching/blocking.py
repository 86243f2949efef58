"""Which records are compared at all: those that share a block."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import product
from typing import NamedTuple

from c360_identity.domain.matching.kind import Form, Kind
from c360_identity.domain.matching.model import Model

_BYTES = 8


class _Atom(NamedTuple):
    place: int
    kind: Kind
    name: str


class Blocking:
    """The blocks of a model."""

    def __init__(self, model: Model) -> None:
        places = {one.name: place for place, one in enumerate(model.comparisons)}
        self._rules: list[tuple[bytes, tuple[_Atom, ...]]] = []
        for number, rule in enumerate(model.blocks):
            pairs = (atom.split(".", 1) for atom in rule)
            atoms = ((places[name], atom) for name, atom in pairs)
            made = tuple(_Atom(p, model.comparisons[p].kind, atom) for p, atom in atoms)
            self._rules.append((number.to_bytes(2, "big"), made))

    def keys(self, forms: Sequence[Form | None]) -> frozenset[int]:
        """The blocks that a record of these forms is in: signed numbers of 64 bits."""
        found: set[int] = set()
        for number, atoms in self._rules:
            if any(forms[atom.place] is None for atom in atoms):
                continue
            parts = [atom.kind.keys(forms[atom.place], atom.name) for atom in atoms]
            found.update(_key(number, values) for values in product(*parts))
        return frozenset(found)


def _key(number: bytes, values: Iterable[str]) -> int:
    text = "\x00".join(values).encode()
    digest = hashlib.blake2b(text, digest_size=_BYTES, key=number).digest()
    return int.from_bytes(digest, "big", signed=True)
