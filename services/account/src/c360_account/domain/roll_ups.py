"""A catalog's computed traits of accounts, and what they come to.

They are worked out of what is held now whenever they are asked for: nothing is added to or taken
out of a sum, so that merging and un-merging persons or accounts leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from c360_kernel.calendar_spans import Span
from c360_kernel.catalog.computed_traits import RollUp
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.reads import named_by
from c360_kernel.computing.kinds import Seen, come_to
from c360_kernel.computing.picking import Picker, picker_of
from c360_kernel.computing.windows import span_of
from c360_kernel.conditions.reading import read_traits
from c360_kernel.conditions.tree import ValueCondition
from c360_kernel.record import TraitValue
from c360_kernel.value_types import fits

from c360_account.domain.counting import CountedEvent

Traits = Mapping[str, TraitValue]


@dataclass(frozen=True)
class RollUpRules:
    """A catalog's, ready to be held against events and members."""

    catalog: Catalog
    properties: Mapping[str, frozenset[str]] = field(init=False)
    """By the name of an event that counts, what is read of it."""
    traits: frozenset[str] = field(init=False)
    """What is read of members."""
    pickers: Mapping[str, Picker] = field(init=False)
    conditions: Mapping[str, ValueCondition | None] = field(init=False)

    def __post_init__(self) -> None:
        """Read every condition once."""
        model, traits = self.catalog.accounts, self.catalog.profile_traits
        events = {name: one for name, one in model.computed.items() if not one.is_of_members}
        members = {name: one for name, one in model.computed.items() if one.is_of_members}
        made = {
            "properties": _properties(events.values()),
            "traits": frozenset(name for one in members.values() for name in _read(one, "trait")),
            "pickers": {
                name: picker_of(self.catalog.events, one.trait, number)
                for number, (name, one) in enumerate(events.items())
            },
            "conditions": {
                name: None if one.trait.where is None else read_traits(one.trait.where, traits)
                for name, one in members.items()
            },
        }
        for name, value in made.items():
            object.__setattr__(self, name, value)

    @property
    def live(self) -> frozenset[str]:
        """Those that are told with every change."""
        return frozenset(self.catalog.accounts.live)

    def of_events(
        self, names: Iterable[str], events: Iterable[CountedEvent], present: int
    ) -> dict[str, TraitValue]:
        """What these come to of events that count, at a moment (ms UTC)."""
        counted = list(events)
        found: dict[str, TraitValue] = {}
        for name in names:
            trait, picker = self.catalog.accounts.computed[name].trait, self.pickers[name]
            span = span_of(trait, present)
            own = [picker.seen(one) for one in counted if one.name in trait.events]
            seen = [one for one in own if one is not None and _is_in(one, span)]
            if (value := come_to(trait.kind, seen)) is not None:
                found[name] = value
        return found

    def of_members(
        self, names: Iterable[str], members: Mapping[str, Traits]
    ) -> dict[str, TraitValue]:
        """What these come to of members with these traits, each by its id."""
        found: dict[str, TraitValue] = {}
        for name in names:
            kind = self.catalog.accounts.computed[name].trait.kind
            each = [self._seen(name, customer, traits) for customer, traits in members.items()]
            value = come_to(kind, [one for one in each if one is not None])
            if value is not None:
                found[name] = value
        return found

    def counting(self, name: str, events: Iterable[CountedEvent], span: Span) -> list[CountedEvent]:
        """The events that this roll-up counts of some, within its window."""
        names, picker = self.catalog.accounts.computed[name].trait.events, self.pickers[name]
        own = ((one, picker.seen(one)) for one in events if one.name in names)
        return [one for one, seen in own if seen is not None and _is_in(seen, span)]

    def counting_members(self, name: str, members: Mapping[str, Traits]) -> frozenset[str]:
        """The members, by id, that this roll-up counts of some."""
        found = members.items()
        return frozenset(id_ for id_, one in found if self._seen(name, id_, one) is not None)

    def _seen(self, name: str, customer: str, traits: Traits) -> Seen | None:
        condition = self.conditions[name]
        if condition is not None and not condition.holds(traits):
            return None
        looks_at = self.catalog.accounts.computed[name].trait.looks_at
        if not looks_at:
            return Seen(0, "", customer, 1)
        value, type_ = traits.get(looks_at), self.catalog.profile_traits[looks_at].type
        if value is None or not fits(type_, value):
            return None
        number = float(value) if type_ == "float" else value  # type: ignore[arg-type] - it fits
        return Seen(0, "", customer, number)


def _properties(roll_ups: Iterable[RollUp]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for one in roll_ups:
        for event in one.trait.events:
            found[event] = found.get(event, frozenset()) | _read(one, "property")
    return found


def _read(one: RollUp, form: str) -> frozenset[str]:
    return frozenset({one.trait.looks_at, *named_by(one.trait.where, form)} - {""})


def _is_in(one: Seen, span: Span) -> bool:
    after_begin = span.since is None or one.at >= span.since
    return after_begin and (span.until is None or one.at < span.until)
