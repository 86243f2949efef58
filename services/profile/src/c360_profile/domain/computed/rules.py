"""A catalog's computed traits and lifecycles, ready to be held against events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from c360_kernel.catalog.computed_traits import ComputedTrait
from c360_kernel.catalog.model import Catalog
from c360_kernel.conditions.reading import read_condition, read_test, read_traits
from c360_kernel.conditions.tree import EVERYBODY, ValueCondition
from c360_kernel.record import TraitValue
from c360_kernel.value_types import ValueType

from c360_profile.domain.computed.kinds import Seen
from c360_profile.domain.event import Event
from c360_profile.domain.shown import fits


@dataclass(frozen=True, slots=True)
class Computing:
    """A computed trait, its condition read and the types of what it looks at, by event."""

    trait: ComputedTrait
    condition: ValueCondition
    types: Mapping[str, ValueType]

    def seen(self, event: Event) -> Seen | None:
        """What it sees of an event of one of its names; None of one that it does not count."""
        if not self.condition.holds(event.properties):
            return None
        name = self.trait.looks_at
        value = event.properties.get(name) if name else event.occurred_at
        if value is None or (name and not fits(self.types[event.name], value)):
            return None
        if name and self.types[event.name] == "float":
            value = float(value)  # type: ignore[arg-type] - it fits
        return Seen(event.occurred_at, event.record.source, event.message_id, value)


class _StageRule(NamedTuple):
    name: str
    condition: ValueCondition


@dataclass(frozen=True)
class ComputedRules:
    """What of a customer's events becomes traits, and what these say of its stage."""

    catalog: Catalog
    by_name: Mapping[str, Computing] = field(init=False)
    by_event: Mapping[str, tuple[Computing, ...]] = field(init=False)
    """By the name of an event what counts it. Others change nothing."""
    _stages: Mapping[str, tuple[_StageRule, ...]] = field(init=False)

    def __post_init__(self) -> None:
        """Read every condition once."""
        computing = {name: _computing(self.catalog, t) for name, t in self.catalog.computed.items()}
        by_event: defaultdict[str, list[Computing]] = defaultdict(list)
        for one in computing.values():
            for event in one.trait.events:
                by_event[event].append(one)
        object.__setattr__(self, "by_name", computing)
        object.__setattr__(self, "by_event", {name: tuple(all_) for name, all_ in by_event.items()})
        object.__setattr__(self, "_stages", _stages(self.catalog))

    def completed(
        self, golden: Mapping[str, TraitValue], computed: Mapping[str, TraitValue]
    ) -> dict[str, TraitValue]:
        """All traits of a customer: golden and computed ones, and the stages that they say."""
        traits = {**golden, **computed}
        stages = {name: _stage(rules, traits) for name, rules in self._stages.items()}
        return traits | {name: stage for name, stage in stages.items() if stage is not None}


def _computing(catalog: Catalog, trait: ComputedTrait) -> Computing:
    properties = catalog.events[trait.events[0]].properties
    condition = (
        EVERYBODY
        if trait.where is None
        else read_condition(trait.where, lambda leaf: read_test(leaf, properties[leaf["property"]]))
    )
    looks_at = trait.looks_at
    types: dict[str, ValueType] = {
        event: catalog.events[event].properties[looks_at].type for event in trait.events if looks_at
    }
    return Computing(trait, condition, types)


def _stages(catalog: Catalog) -> dict[str, tuple[_StageRule, ...]]:
    traits = catalog.profile_traits
    return {
        name: tuple(_StageRule(one.name, read_traits(one.when, traits)) for one in cycle.stages)
        for name, cycle in catalog.lifecycle.items()
    }


def _stage(rules: Iterable[_StageRule], traits: Mapping[str, TraitValue]) -> str | None:
    return next((one.name for one in rules if one.condition.holds(traits)), None)
