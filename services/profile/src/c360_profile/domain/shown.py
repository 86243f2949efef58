"""Values as they are shown: of their trait's type, within its bounds, identifiers normalized."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import NamedTuple, cast

from c360_kernel.catalog.model import TraitType
from c360_kernel.catalog.values import keeps_rules
from c360_kernel.record import Identifier, TraitValue
from c360_kernel.survivorship import union
from c360_kernel.value_types import fits

Normalize = Callable[[Identifier, str], Identifier | None]
"""(raw identifier, region) to the normalized one, None if it has no normal form."""

_MOST_REMEMBERED = 20_000
_LONGEST_REMEMBERED = 100


class Shown:
    """What raw values of these traits are shown as.

    A record is folded as often as something of its customer changes, and what it says stays: so
    the last short texts and lists are remembered with what came of them.
    """

    def __init__(self, traits: Mapping[str, TraitType], normalize: Normalize) -> None:
        self.plain = frozenset(name for name, one in traits.items() if _is_plain(one))
        """The traits of which every text that is not blank is shown as it was written."""
        self._numbers = {name: _bounds(one) for name, one in traits.items() if _is_number(one)}
        self._judged = partial(_judged, traits, normalize)
        self._remembered = lru_cache(_MOST_REMEMBERED)(self._judged)

    def is_as_written(self, trait: str, raw: TraitValue) -> bool:
        """Whether a value is plainly shown as it was written; not of all that are is it known."""
        return type(raw) is str and trait in self.plain and bool(raw) and not raw.isspace()

    def value(self, trait: TraitType, raw: TraitValue, region: str) -> TraitValue | None:
        """The value as it is shown, None if it counts as missing."""
        if self.is_as_written(trait.name, raw):
            return raw
        kind = type(raw)
        if kind is int or kind is float:
            bounds = self._numbers.get(trait.name)
            if bounds is not None:
                return _number(bounds, raw)  # type: ignore[arg-type]
        # Of numbers equal ones may differ: 0.0 and -0.0, or 1 and True.
        if _is_remembered(raw):
            return self._remembered(trait.name, raw, region)
        return self._judged(trait.name, raw, region)


def _is_remembered(raw: TraitValue) -> bool:
    if type(raw) is tuple:
        return sum(map(len, raw)) <= _LONGEST_REMEMBERED
    return type(raw) is str and len(raw) <= _LONGEST_REMEMBERED


def _is_plain(trait: TraitType) -> bool:
    """Whether every text that is not blank is shown as it was written."""
    is_text = trait.type in ("string", "date") and trait.survivorship != "union"
    return is_text and not (trait.identifier or trait.is_ruled or trait.synonyms or trait.words)


class _Bounds(NamedTuple):
    """Between which a number has to lie, and whether it is shown as a float."""

    is_float: bool
    least: float
    greatest: float


def _is_number(trait: TraitType) -> bool:
    """Whether a number is shown by its bounds alone."""
    bounds = (trait.minimum, trait.maximum)
    if trait.type not in ("int", "float") or any(isinstance(one, str) for one in bounds):
        return False
    is_ruled = trait.choices or trait.pattern is not None or trait.longest is not None
    return not (trait.identifier or is_ruled or trait.survivorship == "union")


def _bounds(trait: TraitType) -> _Bounds:
    least = -math.inf if trait.minimum is None else cast(float, trait.minimum)
    greatest = math.inf if trait.maximum is None else cast(float, trait.maximum)
    return _Bounds(trait.type == "float", least, greatest)


def _number(bounds: _Bounds, raw: float) -> float | None:
    """As `_judged`, of a number: no empty one says that there is none."""
    is_float, least, greatest = bounds
    if not least <= raw <= greatest:
        return None
    if type(raw) is float:
        return raw if is_float and math.isfinite(raw) else None
    return float(raw) if is_float else raw


def _judged(
    traits: Mapping[str, TraitType], normalize: Normalize, name: str, raw: TraitValue, region: str
) -> TraitValue | None:
    trait = traits[name]
    if not fits(trait.type, raw) or not keeps_rules(trait, raw):
        return None if trait.ignore_empty else none_of(trait, raw)
    value = raw if trait.identifier is None else _as_identifier(normalize, trait, raw, region)
    return None if value is None else _of_type(trait, trait.canonical(value))


def _as_identifier(
    normalize: Normalize, trait: TraitType, raw: TraitValue, region: str
) -> TraitValue | None:
    """As its identifier is written; without those that are none if only valid ones count."""
    kind = cast(str, trait.identifier)
    written = [Identifier(kind, one) for one in (raw if isinstance(raw, tuple) else (str(raw),))]
    normal = [(normalize(one, region), one.value) for one in written]
    shown = tuple(
        value if found is None else found.value
        for found, value in normal
        if found is not None or not trait.only_if_valid
    )
    if not shown:
        return None
    return shown if isinstance(raw, tuple) else shown[0]


def _of_type(trait: TraitType, value: TraitValue) -> TraitValue:
    """A whole number as a float, where it was sent before the catalog said so; a set in order."""
    if trait.survivorship == "union":
        return union([value])
    return float(value) if trait.type == "float" and isinstance(value, int) else value


def none_of(trait: TraitType, raw: TraitValue) -> TraitValue | None:
    """What an empty text or list says where it counts; None of any other value."""
    if trait.type == "strings":
        return () if raw == () else None
    is_blank = trait.type == "string" and isinstance(raw, str) and not raw.strip()
    return "" if is_blank else None
