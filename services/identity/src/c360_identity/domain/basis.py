"""What of a catalog identity depends on."""

from __future__ import annotations

import hashlib
import json

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.sections import DEFAULT_REGION


def basis_of(catalog: Catalog, model: str = "") -> str:
    """Names it: catalogs of one basis make the same customers of the same entries.

    Which identifier belongs to a trait decides what a patch of that trait replaces.
    `model` is the digest of the model of scored matching.
    A source dialled in the default region is read as one that the catalog does not know.
    """
    naming = {name: t.identifier for name, t in catalog.traits.items() if t.identifier}
    parts: dict[str, object] = {
        "traits": naming,
        "identifiers": {
            name: [
                type_.normalizer,
                type_.tier,
                type_.limit,
                type_.fan,
                type_.separates,
                type_.personal,
                type_.blocked,
                *((type_.derived_from,) if type_.derived_from else ()),
            ]
            for name, type_ in catalog.identifiers.items()
        },
        "said by traits": {
            name: trait.identifier for name, trait in catalog.traits.items() if trait.identifier
        },
        "regions": {
            name: source.region
            for name, source in catalog.sources.items()
            if source.region != DEFAULT_REGION
        },
    }
    if catalog.row_traits:
        parts["told of"] = sorted(catalog.row_traits)
    if model:
        parts["model"] = model
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
