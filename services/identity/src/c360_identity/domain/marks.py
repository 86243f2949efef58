"""Marks of what a statement says, part by part: for telling a change from a repetition.

Identity keeps no traits. A mark is 32 bits of a value; it decides what a writer is answered and
never what holds. Traits go by their bare names: this is made of every record that comes in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zlib import crc32

from c360_kernel.record import TraitValue
from c360_kernel.record_parts import trait_part

from c360_identity.domain.model import Carried


def marks_of(traits: Mapping[str, TraitValue], carried: Iterable[Carried]) -> str:
    """The mark of each trait, and of the identifiers of each type that no trait says, as text."""
    marks = [f"{name}={crc32(repr(value).encode())}" for name, value in traits.items()]
    listed: dict[str, list[str]] = {}
    for one in carried:
        if not one.trait:
            listed.setdefault(one.part, []).append(one.value)
    marks += [f"{part}={crc32(repr(sorted(values)).encode())}" for part, values in listed.items()]
    return " ".join(marks)


def read_marks(marks: str) -> dict[str, str]:
    """The marks by part."""
    pairs = (one.rpartition("=") for one in marks.split())
    return {name if "." in name else trait_part(name): mark for name, _, mark in pairs}
