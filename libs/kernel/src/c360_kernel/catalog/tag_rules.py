"""Reads the `rule` of a tag: what gives it to customers though nobody says it, and how long.

`{when: {trait: spent90Days, op: at_least, value: 500}, reason: Spent 500, keeps: 30 days}`.
A rule is on traits, consents, sources and tags that have no rule. So no rule waits for another, and
who is given what follows from what is known of a customer alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from c360_kernel.catalog import names
from c360_kernel.catalog.computed import refuse_looser
from c360_kernel.catalog.computed_traits import TagRule
from c360_kernel.catalog.durations import DURATION_WORDS, duration_ms
from c360_kernel.catalog.entry import Entry
from c360_kernel.catalog.model import MOST_SCORE, CustomerTag, TagType
from c360_kernel.catalog.reads import is_of_traits, named_by
from c360_kernel.catalog.segment_facts import fact_leaves
from c360_kernel.catalog.segments import Vocabulary, checked_condition, own_trait_leaf
from c360_kernel.catalog.tag_values import tag_value
from c360_kernel.conditions.checking import Fault, Faults, Fields, LeafCheck, Path, refused_leaf

_FIELDS = ("when", "value", "reason", "keeps")
_KEPT = (
    "what a rule keeps outlives what it is on: such a rule is on traits alone, and no consent that"
    " is taken back or tag that is taken off stands behind what is kept"
)
_RANKED = (
    "what a rule keeps is told by what was so before, and in which quintile a customer was follows"
    " the cut points in use: such a rule is on no quintile"
)
_VALUES: Mapping[TagType, str] = {
    "flag": "what is said of a flag is true",
    "score": f"what is said of a score is a whole number from 0 to {MOST_SCORE}",
    "enum": "this is none of the tag's choices",
}
_NO_EVENT = "a rule is on traits: count events by a computed trait, and test that"
_NO_SEGMENT = "a rule is on what is known of a customer: write the condition of the segment here"


def with_rules(
    said: Mapping[str, CustomerTag], entries: Mapping[str, Entry], known: Vocabulary
) -> dict[str, CustomerTag]:
    """The tags of these entries with their rules; `known` has all traits, sources and purposes."""
    ruled = {name: one.given["rule"] for name, one in entries.items() if one.has("rule")}
    free = {name: one for name, one in said.items() if name not in ruled}
    reader = _Reader(known, free, _leaves(known, free, ruled))
    rules = {name: reader.rule(Entry(at, _FIELDS), said[name]) for name, at in ruled.items()}
    for name, rule in rules.items():
        refuse_looser(entries[name], said[name].tag, rule.derived_tags)
    return {name: replace(one, rule=rules.get(name)) for name, one in said.items()}


def _leaves(
    known: Vocabulary, free: Mapping[str, CustomerTag], ruled: Collection[str]
) -> Mapping[str, LeafCheck]:
    facts = fact_leaves(free, known.purposes, known.sources)
    return {
        "trait": own_trait_leaf(known),
        "tag": _said_by_people(facts["tag"], ruled),
        "consent": facts["consent"],
        "source": facts["source"],
        "event": refused_leaf(_NO_EVENT),
        "segment": refused_leaf(_NO_SEGMENT),
    }


def _said_by_people(check_tag: LeafCheck, ruled: Collection[str]) -> LeafCheck:
    def check(fields: Fields, path: Path) -> Faults:
        name = fields.get("tag")
        if isinstance(name, str) and name in ruled:
            message = f"'{name}' is given by a rule, and no rule is on what another one gives"
            yield Fault((*path, "tag"), message)
        else:
            yield from check_tag(fields, path)

    return check


class _Reader(NamedTuple):
    known: Vocabulary
    free: Mapping[str, CustomerTag]
    leaves: Mapping[str, LeafCheck]

    def rule(self, entry: Entry, tag: CustomerTag) -> TagRule:
        when = entry.required("when")
        entry.required("reason")
        condition = (checked_condition(when, self.leaves, self.known) if when else None) or {}
        return TagRule(
            when=condition,
            value=_value(entry, tag),
            reason=entry.text("reason"),
            keeps_ms=_keeps(entry, condition, self.known.ranked),
            derived_tags=tuple(sorted({*self._tags(condition)} - {names.PUBLIC, ""})),
        )

    def _tags(self, condition: Mapping[str, object]) -> Iterator[str]:
        """The classifications of what a condition reads."""
        for name in named_by(condition, "trait"):
            yield from self.known.traits[name].tags
        yield from (self.free[name].tag for name in named_by(condition, "tag"))


def _value(entry: Entry, tag: CustomerTag) -> bool | int | str:
    """What the rule says of the tag; of a flag that may be left out."""
    given = entry.given.get("value")
    if given is None and tag.type == "flag":
        return True
    if given is None:
        entry.at.complain(f"'value' is missing: what the rule says of the {tag.type}")
        return True
    value = tag_value(tag, given.plain())
    if value is None:
        given.complain(_VALUES[tag.type])
    return True if value is None else value


def _keeps(entry: Entry, condition: Mapping[str, object], ranked: Collection[str]) -> int | None:
    if not entry.has("keeps"):
        return None
    given = entry.given["keeps"]
    length = duration_ms(given.text() or "")
    if length is None:
        given.complain(DURATION_WORDS)
    if condition and not is_of_traits(condition):
        given.complain(_KEPT)
    if not set(ranked).isdisjoint(named_by(condition, "trait")):
        given.complain(_RANKED)
    return length
