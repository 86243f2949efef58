"""Checks what the condition of a segment says of what has been so for a time.

`{held: {not: {event: ordered, last: 30 days}}, for: 90 days}` holds once its inner condition has
held for so long without a break. What was so in the past is found from events, which are kept with
their times, from links to accounts, which say theirs, and from what profiles told. Of what is told
the past is kept as far as the catalog's own segments ask for it; who asks for more is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import cast

from c360_kernel.catalog.durations import DURATION_WORDS, duration_ms
from c360_kernel.catalog.segment_lists import list_tag
from c360_kernel.conditions.checking import (
    Fault,
    Faults,
    Fields,
    LeafCheck,
    Path,
    faults,
    given_in,
    unknown_fields,
)
from c360_kernel.conditions.facts import SOURCES, consent_fact, tag_fact

Kept = Collection[str] | None
"""The names whose past is kept, as conditions have them; None: of whatever is asked for."""

_TOLD: Mapping[str, Callable[[str], str]] = {
    "trait": str,
    "tag": tag_fact,
    "consent": consent_fact,
    "source": lambda _: SOURCES,
    "list": lambda name: tag_fact(list_tag(name)),
}
"""Forms of leaves on what profiles tell, and under which name it is kept."""
_OF_LINKS = ("kind", "role")
"""What of a link to an account is known with its time."""
_MOST_HELD = 2
_TOO_DEEP = f"at most {_MOST_HELD} 'held' may stand in each other"
"""Each asks the one in it at every moment: three of them take minutes of a customer."""


def with_held(leaves: Mapping[str, LeafCheck], kept: Kept = None) -> Mapping[str, LeafCheck]:
    """These forms of leaves, and that of conditions on them that have been so for a time."""
    past = {form: _of_the_past(form, check, kept) for form, check in leaves.items()}
    return {**leaves, "held": _HeldLeaf(past)}


class _HeldLeaf:
    """The form that begins with `held`; a function of one that names itself would be a circle."""

    def __init__(self, past: Mapping[str, LeafCheck]) -> None:
        self._past = past

    def __call__(self, fields: Fields, path: Path) -> Faults:
        yield from unknown_fields(fields, ("held", "for"), path)
        if path.count("held") >= _MOST_HELD:
            yield Fault(path, _TOO_DEEP)
            return
        yield from faults(fields["held"], {**self._past, "held": self}, (*path, "held"))
        if not given_in(fields, "for"):
            yield Fault(path, "'for' is missing")
            return
        length = fields["for"]
        if not isinstance(length, str) or duration_ms(length) is None:
            yield Fault((*path, "for"), DURATION_WORDS)


def _of_the_past(form: str, check: LeafCheck, kept: Kept) -> LeafCheck:
    def checked(fields: Fields, path: Path) -> Faults:
        found = list(check(fields, path))
        yield from found
        complaint = "" if found else _unknown_past(form, fields, kept)
        if complaint:
            yield Fault((*path, form), complaint)

    return checked


def _unknown_past(form: str, leaf: Fields, kept: Kept) -> str:
    """Why of a sound leaf of this form the present alone is known; "" if it is not so."""
    if form == "account":
        asked = cast("Fields", leaf["account"] or {})
        is_of_links = all(form in _OF_LINKS for form in asked if given_in(asked, form))
        return "" if is_of_links else "of an account the present alone is known"
    named = _TOLD[form](str(leaf[form])) if form in _TOLD else None
    if form == "trait" and "." in str(leaf[form]):
        return "of what a trait refers to the present alone is known"
    if kept is None or named is None or named in kept:
        return ""
    return f"of this {form} no past is kept: no segment of the catalog asks for it"


def unknown_past(tree: object, kept: Kept = None) -> str:
    """Why a whole condition cannot say for how long something has been so; "" if it can."""
    complaints = (_unknown_past(form, leaf, kept) for form, leaf in _held_leaves(tree))
    found = next(filter(None, complaints), "")
    return found or (_TOO_DEEP if _depth(tree) > _MOST_HELD else "")


def past_names(tree: object) -> Iterator[str]:
    """The names of what profiles tell whose past a checked condition asks for."""
    return (_TOLD[form](str(leaf[form])) for form, leaf in _held_leaves(tree) if form in _TOLD)


def _depth(tree: object) -> int:
    """How many are held in each other."""
    if isinstance(tree, list):
        return max(map(_depth, cast("list[object]", tree)), default=0)
    given = cast("dict[str, object]", tree) if isinstance(tree, dict) else {}
    parts = [given[form] for form in ("all", "any", "not", "held") if form in given]
    return _depth(parts) + ("held" in given) if parts else 0


def _held_leaves(tree: object, *, is_held: bool = False) -> Iterator[tuple[str, Fields]]:
    """The leaves within what is held that may be of no known past, each with its form."""
    if isinstance(tree, list):
        for one in cast("list[object]", tree):
            yield from _held_leaves(one, is_held=is_held)
    if not isinstance(tree, dict):
        return
    given = cast("dict[str, object]", tree)
    if "event" in given:
        return
    if is_held:
        yield from ((form, given) for form in (*_TOLD, "account") if form in given)
    for form in ("all", "any", "not", "held"):
        yield from _held_leaves(given.get(form), is_held=is_held or form == "held")
