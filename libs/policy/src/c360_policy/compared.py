"""What a comparison tells of that is shown elsewhere, whatever the tags of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from c360_kernel.catalog.names import constant
from c360_kernel.visibility import (
    CONSENTS,
    FILTER,
    OBJECT_FILTER,
    PROFILE,
    SOURCES,
    TAGS,
    TIMELINE,
)

_FACTS: Mapping[str, tuple[str, ...]] = {
    "CustomerFilter.consents": CONSENTS,
    "CustomerFilter.tags": TAGS,
    "CustomerFilter.identifiers": ("Customer.identifiers",),
    "CustomerFilter.events": (TIMELINE,),
    "CustomerFilter.segments": ("Customer.segments", "Segment.name"),
    "CustomerFilter.sources": SOURCES,
}
_ORDER = "CustomerOrderField"
_ACCOUNTS_SHOWN = ("AccountProfile", "AccountRollUps")
_ACCOUNT_FILTER, _ACCOUNT_ORDER = "AccountFilter", "AccountOrderField"

_TAGS, _TAGS_FILTER = "CustomerTags", "TagsFilter"
_EVENTS_FILTER = "EventsFilter."
_IDENTIFIERS, _IDENTIFIERS_FILTER = "Identifiers", "IdentifiersFilter"


def comparisons(coordinates: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """By what customers and accounts are filtered and sorted by, what shows the values compared.

    What compares a golden trait is tied to the trait by its tag, and a rule may name one of the
    two alone.
    """
    known = frozenset(coordinates)
    traits = [one.partition(".")[2] for one in known if one.startswith(f"{PROFILE}.")]
    filtered = {f"{FILTER}.{name}": (f"{PROFILE}.{name}",) for name in traits}
    ordered = {f"{_ORDER}.{constant(name)}": (f"{PROFILE}.{name}",) for name in traits}
    tags = [one.partition(".")[2] for one in known if one.startswith(f"{_TAGS}.")]
    tagged = {f"{_TAGS_FILTER}.{name}": (f"{_TAGS}.{name}",) for name in tags}
    types = [one.partition(".")[2] for one in known if one.startswith(f"{_IDENTIFIERS}.")]
    carried = {f"{_IDENTIFIERS_FILTER}.{name}": (f"{_IDENTIFIERS}.{name}",) for name in types}
    counted = {one: _shown_of_event(one) for one in known if one.startswith(_EVENTS_FILTER)}
    found = {
        **filtered,
        **ordered,
        **tagged,
        **carried,
        **counted,
        **dict(_of_accounts(known)),
        **dict(_of_objects(known)),
        **_FACTS,
    }
    return {compared: shown for compared, shown in found.items() if compared in known}


def _of_accounts(known: frozenset[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for shown in known:
        owner, _, name = shown.partition(".")
        if owner in _ACCOUNTS_SHOWN:
            yield f"{_ACCOUNT_FILTER}.{name}", (shown,)
            yield f"{_ACCOUNT_ORDER}.{constant(name)}", (shown,)


def _of_objects(known: frozenset[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What an object is compared by where a trait refers to it: `StoreObjectFilter.city`."""
    for compared in known:
        owner, _, name = compared.partition(".")
        if owner.endswith(OBJECT_FILTER):
            yield compared, (f"{owner.removesuffix(OBJECT_FILTER)}.{name}",)


def _shown_of_event(compared: str) -> tuple[str, ...]:
    """What shows that an event happened, and when: `OrderCompleted` of `orderCompleted`."""
    name = compared.removeprefix(_EVENTS_FILTER)
    type_name = f"{name[:1].upper()}{name[1:]}"
    return f"{type_name}.name", f"{type_name}.occurredAt"
