"""What the values of a revision were found to be, kept so that nobody has to find it again.

To find the normal form of a phone number or an address takes longer than all else that is done with
it, and a record is folded as often as something of its customer changes. What is kept is nothing
but a memory: whoever has none, or one that another catalog made, judges the raw values.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import orjson
from c360_kernel.catalog.model import Catalog, TraitType
from c360_kernel.record import TraitValue

UNJUDGED = ""
"""The text of a revision of which nothing is known."""
_BASIS_LENGTH = 12
_TYPES = frozenset(("string", "strings", "date"))

Values: TypeAlias = Mapping[str, TraitValue | None]
"""By trait the valid value that a raw one is; None of one that is none."""


class Judged(NamedTuple):
    """What texts and lists were found to be by the catalog that `basis` names."""

    basis: str
    values: Values


def is_judged(trait: TraitType) -> bool:
    """Whether it is found out with some effort what a value of a trait is."""
    is_worked = trait.identifier or trait.is_ruled or trait.synonyms or trait.words
    return trait.type in _TYPES and bool(is_worked or trait.survivorship == "union")


def judging_basis(catalog: Catalog) -> str:
    """Names what of a catalog values are judged by."""
    traits = [_rules(one) for _, one in sorted(catalog.traits.items()) if is_judged(one)]
    identifiers = [
        (name, one.normalizer, one.blocked)
        for name, one in sorted(catalog.written_identifiers.items())
    ]
    regions = sorted((name, one.region) for name, one in catalog.sources.items())
    told = repr((traits, identifiers, regions))
    return hashlib.sha256(told.encode()).hexdigest()[:_BASIS_LENGTH]


def _rules(trait: TraitType) -> tuple[object, ...]:
    """What says what is valid, whatever it is called and who sees it."""
    by = (trait.name, trait.type, trait.survivorship == "union", trait.identifier, trait.pattern)
    bounds = (trait.choices, trait.minimum, trait.maximum, trait.longest)
    return (*by, *bounds, sorted(trait.synonyms.items()), sorted(trait.words.items()))


def judged_text(judged: Judged | None) -> str:
    """The text that is kept of it."""
    if judged is None or not judged.values:
        return UNJUDGED
    return orjson.dumps(tuple(judged)).decode()


def read_judged(text: str) -> Judged | None:
    """What a text tells; None where nothing is known."""
    if text == UNJUDGED:
        return None
    basis, values = orjson.loads(text)
    return Judged(basis, {n: tuple(v) if type(v) is list else v for n, v in values.items()})
