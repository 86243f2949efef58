"""Reads `segments:`: conditions of the one language, with leaves of their own.

These ask of events (see `segment_events`), of facts (see `segment_facts`), of what has been so for
a time (see `segment_held`), of dates beside the present, `{trait: birthday, within_next: 7 days}`,
and of other segments, `{segment: buyers}`, whose conditions stand in their place. What they mean is
the segment service's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from c360_kernel.catalog import names
from c360_kernel.catalog.comparing import comparable
from c360_kernel.catalog.document import Located
from c360_kernel.catalog.durations import DURATION_WORDS, duration_ms
from c360_kernel.catalog.entry import Entry, checked_names
from c360_kernel.catalog.model import CustomerTag, EventType, SegmentDefinition, TraitType
from c360_kernel.catalog.segment_accounts import account_leaf
from c360_kernel.catalog.segment_events import event_leaf
from c360_kernel.catalog.segment_facts import fact_leaves
from c360_kernel.catalog.segment_held import Kept, unknown_past, with_held
from c360_kernel.catalog.segment_lists import lists_among
from c360_kernel.conditions.checking import (
    Fault,
    Faults,
    Fields,
    LeafCheck,
    Path,
    faults,
    given_in,
    name_leaf,
    trait_leaf,
    unknown_fields,
    word,
)

RELATIVE = ("within_last", "within_next", "before_last", "after_next")
"""How a date may lie beside the present."""
_MOST_TESTS = 1_000
_MOST_LEVELS = 60
"""Conditions within one another, where each segment that is named is a level, too."""
_OF_PARTS = ("all", "any", "not", "held")
_LIVE = "'live: true' in the catalog has it told with every change, and segments test it"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The traits, events, sources, purposes, tags, lists, links to accounts and traits of these
    that a condition may name, and of what it may ask how long it has been so.

    `of_objects` are names of what is known of objects that traits refer to, where they stand for
    nothing; `asked_of_accounts` of what accounts come to, of which some is no trait of theirs;
    `ranked` of traits that follow the cut points in use, and are not known as they were.
    """

    traits: dict[str, TraitType]
    events: Mapping[str, EventType]
    sources: Mapping[str, object] = field(default_factory=dict[str, object])
    purposes: Mapping[str, object] = field(default_factory=dict[str, object])
    tags: Mapping[str, CustomerTag] = field(default_factory=dict[str, CustomerTag])
    lists: Collection[str] = ()
    kinds: Collection[str] = ()
    roles: Collection[str] = ()
    account_traits: Mapping[str, TraitType] = field(default_factory=dict[str, TraitType])
    past: Kept = None
    of_objects: Collection[str] = ()
    asked_of_accounts: Collection[str] = ()
    ranked: Collection[str] = ()


def read_segments(section: Located, known: Vocabulary) -> dict[str, SegmentDefinition]:
    """`segments:`, each condition checked against the traits and events of the catalog."""
    entries = checked_names(section, names.SNAKE, "use snake_case")
    _refuse_twins(entries)
    known = replace(known, lists=frozenset(lists_among(dict(_conditions(entries)))))
    read = {name: _segment(name, at, known, entries) for name, at in entries.items()}
    whole = WholeConditions({name: one.condition for name, one in read.items()})
    for name, at in entries.items():
        if not whole.includes(name):
            at.complain(whole.complaint)
    return {name: replace(one, condition=whole.of(name)) for name, one in read.items()}


def _conditions(entries: Mapping[str, Located]) -> Iterator[tuple[str, object]]:
    for name, at in entries.items():
        condition = at.fields().get("condition") if at.is_mapping else None
        if condition is not None:
            yield name, condition.plain()


def _refuse_twins(entries: Mapping[str, Located]) -> None:
    by_field: dict[str, str] = {}
    for name, at in entries.items():
        twin = by_field.setdefault(names.camel(name), name)
        if twin != name:
            at.complain(f"'{name}' and '{twin}' are the same name in GraphQL")


