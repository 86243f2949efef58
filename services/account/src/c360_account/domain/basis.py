"""What of a catalog the store of accounts depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from c360_kernel.catalog.computed_traits import RollUp
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.sections import DEFAULT_REGION

from c360_account.domain.roll_ups import RollUpRules

_READ_BY_REGION = ("phone", "national_id")


def basis_of(catalog: Catalog) -> str:
    """Names it: catalogs of one basis make the same accounts of the same entries.

    Regions count where an identifier is read by them.
    """
    types = catalog.accounts.identifiers.values()
    by_region = any(one.normalizer in _READ_BY_REGION for one in types)
    parts: dict[str, Any] = {
        "identifiers": {
            name: [
                type_.normalizer,
                type_.tier,
                type_.limit,
                type_.fan,
                type_.separates,
                type_.personal,
                type_.blocked,
                type_.derived_from,
            ]
            for name, type_ in catalog.accounts.identifiers.items()
        },
        "regions": {
            name: source.region
            for name, source in catalog.sources.items()
            if by_region and source.region != DEFAULT_REGION
        },
    }
    if catalog.accounts.computed:
        parts["computed"] = _counted(catalog)
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _counted(catalog: Catalog) -> Mapping[str, Any]:
    """What decides what of persons' events and traits is kept."""
    rules = RollUpRules(catalog)
    return {
        "events": {
            event: {name: catalog.events[event].properties[name].type for name in sorted(read)}
            for event, read in sorted(rules.properties.items())
        },
        "traits": sorted(rules.traits),
        **({"live": _live(catalog)} if rules.live else {}),
        "stated": {
            name: asdict(one)
            for name, one in sorted(catalog.accounts.stated.items())
            if name in rules.properties
        },
    }


def _live(catalog: Catalog) -> Mapping[str, Any]:
    """What decides what is told of what accounts come to."""
    model = catalog.accounts
    ours = sorted(name for name, kind in model.kinds.items() if kind.ours)
    return {"ours": ours, "told": {n: _worked_out(one) for n, one in sorted(model.live.items())}}


def _worked_out(one: RollUp) -> Sequence[Any]:
    of = one.trait
    window = of.last_ms, of.this, of.zone
    return [of.kind, of.type, of.events, of.looks_at, of.where, window, one.subtree]
