"""Segments that people made, beside those of a catalog.

They were checked under the catalog of their time. What another one does not allow is left out, and
is there again once it is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from c360_kernel.catalog.model import Catalog, SegmentDefinition
from c360_kernel.catalog.segment_held import past_names
from c360_kernel.catalog.segment_lists import lists_among
from c360_kernel.catalog.segments import (
    Vocabulary,
    WholeConditions,
    canonical,
    segment_faults,
)

Definitions = Mapping[str, SegmentDefinition]


def with_saved(catalog: Catalog, saved: Definitions) -> Catalog:
    """The catalog with those of these segments that it allows, their conditions whole.

    A name of the catalog is the catalog's, whoever saved it before. Whoever names what is left out
    is left out too.
    """
    sound = {name: one for name, one in saved.items() if name not in catalog.segments}
    while True:
        whole, broken = _made_whole(catalog, _vocabulary(catalog, sound), sound)
        if not broken:
            made = {n: replace(one, condition=whole.of(n)) for n, one in sound.items()}
            return replace(catalog, segments={**catalog.segments, **made})
        sound = {name: one for name, one in sound.items() if name not in broken}


def _made_whole(
    catalog: Catalog, known: Vocabulary, sound: Definitions
) -> tuple[WholeConditions, frozenset[str]]:
    """Their conditions with those in them that they name, and the names of those that are wrong."""
    named = catalog.segments.keys() | sound.keys()
    wrong = [n for n, one in sound.items() if any(segment_faults(one.condition, known, named))]
    if wrong:
        return WholeConditions({}), frozenset(wrong)
    written = {n: canonical(one.condition, known) for n, one in sound.items()}
    given = {n: one.condition for n, one in catalog.segments.items()}
    conditions = {**given, **cast("Mapping[str, Mapping[str, object]]", written)}
    whole = WholeConditions(conditions, known.past)
    return whole, frozenset(name for name in sound if not whole.includes(name))


def _vocabulary(catalog: Catalog, sound: Definitions) -> Vocabulary:
    traits = dict(catalog.compared_traits)
    named = {name: one.condition for name, one in {**catalog.segments, **sound}.items()}
    lists = frozenset(lists_among(named))
    links = catalog.accounts.kinds, catalog.accounts.roles, catalog.accounts.tested
    facts = catalog.purposes, catalog.tags, lists, *links
    return Vocabulary(traits, catalog.events, catalog.sources, *facts, past=past_kept(catalog))


def past_kept(catalog: Catalog) -> frozenset[str]:
    """The names of what profiles tell whose past the segments of a catalog ask for.

    It is kept from the beginning of the log on, which what people save cannot be: it was read when
    nobody asked for its past.
    """
    return frozenset(n for one in catalog.segments.values() for n in past_names(one.condition))