def segment_faults(tree: object, known: Vocabulary, segments: Collection[str]) -> Faults:
    """What is wrong with the condition of a segment."""
    leaves = {
        "trait": _trait_leaf(known.traits),
        "event": event_leaf(known.events, known.sources),
        "segment": name_leaf("segment", segments),
        "list": name_leaf("list", known.lists),
        "account": account_leaf(known.kinds, known.roles, _of_account_leaf(known)),
        **fact_leaves(known.tags, known.purposes, known.sources),
    }
    return faults(tree, with_held(leaves, known.past))


def _segment(
    name: str, at: Located, known: Vocabulary, segments: Collection[str]
) -> SegmentDefinition:
    entry = Entry(at, ("title", "condition", "description"))
    condition = entry.required("condition")
    plain = condition.plain() if condition else {}
    if condition:
        for fault in segment_faults(plain, known, segments):
            _located(condition, fault.path).complain(fault.message)
    return SegmentDefinition(
        name=name,
        condition=cast("Mapping[str, object]", canonical(plain, known)),
        description=entry.text("description"),
        titles=entry.titles(),
    )


class WholeConditions:
    """Conditions with those of the segments that they name in their place."""

    def __init__(self, conditions: Mapping[str, Mapping[str, object]], past: Kept = None) -> None:
        self._conditions = conditions
        self._past = past
        self._open: list[str] = []
        self._made: dict[str, Mapping[str, object]] = {}
        self._levels: dict[str, int] = {}
        self.complaint = ""

    def of(self, name: str) -> Mapping[str, object]:
        """The whole condition of a segment, nothing where it has none."""
        return self._made.get(name, {})

    def includes(self, name: str) -> bool:
        """Whether a segment can be made whole; `complaint` says why not."""
        try:
            self._whole(name, 0)
        except _Endless as endless:
            self.complaint = endless.args[0]
            return False
        else:
            return True
        finally:
            self._open.clear()

    def _whole(self, name: str, level: int) -> Mapping[str, object]:
        """The whole condition of a segment that is named at a level, counted from 0."""
        if name not in self._made:
            self._make(name, level)
        if level + self._levels[name] > _MOST_LEVELS:
            raise _Endless(_TOO_DEEP)
        return self._made[name]

    def _make(self, name: str, level: int) -> None:
        if name in self._open:
            raise _Endless(f"is made of itself: {' → '.join((*self._open, name))}")
        self._open.append(name)
        wrote = self._conditions.get(name, {})
        made = cast("Mapping[str, object]", self._replaced(wrote, level))
        if _tests(made) > _MOST_TESTS:
            raise _Endless(f"has more than {_MOST_TESTS:,} tests")
        # What it says itself is told with its place.
        told = unknown_past(wrote, self._past)
        if not told and (complaint := unknown_past(made, self._past)):
            raise _Endless(complaint)
        self._made[name], self._levels[name] = made, self._levels_of(wrote)
        self._open.pop()

    def _replaced(self, tree: object, level: int) -> object:
        """A condition that stands at a level, or a list of such, with what it names."""
        if level > _MOST_LEVELS:
            raise _Endless(_TOO_DEEP)
        if isinstance(tree, list):
            return [self._replaced(one, level) for one in cast("list[object]", tree)]
        if not isinstance(tree, dict):
            return tree
        given = cast("dict[str, object]", tree)
        if (named := _named(given)) is not None:
            return self._whole(named, level + 1)
        return {
            form: self._replaced(part, level + 1) if form in _OF_PARTS else part
            for form, part in given.items()
        }

    def _levels_of(self, tree: object) -> int:
        """How many levels a condition has below its own, with what it names."""
        if isinstance(tree, list):
            return max(map(self._levels_of, cast("list[object]", tree)), default=0)
        if not isinstance(tree, dict):
            return 0
        given = cast("dict[str, object]", tree)
        if (named := _named(given)) is not None:
            return 1 + self._levels[named]
        parts = [part for form, part in given.items() if form in _OF_PARTS]
        return 1 + max(map(self._levels_of, parts)) if parts else 0


def _named(given: Mapping[str, object]) -> str | None:
    """The segment that a condition names, where it names one."""
    named = given.get("segment")
    return named if isinstance(named, str) and not {"trait", "event"} & given.keys() else None


