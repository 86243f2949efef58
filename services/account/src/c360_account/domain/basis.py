"""What of a catalog the store of accounts depends on."""

from __future__ import annotations

import hashlib
import json

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.sections import DEFAULT_REGION

_READ_BY_REGION = ("phone", "national_id")


def basis_of(catalog: Catalog) -> str:
    """Names it: catalogs of one basis make the same accounts of the same entries.

    Regions count where an identifier is read by them.
    """
    types = catalog.accounts.identifiers.values()
    by_region = any(one.normalizer in _READ_BY_REGION for one in types)
    parts = {
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
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
