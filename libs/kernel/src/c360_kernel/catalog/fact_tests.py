"""Gives tests of facts beside traits their meaning: of tags, consents and sources.

Their forms are those of `c360_kernel.catalog.segment_facts`, which the loader has checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from c360_kernel.catalog.model import CustomerTag
from c360_kernel.conditions.facts import SOURCES, consent_fact, tag_fact
from c360_kernel.conditions.reading import Tree, read_test
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.value_types import ValueType


class _Fact(NamedTuple):
    name: str
    type: ValueType


def tag_test(tree: Tree, tags: Mapping[str, CustomerTag]) -> ValueTest:
    """`{tag: NAME}`, or its value compared."""
    name = tag_fact(tree["tag"])
    if tree.get("op") is None:
        return ValueTest(name, "exists")
    return read_test(tree, _Fact(name, tags[tree["tag"]].value_type))


def consent_test(tree: Tree) -> ValueTest:
    """`{consent: PURPOSE, is: STATUS}`, or whatever was said."""
    name = consent_fact(tree["consent"])
    return ValueTest(name, "equals", tree["is"]) if "is" in tree else ValueTest(name, "exists")


def source_test(tree: Tree) -> ValueTest:
    """`{source: NAME}`."""
    return ValueTest(SOURCES, "contains", tree["source"])