def whole_condition(
    condition: object, segments: Mapping[str, Mapping[str, object]], past: Kept = None
) -> tuple[Mapping[str, object], str]:
    """A condition with those of the segments that it names in their place, and a complaint if that
    cannot be made."""
    named = cast("Mapping[str, object]", condition)
    whole = WholeConditions({**segments, "": named}, past)
    return (whole.of(""), "") if whole.includes("") else ({}, whole.complaint)


_TOO_DEEP = f"is more than {_MOST_LEVELS} deep with the segments that it is made of"


class _Endless(Exception):
    """Why a condition cannot be made whole."""


def _tests(tree: object) -> int:
    if isinstance(tree, list):
        return sum(map(_tests, cast("list[object]", tree)))
    given = cast("dict[str, object]", tree) if isinstance(tree, dict) else {}
    parts = [part for form, part in given.items() if form in _OF_PARTS]
    return sum(map(_tests, parts)) if parts else 1


def checked_condition(
    given: Located, leaves: Mapping[str, LeafCheck], known: Vocabulary
) -> Mapping[str, object] | None:
    """A condition of these leaves, its texts in their one form; None where it has faults."""
    plain = given.plain()
    found = list(faults(plain, leaves))
    for fault in found:
        _located(given, fault.path).complain(fault.message)
    return None if found else cast("Mapping[str, object]", canonical(plain, known))


def _located(condition: Located, path: Path) -> Located:
    found = condition
    for step in path:
        found = found.items()[step] if isinstance(step, int) else found.fields()[step]
    return found


def canonical(tree: object, known: Vocabulary) -> object:
    """A checked condition with its texts in their one form, synonyms replaced by what they stand
    for, and without what is null: whoever reads it need not know that it is as if left out."""
    if isinstance(tree, list):
        return [canonical(one, known) for one in cast("list[object]", tree)]
    if not isinstance(tree, dict):
        return tree
    fields = cast("dict[str, object]", tree).items()
    given = {name: one for name, one in fields if one is not None}
    if "account" in given:
        known = replace(known, traits=dict(known.account_traits))
    if "value" in given:
        trait = known.traits.get(str(given.get("trait", "")))
        return {**given, "value": comparable(given["value"], trait)}
    return {name: canonical(one, known) for name, one in given.items()}


def own_trait_leaf(known: Vocabulary) -> LeafCheck:
    """The form that begins with `trait`, of what holds without looking at objects."""
    compared = trait_leaf(known.traits)

    def check(fields: Fields, path: Path) -> Faults:
        name = fields.get("trait")
        if isinstance(name, str) and name in known.of_objects:
            yield Fault((*path, "trait"), f"'{name}' is of an object: only a segment tests it")
        else:
            yield from compared(fields, path)

    return check


def _of_account_leaf(known: Vocabulary) -> LeafCheck:
    asked = frozenset(known.asked_of_accounts) - known.account_traits.keys()
    check_trait = _trait_leaf(known.account_traits)

    def check(fields: Fields, path: Path) -> Faults:
        name = fields.get("trait")
        if isinstance(name, str) and name in asked:
            yield Fault((*path, "trait"), f"'{name}' is worked out when it is asked for: {_LIVE}")
        else:
            yield from check_trait(fields, path)

    return check


def _trait_leaf(traits: Mapping[str, TraitType]) -> LeafCheck:
    compared = trait_leaf(traits)

    def check(fields: Fields, path: Path) -> Faults:
        beside = [one for one in RELATIVE if given_in(fields, one)]
        if not beside:
            yield from compared(fields, path)
            return
        yield from unknown_fields(fields, ("trait", *beside[:1]), path)
        name = yield from word(fields, "trait", traits, "trait", path)
        trait = traits.get(name or "")
        if trait and trait.type not in ("date", "datetime"):
            yield Fault((*path, beside[0]), f"needs a date, not '{trait.type}'")
        length = fields[beside[0]]
        if not isinstance(length, str) or duration_ms(length) is None:
            yield Fault((*path, beside[0]), DURATION_WORDS)

    return check
