"""Rules of tags: what they may be on, and what is refused with its place and the nearest name."""

from __future__ import annotations

import pytest
from c360_kernel.catalog.document import CatalogError
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.model import Catalog

BEGIN = """
sources: {crm: {priority: 0}}
purposes: {marketing: {}}
objects: {store: {tag: public, properties: {town: {type: string, tag: public}}}}
traits:
  city: {type: string, tag: city}
  tier: {type: string, tag: public, choices: [silver, gold]}
  shopId: {type: string, tag: public, refers: store, as: shop}
events: {order_completed: {properties: {amount: {type: float, tag: financial}}}}
computed:
  spent: {kind: sum, event: order_completed, property: amount, tag: financial}
  buys: {kind: quintile, of: frequency, event: order_completed, tag: financial}
lifecycle:
  stage: {tag: behaviour, stages: [{stage: new, when: {trait: spent, op: exists}}]}
  worth: {tag: behaviour, stages: [{stage: best, when: {trait: buys, op: equals, value: 5}}]}
tags:
  complaint: {type: flag, tag: health}
  ruled: {type: flag, tag: city, rule: {when: {trait: city, op: exists}, reason: Somewhere}}
classifications: {health: {}}
"""
SPENT = "{trait: spent, op: at_least, value: 9}"


def read(tag: str) -> Catalog:
    text = BEGIN.replace("classifications:", f"  x: {{{tag}}}\nclassifications:")
    return parse_catalog(text, "c.yaml")


def faults(tag: str) -> list[str]:
    with pytest.raises(CatalogError) as raised:
        read(tag)
    assert raised.value.code == "CATALOG_INVALID"
    return [line.partition(" ")[2] for line in raised.value.message.splitlines()]


def flag(rule: str, tag: str = "behaviour") -> str:
    return f"type: flag, tag: {tag}, rule: {{{rule}}}"


def test_a_rule_says_when_what_why_and_how_long() -> None:
    rule = read(flag(f"when: {SPENT}, reason: Spent 9, keeps: 30 days")).tags["x"].rule
    assert rule is not None
    assert (rule.value, rule.reason, rule.keeps_ms) == (True, "Spent 9", 30 * 86_400_000)
    assert rule.when == {"trait": "spent", "op": "at_least", "value": 9}
    score = read(f"type: score, tag: behaviour, rule: {{when: {SPENT}, value: 80, reason: R}}")
    assert score.tags["x"].rule is not None and score.tags["x"].rule.value == 80
    assert read("type: flag, tag: public").tags["x"].rule is None


def test_who_has_it_tells_of_all_that_the_rule_reads() -> None:
    parts = f"{SPENT}, {{tag: complaint}}, {{consent: marketing, is: granted}}, {{source: crm}}"
    tag = read(flag(f"when: {{all: [{parts}]}}, reason: R")).tags["x"]
    assert tag.tags == ("behaviour", "financial", "health")
    staged = read(flag("when: {trait: stage, op: equals, value: new}, reason: R", "city"))
    assert staged.tags["x"].tags == ("city", "behaviour", "financial")


@pytest.mark.parametrize(
    ("rule", "place", "said"),
    [
        (f"when: {SPENT}", "", "'reason' is missing"),
        ("reason: R", "", "'when' is missing"),
        (f"when: {SPENT}, reason: R, keep: 1 day", ".keep", "did you mean 'keeps'"),
        (f"when: {SPENT}, reason: R, keeps: soon", ".keeps", "must be a time of up to 3660 days"),
        (f"when: {SPENT}, reason: R, value: 7", ".value", "what is said of a flag is true"),
        ("when: {trait: spend, op: exists}, reason: R", ".when.trait", "did you mean 'spent'"),
        ("when: {trait: city, op: at_least, value: 1}, reason: R", ".when.op", "cannot be asked"),
        ("when: {trait: tier, op: equals, value: tin}, reason: R", ".when.value", "not a choice"),
        ("when: {consent: marketting}, reason: R", ".when.consent", "did you mean 'marketing'"),
        ("when: {source: crn}, reason: R", ".when.source", "did you mean 'crm'"),
        ("when: {tag: complain}, reason: R", ".when.tag", "did you mean 'complaint'"),
        ("when: {any: [{tag: x}]}, reason: R", ".when.any[0].tag", "'x' is given by a rule"),
        ("when: {tag: ruled}, reason: R", ".when.tag", "no rule is on what another one gives"),
        ("when: {event: order_completed}, reason: R", ".when", "by a computed trait"),
        ("when: {segment: all}, reason: R", ".when", "write the condition of the segment here"),
        ("when: {list: guests}, reason: R", ".when", "a condition has exactly one of"),
        ("when: {trait: shop.town, op: exists}, reason: R", ".when.trait", "only a segment tests"),
        ("when: {tag: complaint}, reason: R, keeps: 1 day", ".keeps", "on traits alone"),
        ("when: {trait: buys, op: exists}, reason: R, keeps: 1 day", ".keeps", "on no quintile"),
        ("when: {trait: worth, op: exists}, reason: R, keeps: 1 day", ".keeps", "on no quintile"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_place(rule: str, place: str, said: str) -> None:
    (fault,) = faults(flag(rule))
    assert f"tags.x.rule{place}" in fault
    assert said in fault


def test_what_a_rule_says_is_of_the_tags_type() -> None:
    (fault,) = faults(f"type: score, tag: behaviour, rule: {{when: {SPENT}, reason: R}}")
    assert "'value' is missing: what the rule says of the score" in fault
    enum = "type: enum, choices: [call], tag: behaviour"
    (fault,) = faults(f"{enum}, rule: {{when: {SPENT}, value: cal, reason: R}}")
    assert "none of the tag's choices" in fault


def test_public_is_looser_than_what_a_rule_reads() -> None:
    (fault,) = faults(flag(f"when: {SPENT}, reason: R", "public"))
    assert "'public' is looser than what it reads: 'financial'" in fault
