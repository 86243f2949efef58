"""A catalog's computed traits and lifecycles, ready to be held against events."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from c360_kernel.catalog.computed_traits import ComputedTrait
from c360_kernel.catalog.model import Catalog
from c360_kernel.computing.picking import Picker, picker_of
from c360_kernel.objects.sights import Sights
from c360_kernel.record import TraitValue

from c360_profile.domain.computed.quintiles import Ranking
from c360_profile.domain.computed.sights import sights_of
from c360_profile.domain.computed.stages import Lifecycles, lifecycles_of, stages_of
from c360_profile.domain.computed.tag_rules import computed_in_the_past
from c360_profile.domain.scores.quintiles import NO_QUINTILES, CutPoints, Quintiles


class Computing(NamedTuple):
    """A computed trait and what it looks at."""

    trait: ComputedTrait
    picker: Picker


class Counting(NamedTuple):
    """What looks at one event in one way: traits of all time, whether any has a window or has to be
    known as it was, and whether it is a purchase by which customers are ranked."""

    picker: Picker
    ever: tuple[ComputedTrait, ...]
    has_windows: bool
    ranks: bool


class Sharing(NamedTuple):
    """Traits that look in one way at one window."""

    picker: Picker
    traits: tuple[ComputedTrait, ...]


class Ranked(NamedTuple):
    """Quintiles that look in one way at purchases."""

    picker: Picker
    rankings: tuple[Ranking, ...]


@dataclass(frozen=True)
class ComputedRules:
    """What of a customer's events becomes traits, and what these say of its stage.

    A quintile without cut points among the `quintiles` is no trait of anybody.
    """

    catalog: Catalog
    quintiles: Quintiles = NO_QUINTILES
    by_name: Mapping[str, Computing] = field(init=False)
    by_event: Mapping[str, tuple[Counting, ...]] = field(init=False)
    """By the name of an event what counts it. Others change nothing."""
    ever: tuple[ComputedTrait, ...] = field(init=False)
    """The traits of all time."""
    windows: tuple[Sharing, ...] = field(init=False)
    """Those with a window, by what they look at."""
    cuts: Mapping[str, CutPoints] = field(init=False)
    """The cut points of quintiles, by trait."""
    ranked: tuple[Ranked, ...] = field(init=False)
    """The quintiles that have any, by what they look at."""
    sights: Sights = field(init=False)
    """What is read of the objects that events refer to."""
    lifecycles: Lifecycles = field(init=False)

    def __post_init__(self) -> None:
        """Read every condition once."""
        computing = _computing(self.catalog)
        cuts = _cuts(computing.values(), self.quintiles)
        made = {
            "by_name": computing,
            "by_event": _by_event(computing.values(), computed_in_the_past(self.catalog)),
            "ever": tuple(one.trait for one in computing.values() if _is_ever(one.trait)),
            "windows": _windows(computing.values()),
            "cuts": cuts,
            "ranked": _ranked(computing.values(), cuts),
            "sights": sights_of(self.catalog),
            "lifecycles": lifecycles_of(self.catalog),
        }
        for name, value in made.items():
            object.__setattr__(self, name, value)

    def completed(
        self, golden: Mapping[str, TraitValue], computed: Mapping[str, TraitValue]
    ) -> dict[str, TraitValue]:
        """All traits of a customer: golden and computed ones, and the stages that they say."""
        traits = {**golden, **computed}
        return traits | stages_of(self.lifecycles, traits)


def _computing(catalog: Catalog) -> dict[str, Computing]:
    pickers: dict[str, Picker] = {}
    found: dict[str, Computing] = {}
    for name, trait in catalog.computed.items():
        looked = repr((trait.events, trait.looks_at, trait.where, trait.of is not None))
        if looked not in pickers:
            pickers[looked] = picker_of(catalog.events, trait, len(pickers))
        found[name] = Computing(trait, pickers[looked])
    return found


def _by_event(
    computing: Iterable[Computing], dated: Collection[str]
) -> dict[str, tuple[Counting, ...]]:
    by_event: dict[str, dict[int, list[Computing]]] = {}
    for one in computing:
        for event in one.trait.events:
            by_event.setdefault(event, {}).setdefault(one.picker.number, []).append(one)
    return {
        event: tuple(_counting(sharing, dated) for sharing in of.values())
        for event, of in by_event.items()
    }


def _counting(sharing: Sequence[Computing], dated: Collection[str]) -> Counting:
    traits = [one.trait for one in sharing]
    ever = tuple(one for one in traits if _is_ever(one))
    # A picker of purchases is of quintiles alone.
    ranks = traits[0].of is not None
    is_dated = len(ever) < len(traits) or any(one.name in dated for one in traits)
    return Counting(sharing[0].picker, ever, not ranks and is_dated, ranks)


def _is_ever(trait: ComputedTrait) -> bool:
    return not trait.is_windowed and trait.of is None


def _cuts(computing: Iterable[Computing], quintiles: Quintiles) -> dict[str, CutPoints]:
    traits = (one.trait for one in computing if one.trait.of is not None)
    found = ((trait.name, quintiles.of(trait)) for trait in traits)
    return {name: cuts for name, cuts in found if cuts is not None}


def _ranked(computing: Iterable[Computing], cuts: Mapping[str, CutPoints]) -> tuple[Ranked, ...]:
    shared: dict[int, list[Computing]] = {}
    for one in computing:
        if one.trait.name in cuts:
            shared.setdefault(one.picker.number, []).append(one)
    return tuple(
        Ranked(all_[0].picker, tuple(Ranking(one.trait, cuts[one.trait.name]) for one in all_))
        for all_ in shared.values()
    )


def _windows(computing: Iterable[Computing]) -> tuple[Sharing, ...]:
    shared: dict[object, list[Computing]] = {}
    for one in computing:
        trait = one.trait
        if trait.is_windowed and trait.of is None:
            window = (one.picker.number, trait.last_ms, trait.this, trait.zone)
            shared.setdefault(window, []).append(one)
    return tuple(
        Sharing(all_[0].picker, tuple(one.trait for one in all_)) for all_ in shared.values()
    )
