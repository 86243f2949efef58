"""Identifiers as they may be written, and conditions that ask for them in any spelling."""

from __future__ import annotations

from functools import partial

from c360_kernel.catalog.model import TraitType
from c360_kernel.catalog.text import clean
from c360_kernel.conditions import spellings
from c360_kernel.conditions.tree import ValueCondition, ValueTest
from c360_kernel.record import Identifier

from c360_profile.domain.golden import GoldenRules


def readings(rules: GoldenRules, trait: TraitType, text: str) -> list[str]:
    """The normal forms of a text as the identifier that a trait is, by the region of each source.

    None of a trait that is no identifier.
    """
    return [] if trait.identifier is None else normal_forms(rules, trait.identifier, text)


def normal_forms(rules: GoldenRules, type_: str, text: str) -> list[str]:
    """The normal forms of a text as an identifier of a type, by the region of each source."""
    raw = Identifier(type_, clean(text))
    regions = dict.fromkeys(one.region for one in rules.catalog.sources.values())
    normal = [rules.normalize(raw, region) for region in regions]
    return list(dict.fromkeys(one.value for one in normal if one is not None))


def in_any_spelling(rules: GoldenRules, test: ValueTest) -> ValueCondition:
    """The test of a golden value that may be the same in another spelling than is asked for."""
    trait = rules.catalog.traits.get(test.name)
    if trait is None or trait.identifier is None:
        return test
    is_list = trait.type == "strings"
    return spellings.in_any_spelling(test, partial(readings, rules, trait), is_list=is_list)
