"""What of a catalog golden profiles depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from c360_kernel.catalog.computed_traits import ComputedTrait
from c360_kernel.catalog.model import MOST_TRUST, Catalog, IdentifierType, Source, TraitType

from c360_profile.domain.acting import view_for
from c360_profile.domain.computed.sights import sights_of
from c360_profile.domain.scores.quintiles import NO_QUINTILES, Quintiles
from c360_profile.domain.search.search import searched_traits


def basis_of(catalog: Catalog, quintiles: Quintiles = NO_QUINTILES) -> str:
    """Names it: catalogs of one basis, with these cut points, fold the same records into the same
    profiles."""
    parts: dict[str, Any] = {
        "traits": {name: _trait(catalog, trait) for name, trait in catalog.traits.items()},
        "searched": sorted(searched_traits(catalog)),
        "sources": {name: _source(one) for name, one in catalog.sources.items()},
        "identifiers": {name: _shown_as(one) for name, one in catalog.written_identifiers.items()},
    }
    if catalog.computed or catalog.lifecycle:
        parts["computed"] = _computed(catalog, quintiles)
    if rules := _tag_rules(catalog):
        parts["tags"] = rules
    if (seen := view_for(catalog)) is not None:
        parts["accounts"] = seen.rules
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _computed(catalog: Catalog, quintiles: Quintiles) -> list[Any]:
    """What computed traits and stages come of; how they are called and tagged changes none."""
    traits = [
        [t.name, t.kind, t.type, t.events, t.looks_at, t.where, t.last_ms, t.this, t.zone]
        + ([] if t.of is None else [t.of, _points(t, quintiles)])
        for t in catalog.computed.values()
    ]
    read = {event for one in catalog.computed.values() for event in one.events}
    types = {
        name: {one.name: one.type for one in catalog.events[name].properties.values()}
        for name in sorted(read)
    }
    stages = {
        name: [[stage.name, stage.when] for stage in one.stages]
        for name, one in catalog.lifecycle.items()
    }
    sights = sorted(map(list, sights_of(catalog).items()), key=str)
    # Nothing is added where nobody reads objects: nobody has to fold again for it.
    return [sorted(traits, key=str), types, stages, *([sights] if sights else [])]


def _points(trait: ComputedTrait, quintiles: Quintiles) -> Sequence[float]:
    """Those of a file are floats, all of them."""
    cuts = quintiles.of(trait)
    return () if cuts is None else [float(point) for point in cuts.points]


def _tag_rules(catalog: Catalog) -> list[Any]:
    """What tags are given by; how they are called and why changes none."""
    ruled = ((name, tag.rule) for name, tag in catalog.tags.items())
    return sorted(
        ([name, rule.when, rule.value, rule.keeps_ms] for name, rule in ruled if rule is not None),
        key=str,
    )


def _source(source: Source) -> list[Any]:
    """What is as it always was is not named: nobody has to fold again for it."""
    return [source.priority, source.region, *([] if source.trust == MOST_TRUST else [source.trust])]


def _shown_as(identifier: IdentifierType) -> list[Any]:
    return [identifier.name, identifier.normalizer, identifier.blocked]


def _trait(catalog: Catalog, trait: TraitType) -> list[Any]:
    shown_as = catalog.identifiers[trait.identifier] if trait.identifier else None
    unusual = (not trait.ignore_empty, trait.only_if_valid)
    return [
        trait.type,
        trait.survivorship,
        None if shown_as is None else _shown_as(shown_as),
        trait.pattern,
        trait.choices,
        trait.minimum,
        trait.maximum,
        trait.longest,
        dict(trait.synonyms),
        *(unusual if any(unusual) else ()),
        *([dict(trait.words)] if trait.words else ()),
    ]
