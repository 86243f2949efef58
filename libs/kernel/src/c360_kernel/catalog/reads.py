"""Which coordinates of the graph a condition reads: what it is derived from, it tells of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from c360_kernel.catalog.model import Catalog, EventType
from c360_kernel.catalog.names import pascal
from c360_kernel.visibility import (
    ACCOUNTS,
    CONSENTS,
    LINK_KIND,
    LINK_ROLE,
    LISTS,
    PROFILE,
    SOURCES,
    TAGS,
    TIMELINE,
    account_trait_shown,
    roll_up_shown,
    tag_shown,
)

MEASURES = ("sum", "average", "min", "max")
"""What the condition of a segment may ask of a number that events have."""
_LINKED = {"kind": LINK_KIND, "role": LINK_ROLE}
_TIMED = ("last", "until", "this", "then", "then_not", "regularly")


def coordinates_read(condition: Mapping[str, Any], known: Catalog | None = None) -> frozenset[str]:
    """The coordinates that a checked condition tree reads, in whatever depth.

    A trait is the golden one; of a consent, a tag, a source and an account it is what shows them;
    of an event it is the timeline, its name, each property tested, added up or compared, and its
    time or source where these are asked for. Of an object that an event or trait refers to it is
    the key there and the object's own property: `known` says which. Without it it is a name that
    nobody may use.
    """
    return frozenset(_read(condition, known))


def named_by(tree: object, form: str) -> Iterator[str]:
    """The `trait`s, `property`s or the like that a checked condition tests, in whatever depth."""
    return (str(leaf[form]) for leaf in _leaves(tree) if form in leaf)


def is_of_traits(condition: Mapping[str, Any]) -> bool:
    """Whether a checked condition tests traits, and what these refer to, alone: no events, and no
    date beside the present."""
    leaves = [leaf for leaf in _leaves(condition) if not {"all", "any", "not"} & leaf.keys()]
    return all("trait" in leaf and "op" in leaf for leaf in leaves)


def _read(tree: Mapping[str, Any], known: Catalog | None) -> Iterator[str]:
    for leaf in _leaves(tree):
        if "trait" in leaf:
            yield from _read_of_trait(leaf["trait"], known)
        if "held" in leaf:
            # Since when something is so tells when each of its events was.
            yield from (f"{pascal(event)}.occurredAt" for event in named_by(leaf["held"], "event"))
        if "event" in leaf:
            yield TIMELINE
            yield from _read_of_events(leaf, known.events if known else {})
        else:
            yield from _read_of_facts(leaf, known)


def _read_of_trait(name: str, known: Catalog | None) -> Iterator[str]:
    referred = known.referred_traits.get(name) if known else None
    yield f"{PROFILE}.{name if referred is None else referred.by.name}"
    if referred is not None:
        yield f"{pascal(referred.by.refers)}.{referred.seen.name}"


def _read_of_facts(leaf: Mapping[str, Any], known: Catalog | None) -> Iterator[str]:
    if "consent" in leaf:
        yield from CONSENTS
    if "tag" in leaf:
        yield from (*TAGS, tag_shown(leaf["tag"]))
    if "source" in leaf:
        yield from SOURCES
    if "list" in leaf:
        yield from LISTS
    if "account" in leaf:
        yield from _read_of_accounts(leaf["account"], known)


def _read_of_accounts(asked: Mapping[str, Any], known: Catalog | None) -> Iterator[str]:
    yield ACCOUNTS
    yield from (shown for form, shown in _LINKED.items() if form in asked)
    computed = known.accounts.computed if known else {}
    for one in named_by(asked.get("where", {}), "trait"):
        yield from roll_up_shown(one) if one in computed else account_trait_shown(one)


def _read_of_events(leaf: Mapping[str, Any], events: Mapping[str, EventType]) -> Iterator[str]:
    steps = [leaf, *leaf.get("then", ()), *([leaf["then_not"]] if "then_not" in leaf else ())]
    is_timed = any(form in leaf for form in _TIMED)
    for number, step in enumerate(steps):
        event = pascal(step["event"])
        yield f"{event}.name"
        for test in step.get("where", ()):
            yield from _shown(events, step["event"], test["property"])
        if "source" in step:
            yield f"{event}.source"
        if is_timed:
            yield f"{event}.occurredAt"
        for name in step.get("same", ()):
            for one in steps[number - 1 : number + 1]:
                yield from _shown(events, one["event"], name)
    for name in _measured(leaf):
        yield from _shown(events, leaf["event"], name)


def _shown(events: Mapping[str, EventType], event: str, name: str) -> Iterator[str]:
    """What shows what is read of an event under a name: of an object's property its key, too."""
    known = events.get(event)
    referred = known.referred.get(name) if known else None
    if referred is None:
        yield f"{pascal(event)}.{name}"
        return
    yield f"{pascal(event)}.{referred.by.name}"
    yield f"{pascal(referred.by.refers)}.{referred.seen.name}"


def _measured(leaf: Mapping[str, Any]) -> Iterator[str]:
    """The properties that are added up, or that are the same of all that is counted."""
    yield from (leaf[form]["property"] for form in MEASURES if form in leaf)
    if "regularly" in leaf and "same" in leaf["regularly"]:
        yield leaf["regularly"]["same"]


def _leaves(tree: object) -> Iterator[Mapping[str, Any]]:
    if not isinstance(tree, Mapping):
        return
    fields = cast("Mapping[str, Any]", tree)
    within = (fields[form] for form in ("not", "held") if form in fields)
    for part in (*fields.get("all", ()), *fields.get("any", ()), *within):
        yield from _leaves(part)
    yield fields
