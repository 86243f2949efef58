"""What `rows.yaml` says, as values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from c360_kernel.catalog.document import Located

EVERY_ROLE = "*"
ANY_PURPOSE = "*"
Tree: TypeAlias = Mapping[str, object]
Sees: TypeAlias = Literal["everybody", "none"] | Tree
"""Everybody, nobody, or a condition on marked traits whose values may be the caller's (`$team`)."""


@dataclass(frozen=True, slots=True)
class RowRule:
    """Whom a role sees; `at` is where it is written."""

    role: str
    sees: Sees
    at: Located = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """`obj`, a coordinate or a tag, is shown where the customer consents to the caller's purpose.

    It is asked for of these purposes, by these roles; `*` is any.
    """

    obj: str
    purposes: tuple[str, ...]
    roles: tuple[str, ...]
    at: Located = field(compare=False, repr=False)

    def serves(self, purpose: str) -> bool:
        """Whether it speaks of a purpose; of none, if it speaks of any."""
        return ANY_PURPOSE in self.purposes or purpose in self.purposes


@dataclass(frozen=True, slots=True)
class ApartRoles:
    """Two roles that nobody shall have together: whose tokens name both is refused, or warned of.

    A role counts that another one includes.
    """

    roles: frozenset[str]
    is_refused: bool
    at: Located = field(compare=False, repr=False)

    @property
    def named(self) -> tuple[str, ...]:
        """The two roles, in order."""
        return tuple(sorted(self.roles))


@dataclass(frozen=True, slots=True)
class Volume:
    """How many different customers one principal is told of, or looks up; None: any number."""

    per_hour: int | None = None
    per_day: int | None = None

    @property
    def is_bounded(self) -> bool:
        """Whether it sets any bound."""
        return self.per_hour is not None or self.per_day is not None


@dataclass(frozen=True)
class Rows:
    """The whole file. `places` says where a role stands in the bounds."""

    rules: Mapping[str, RowRule] = field(default_factory=dict[str, RowRule])
    smallest: Mapping[str, int] = field(default_factory=dict[str, int])
    consents: tuple[ConsentRule, ...] = ()
    volumes: Mapping[str, Volume] = field(default_factory=dict[str, Volume])
    lookups: Mapping[str, Volume] = field(default_factory=dict[str, Volume])
    apart: tuple[ApartRoles, ...] = ()
    bulk: Mapping[str, int] = field(default_factory=dict[str, int])
    places: tuple[tuple[str, Located], ...] = field(default=(), compare=False, repr=False)

    @cached_property
    def canonical(self) -> str:
        """Equal texts mean the same; empty where nothing is said."""
        parts = {
            "rows": {role: rule.sees for role, rule in self.rules.items()},
            "smallest": dict(self.smallest),
            "consents": sorted([one.obj, one.purposes, one.roles] for one in self.consents),
            "volumes": _bounds(self.volumes),
        }
        # What was added later changes no version of a file that does not say it.
        later = {
            "lookups": _bounds(self.lookups),
            "apart": sorted([one.named, one.is_refused] for one in self.apart),
            "bulk": dict(self.bulk),
        }
        parts |= {name: part for name, part in later.items() if part}
        return json.dumps(parts, sort_keys=True) if any(parts.values()) else ""


def _bounds(volumes: Mapping[str, Volume]) -> Mapping[str, list[int | None]]:
    return {role: [one.per_hour, one.per_day] for role, one in volumes.items()}


NO_ROWS = Rows()
