"""Callers who may be told of everything."""

from __future__ import annotations

from collections.abc import Iterator

from c360_kernel.catalog.model import Catalog, EventType
from c360_kernel.catalog.names import object_types, pascal
from c360_kernel.visibility import (
    ACCOUNT_FILTER,
    ACCOUNT_TRAITS,
    ACCOUNTS,
    CONSENTS,
    FILTER,
    LINK_KIND,
    LINK_ROLE,
    LISTS,
    PROFILE,
    RECEIPT_SIGNATURE,
    ROLL_UPS,
    SOURCES,
    TAGS,
    TIMELINE,
    Visibility,
    account_trait_shown,
    roll_up_shown,
    tag_shown,
)


def everything(catalog: Catalog) -> Visibility:
    """All that a catalog's traits, facts and events are read by, and customers filtered."""
    all_of_it = frozenset(_coordinates(catalog))
    return Visibility(all_of_it, all_of_it)


def _coordinates(catalog: Catalog) -> Iterator[str]:
    yield from (TIMELINE, *CONSENTS, *TAGS, *SOURCES, *LISTS, *map(tag_shown, catalog.tags))
    yield from (ACCOUNTS, LINK_KIND, LINK_ROLE, ROLL_UPS, *ACCOUNT_TRAITS)
    yield RECEIPT_SIGNATURE
    model = catalog.accounts
    yield from (one for trait in model.traits for one in account_trait_shown(trait))
    yield from (one for name in model.computed for one in roll_up_shown(name))
    yield from (f"{ACCOUNT_FILTER}.{name}" for name in (*model.traits, *model.computed))
    yield from (f"{kind}.{one}" for kind in (PROFILE, FILTER) for one in catalog.profile_traits)
    for event in catalog.events.values():
        yield from (f"{pascal(event.name)}.{one}" for one in _shown_of(event))
    for object_ in catalog.objects.values():
        shown, compared = object_types(object_.name)
        yield from (f"{shown}.{one}" for one in ("key", *object_.properties))
        yield from (f"{compared}.{one}" for one in object_.properties)


def _shown_of(event: EventType) -> tuple[str, ...]:
    return "name", "occurredAt", *event.properties
