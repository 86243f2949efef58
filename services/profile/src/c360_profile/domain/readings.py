"""Identifiers as they may be written, and conditions that ask for them in any spelling."""

from __future__ import annotations

from collections.abc import Iterable

from c360_kernel.catalog.model import TraitType
from c360_kernel.catalog.text import clean
from c360_kernel.conditions.operators import Wanted
from c360_kernel.conditions.tree import AnyOf, Not, ValueCondition, ValueTest
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
    """The test of a golden value that may be the same in another spelling than is asked for.

    What has no normal form is golden as it was written, so that is asked for as well.
    """
    trait = rules.catalog.traits.get(test.name)
    if trait is None or trait.identifier is None:
        return test
    match test:
        case ValueTest(operator="equals", wanted=str() as text):
            return _one_of(test, _spellings(rules, trait, [text]))
        case ValueTest(operator="not_equals", wanted=str() as text):
            said = _spellings(rules, trait, [text])
            return test if said == (text,) else Not(_one_of(test, said))
        case ValueTest(operator="in", wanted=tuple() as listed):
            return ValueTest(test.name, "in", _spellings(rules, trait, listed))
        case ValueTest(operator="contains", wanted=str() as text) if trait.type == "strings":
            said = _spellings(rules, trait, [text])
            return AnyOf(tuple(ValueTest(test.name, "contains", one) for one in said))
        case _:
            return test


def _one_of(test: ValueTest, said: tuple[str, ...]) -> ValueTest:
    alone = len(said) == 1
    return ValueTest(test.name, "equals", said[0]) if alone else ValueTest(test.name, "in", said)


def _spellings(rules: GoldenRules, trait: TraitType, asked: Iterable[Wanted]) -> tuple[str, ...]:
    texts = [one for one in asked if isinstance(one, str)]
    found = [(one, *readings(rules, trait, one)) for one in texts]
    return tuple(dict.fromkeys(one for each in found for one in each))
