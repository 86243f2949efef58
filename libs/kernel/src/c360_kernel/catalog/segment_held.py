"""Checks what the condition of a segment says of what has been so for a time.

`{held: {not: {event: ordered, last: 30 days}}, for: 90 days}` holds once its inner condition has
held for so long without a break. What was so in the past is found from events, which are kept with
their times. Of a golden trait, a tag, a consent and a source the present alone is known: they are
tested beside it, or as a computed trait of the catalog.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from c360_kernel.catalog.durations import DURATION_WORDS, duration_ms
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

OF_THE_PRESENT = ("trait", "tag", "consent", "source", "list", "account")
"""Forms of leaves of whose past nothing is kept."""
_MOST_HELD = 2
_TOO_DEEP = f"at most {_MOST_HELD} 'held' may stand in each other"
"""Each asks the one in it at every moment: three of them take minutes of a customer."""


def with_held(leaves: Mapping[str, LeafCheck]) -> Mapping[str, LeafCheck]:
    """These forms of leaves, and that of conditions on them that have been so for a time."""
    past = {form: _of_the_present if form in OF_THE_PRESENT else leaves[form] for form in leaves}
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


def _of_the_present(fields: Fields, path: Path) -> Faults:
    form = next(form for form in OF_THE_PRESENT if form in fields)
    yield Fault((*path, form), _unknown_past(form))


def _unknown_past(form: str) -> str:
    article = "an" if form == "account" else "a"
    return f"of {article} {form} the present alone is known, not how long it has been so"


def unknown_past(tree: object) -> str:
    """Why a whole condition cannot say for how long something has been so; "" if it can."""
    found = next((_unknown_past(form) for form in _held_forms(tree, is_held=False)), "")
    return found or (_TOO_DEEP if _depth(tree) > _MOST_HELD else "")


def _depth(tree: object) -> int:
    """How many are held in each other."""
    if isinstance(tree, list):
        return max(map(_depth, cast("list[object]", tree)), default=0)
    given = cast("dict[str, object]", tree) if isinstance(tree, dict) else {}
    parts = [given[form] for form in ("all", "any", "not", "held") if form in given]
    return _depth(parts) + ("held" in given) if parts else 0


def _held_forms(tree: object, *, is_held: bool) -> Iterator[str]:
    """The forms within what is held of whose past nothing is kept."""
    if isinstance(tree, list):
        for one in cast("list[object]", tree):
            yield from _held_forms(one, is_held=is_held)
    if not isinstance(tree, dict):
        return
    given = cast("dict[str, object]", tree)
    if "event" in given:
        return
    if is_held:
        yield from (form for form in OF_THE_PRESENT if form in given)
    for form in ("all", "any", "not", "held"):
        yield from _held_forms(given.get(form), is_held=is_held or form == "held")
