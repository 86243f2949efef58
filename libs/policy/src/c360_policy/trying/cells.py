"""Where a rule counts: coordinates with one of their tags, the unit that grants are given in.

Whatever is said here of two rules holds for every set of roles, for it compares them cell by cell
and never asks what other roles add.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TypeAlias

from c360_policy.rule import ANY, TAG_PREFIX, UNAPPROVED, Act, Policy, Rule, wildcards
from c360_policy.schema.reach import Inapplicable, is_applicable
from c360_policy.trying.deciding import Ground

Cell: TypeAlias = tuple[str, str]
"""A coordinate, and one of its tags; "" where it has none."""
Cells: TypeAlias = frozenset[Cell]
_OF_ALL = ("introspect", "ask", "break_glass")
_NOTHING: Cells = frozenset()


class CellsOf:
    """The cells that each rule of a policy grants or denies."""

    def __init__(self, ground: Ground, inapplicable: Inapplicable) -> None:
        self._ground = ground
        self._inapplicable = inapplicable
        self._known: dict[tuple[str, Act, str], Cells] = {}

    def of(self, rule: Rule) -> Cells:
        """The cells in which a rule counts."""
        key = rule.obj, rule.act, rule.effect
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = frozenset(self._cells(rule))
        return found

    def _cells(self, rule: Rule) -> Iterator[Cell]:
        if rule.act in _OF_ALL or (rule.obj == UNAPPROVED and rule.effect == "deny"):
            yield rule.obj, ""
            return
        named = self._denied if rule.effect == "deny" else self._granted
        yield from (
            cell
            for cell in named.get(rule.obj, ())
            if is_applicable(rule.act, cell[0], self._inapplicable)
        )

    @cached_property
    def _granted(self) -> dict[str, list[Cell]]:
        found: dict[str, list[Cell]] = defaultdict(list)
        for name, tags in self._ground.coordinates.items():
            for tag in tags:
                found[f"{TAG_PREFIX}{tag}"].append((name, tag))
            for obj in (name,) if tags else (name, *wildcards(name)):
                found[obj] += [(name, tag) for tag in tags or ("",)]
        return found

    @cached_property
    def _denied(self) -> dict[str, list[Cell]]:
        found: dict[str, list[Cell]] = defaultdict(list)
        for name, tags in self._ground.coordinates.items():
            cells = [(name, tag) for tag in tags or ("",)]
            of_interfaces = self._ground.interfaces.get(name, ())
            places = [one for at in (name, *of_interfaces) for one in (at, *wildcards(at))]
            for obj in dict.fromkeys((*places, *(f"{TAG_PREFIX}{tag}" for tag in tags))):
                found[obj] += cells
        return found


class RulesAt:
    """The rules that count in each cell, by act and effect."""

    def __init__(self, policy: Policy, cells: CellsOf) -> None:
        self._policy = policy
        self._at: dict[tuple[Act, str, Cell], list[Rule]] = defaultdict(list)
        self._closures: dict[str, frozenset[str]] = {}
        for rule in policy.rules:
            for cell in cells.of(rule):
                self._at[rule.act, rule.effect, cell].append(rule)

    def beside(self, rule: Rule, cell: Cell, effect: str) -> Iterable[Rule]:
        """The others that everybody has there who has this one."""
        mine = self._closure(rule.role)
        found = self._at.get((rule.act, effect, cell), ())
        return (one for one in found if one is not rule and one.role in mine)

    def _closure(self, role: str) -> frozenset[str]:
        found = self._closures.get(role)
        if found is None:
            found = self._closures[role] = self._policy.closure((role,))
        return found


def outlasts(one: Rule, other: Rule) -> bool:
    """Whether the first counts whenever the second does: for its purpose, at its times."""
    serves = one.purpose in (ANY, other.purpose)
    return serves and one.not_before <= other.not_before and one.not_after >= other.not_after


def meets(one: Rule, other: Rule) -> bool:
    """Whether there is a purpose and a time at which both count."""
    serves = ANY in (one.purpose, other.purpose) or one.purpose == other.purpose
    return serves and one.not_before < other.not_after and other.not_before < one.not_after
