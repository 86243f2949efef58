"""What profile tells of customers, as far as rules of policy may ask for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from c360_kernel.conditions.tree import Values
from c360_kernel.payload import ProfileChanged
from c360_kernel.version import Version


class RuleValues(NamedTuple):
    """The values of a customer at a version, None of one that has ended."""

    customer: str
    version: Version
    values: Values | None


def newest(values: Iterable[RuleValues]) -> Mapping[str, RuleValues]:
    """Of each customer what was told under the greatest version."""
    found: dict[str, RuleValues] = {}
    for one in values:
        known = found.get(one.customer)
        if known is None or one.version > known.version:
            found[one.customer] = one
    return found


def rule_values_of(profile: ProfileChanged, traits: Collection[str]) -> RuleValues:
    """The values of these traits."""
    if profile.ended:
        return RuleValues(profile.customer, profile.version, None)
    values = {name: profile.traits[name] for name in traits if name in profile.traits}
    return RuleValues(profile.customer, profile.version, values)
