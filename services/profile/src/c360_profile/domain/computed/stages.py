"""In which stage of a lifecycle a customer is: the first whose condition holds, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.catalog.model import Catalog
from c360_kernel.conditions.reading import read_traits
from c360_kernel.conditions.tree import ValueCondition, leaves
from c360_kernel.record import TraitValue

Lifecycles = Mapping[str, Sequence["StageRule"]]
"""The rules of each lifecycle, in the order in which they are tried."""


class StageRule(NamedTuple):
    """A stage and the condition on traits that puts a customer into it."""

    stage: str
    condition: ValueCondition

    @property
    def reads(self) -> frozenset[str]:
        """The traits that the condition is on."""
        return frozenset(leaf.name for leaf in leaves(self.condition))


class StageReason(NamedTuple):
    """The rules of a lifecycle that were tried; of them the last holds, or none does.

    `changes_at` (ms UTC) is when a trait that they read is another one by itself, None if none is.
    """

    lifecycle: str
    stage: str | None
    tried: tuple[StageRule, ...]
    changes_at: int | None

    @property
    def reads(self) -> frozenset[str]:
        """The traits that were read."""
        return frozenset[str]().union(*(rule.reads for rule in self.tried))


def lifecycles_of(catalog: Catalog) -> Lifecycles:
    """Every lifecycle of a catalog, its conditions read."""
    traits = catalog.profile_traits
    return {
        name: tuple(StageRule(one.name, read_traits(one.when, traits)) for one in cycle.stages)
        for name, cycle in catalog.lifecycle.items()
    }


def stages_of(lifecycles: Lifecycles, traits: Mapping[str, TraitValue]) -> dict[str, str]:
    """The stage of somebody with these traits, by lifecycle; none where no rule holds."""
    stages = {name: _stage(rules, traits) for name, rules in lifecycles.items()}
    return {name: stage for name, stage in stages.items() if stage is not None}


def stage_reasons(
    lifecycles: Lifecycles,
    traits: Mapping[str, TraitValue],
    changes: Mapping[str, int | None],
) -> Iterator[StageReason]:
    """Why the stages of somebody are what they are; `changes` says when traits change."""
    for name, rules in lifecycles.items():
        stage = _stage(rules, traits)
        tried = tuple(_until(stage, rules))
        moments = [changes.get(read) for rule in tried for read in rule.reads]
        changes_at = min((at for at in moments if at is not None), default=None)
        yield StageReason(name, stage, tried, changes_at)


def _stage(rules: Iterable[StageRule], traits: Mapping[str, TraitValue]) -> str | None:
    return next((one.stage for one in rules if one.condition.holds(traits)), None)


def _until(stage: str | None, rules: Iterable[StageRule]) -> Iterator[StageRule]:
    for rule in rules:
        yield rule
        if rule.stage == stage:
            return
