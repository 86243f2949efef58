"""What two policies say otherwise of whom and how many is told: by role set and purpose.

`rows` are rules about rows, `consent` a coordinate that is shown by consent; `smallestGroup`,
`volume` and `enumeration` are what they are called in `rows.yaml`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import NamedTuple

from c360_kernel.conditions.tree import All, Not, ValueCondition

from c360_policy.row_policy import RowPolicy
from c360_policy.rows.model import Rows, Sees
from c360_policy.rule import ANY
from c360_policy.schema.reach import Inapplicable, is_applicable
from c360_policy.trying.deciding import Asker, Decider
from c360_policy.trying.differing import Scope, opened_in
from c360_policy.trying.people import Traits, Who, scope_of
from c360_policy.trying.today import CustomersToday

CUSTOMER = "Customer"
"""The coordinate that rules about rows are about."""
ROWS, CONSENT = "rows", "consent"
_NEEDED, _NOT_NEEDED = "needed", "not needed"


class RowDifference(NamedTuple):
    """Something that is said otherwise; `hidden` and `shown` count customers of today, if known."""

    roles: tuple[str, ...]
    purposes: tuple[str, ...]
    about: str
    coordinate: str
    before: str
    after: str
    hidden: int | None = None
    shown: int | None = None


class LineChange(NamedTuple):
    """An entry of `rows.yaml` that is there no more, is new, or says something else; "": none."""

    section: str
    name: str
    before: str
    after: str


def line_changes(before: Rows, after: Rows) -> list[LineChange]:
    """Every entry that changes, in the order of sections and names."""
    old, new = dict(_lines(before)), dict(_lines(after))
    return [
        LineChange(*key, old.get(key, ""), new.get(key, ""))
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]


def _lines(rows: Rows) -> Iterator[tuple[tuple[str, str], str]]:
    for role, rule in rows.rules.items():
        yield (ROWS, role), sees_text(rule.sees)
    for one in rows.consents:
        of = f"{one.obj} for {', '.join(one.purposes)} of {', '.join(one.roles)}"
        yield (CONSENT, of), _NEEDED
    for role, number in rows.smallest.items():
        yield ("smallestGroup", role), str(number)
    for section, bounds in (("volume", rows.volumes), ("enumeration", rows.lookups)):
        for role, bound in bounds.items():
            yield (section, role), _plain(asdict(bound))
    for one in rows.apart:
        yield ("apart", "+".join(one.named)), "refused" if one.is_refused else "warned"


def sees_text(sees: Sees | None) -> str:
    """A rule as it is told: `everybody`, `none`, or its condition as JSON."""
    if sees is None:
        return "everybody"
    return sees if isinstance(sees, str) else _plain(sees)


def rules_text(rules: RowPolicy) -> str:
    """All that is said of whom somebody sees, of which one is enough."""
    texts = list(dict.fromkeys(map(sees_text, rules.rules)))
    return "everybody" if not texts or "everybody" in texts else " or ".join(texts)


async def row_differences(
    before: Decider,
    after: Decider,
    inapplicable: Inapplicable,
    scope: Scope,
    who: Who,
    traits: Traits,
    today: CustomersToday | None,
) -> list[RowDifference]:
    """Every difference, with the customers that it hides from `who` and shows, if those are known.

    Consents are told of what may be read, or filtered by, under one of both policies.
    A rule that asks for an attribute which `who` has not hides everybody.
    """
    found: list[RowDifference] = []
    counts = Counts(today)
    for roles in scope.role_sets:
        opened = opened_in(before, after, roles)
        askers = [Asker(roles, purpose, scope.at_ms, opened) for purpose in scope.purposes]
        changed: dict[tuple[str, ...], list[Asker]] = {}
        for asker in askers:
            for one in _otherwise(before, after, inapplicable, asker):
                changed.setdefault(one, []).append(asker)
        for (about, coordinate, old, new), alike in sorted(changed.items()):
            purposes = (ANY,) if len(alike) == len(askers) else tuple(a.purpose for a in alike)
            fields = (tuple(sorted(roles)), purposes, about, coordinate, old, new)
            sides = [scope_of(one, alike[0], who, traits) for one in (before, after)]
            numbers = await counts.between(*sides) if about == ROWS else (None, None)
            found.append(RowDifference(*fields, *numbers))
    return found


def _otherwise(
    before: Decider, after: Decider, inapplicable: Inapplicable, asker: Asker
) -> Iterator[tuple[str, str, str, str]]:
    old, new = before.row_policy(asker), after.row_policy(asker)
    if rules_text(old) != rules_text(new):
        yield ROWS, CUSTOMER, rules_text(old), rules_text(new)
    for coordinate in old.consented ^ new.consented:
        if any(_is_open(one, inapplicable, asker, coordinate) for one in (before, after)):
            words = [_NEEDED if coordinate in one.consented else _NOT_NEEDED for one in (old, new)]
            yield CONSENT, coordinate, words[0], words[1]
    if old.smallest_group != new.smallest_group:
        yield "smallestGroup", CUSTOMER, str(old.smallest_group), str(new.smallest_group)
    for about, one, other in (
        ("volume", old.volume, new.volume),
        ("enumeration", old.lookups, new.lookups),
    ):
        if one != other:
            yield about, CUSTOMER, _plain(asdict(one)), _plain(asdict(other))


def _is_open(decider: Decider, inapplicable: Inapplicable, asker: Asker, coordinate: str) -> bool:
    """Whether it is shown, under a mask too, or compared, which takes all of it."""
    if (
        coordinate in inapplicable.leaves
        and decider.decide(asker, "read", coordinate).action != "deny"
    ):
        return True
    is_compared = is_applicable("filter", coordinate, inapplicable)
    return is_compared and decider.decide(asker, "filter", coordinate).action == "allow"


def _plain(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


class Counts:
    """How many customers of today are on one side alone, each pair of sides counted once."""

    def __init__(self, today: CustomersToday | None) -> None:
        self._today = today
        self._known: dict[Sequence[ValueCondition], int] = {}

    async def between(
        self, before: ValueCondition, after: ValueCondition
    ) -> tuple[int | None, int | None]:
        """How many are hidden, and shown, by what comes after; None where nobody knows."""
        if self._today is None:
            return None, None
        return await self._only(before, after), await self._only(after, before)

    async def _only(self, one: ValueCondition, other: ValueCondition) -> int:
        key = one, other
        if key not in self._known and self._today is not None:
            self._known[key] = await self._today.count(only_in(one, other))
        return self._known[key]


def only_in(one: ValueCondition, other: ValueCondition) -> ValueCondition:
    """Who meets one condition and not another."""
    return All((one, Not(other)))
