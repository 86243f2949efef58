"""What rules that give tags look at, as a catalog has them."""

from __future__ import annotations

from c360_kernel.catalog.computed_traits import TagRule
from c360_kernel.catalog.fact_tests import consent_test, source_test, tag_test
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.reads import named_by
from c360_kernel.conditions.reading import Tree, read_condition, read_test
from c360_kernel.conditions.tree import ValueCondition, ValueTest


def condition_of(catalog: Catalog, rule: TagRule) -> ValueCondition:
    """The condition of a rule, on traits and on facts under names of theirs."""

    def leaf(tree: Tree) -> ValueTest:
        if "trait" in tree:
            return read_test(tree, catalog.profile_traits[tree["trait"]])
        if "tag" in tree:
            return tag_test(tree, catalog.tags)
        return consent_test(tree) if "consent" in tree else source_test(tree)

    return read_condition(rule.when, leaf)


def traits_read(catalog: Catalog, rule: TagRule) -> frozenset[str]:
    """The traits that a rule is on, and those that the stages among them are on."""
    named = frozenset(named_by(rule.when, "trait"))
    cycles = (catalog.lifecycle[name] for name in named & catalog.lifecycle.keys())
    stages = (stage for cycle in cycles for stage in cycle.stages)
    return named.union(*(named_by(stage.when, "trait") for stage in stages))


def computed_in_the_past(catalog: Catalog) -> frozenset[str]:
    """The computed traits that some rule has to know as they were: it keeps what it gives."""
    rules = (tag.rule for tag in catalog.tags.values() if tag.rule and tag.rule.keeps_ms)
    read = (traits_read(catalog, rule) for rule in rules)
    return frozenset[str]().union(*read) & catalog.computed.keys()
