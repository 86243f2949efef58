"""Rules that give tags, held against what is known of a customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from c360_kernel.catalog.computed_traits import TagRule
from c360_kernel.catalog.model import Catalog
from c360_kernel.conditions.tree import ValueCondition
from c360_kernel.payload import TagValue
from c360_kernel.record import TraitValue

from c360_profile.domain.computed.rules import ComputedRules, Computing
from c360_profile.domain.computed.stages import Lifecycles, stages_of
from c360_profile.domain.computed.tag_rules import condition_of, traits_read

Known = Mapping[str, TraitValue]
"""Traits by name, and facts under names of theirs."""


class Giver(NamedTuple):
    """A rule and what it looks at: computed traits, stages of lifecycles, and what records say.

    `needs_records`: what sources say decides about the rule, or that nothing was said yet.
    """

    tag: str
    rule: TagRule
    condition: ValueCondition
    computing: tuple[Computing, ...]
    lifecycles: Lifecycles
    needs_records: bool

    def staged(self, traits: Known) -> Known:
        """These traits with the stages that the rule is on."""
        return {**traits, **stages_of(self.lifecycles, traits)}


class Given(NamedTuple):
    """A tag that a rule gives: it `holds`, or did so not long ago and is kept.

    `until` (ms UTC) is when one that is kept is over, None where that is not to be foreseen.
    """

    giver: Giver
    holds: bool = True
    until: int | None = None

    @property
    def value(self) -> TagValue:
        """What is said of the tag."""
        return self.giver.rule.value


def givers_of(catalog: Catalog, rules: ComputedRules) -> tuple[Giver, ...]:
    """Every rule of a catalog that gives a tag, its condition read."""
    return tuple(
        _giver(catalog, rules, name, tag.rule) for name, tag in catalog.tags.items() if tag.rule
    )


def holding(givers: Sequence[Giver], known: Known) -> dict[str, Given]:
    """By tag what is given to somebody of whom this is known."""
    return {one.tag: Given(one) for one in givers if one.condition.holds(known)}


def may_be_kept(givers: Sequence[Giver], held: Mapping[str, Given]) -> list[Giver]:
    """The rules of which has to be known how long ago they held: they keep, and do not hold."""
    return [one for one in givers if one.rule.keeps_ms and one.tag not in held]


def _giver(catalog: Catalog, rules: ComputedRules, name: str, rule: TagRule) -> Giver:
    read, condition = traits_read(catalog, rule), condition_of(catalog, rule)
    lifecycles = {one: rules.lifecycles[one] for one in sorted(read & rules.lifecycles.keys())}
    computing = tuple(rules.by_name[one] for one in sorted(read & rules.by_name.keys()))
    # Of a rule that holds of whoever nothing is known of, it matters since when somebody is known.
    needs_records = bool(read & catalog.traits.keys()) or condition.holds(stages_of(lifecycles, {}))
    return Giver(name, rule, condition, computing, lifecycles, needs_records)
