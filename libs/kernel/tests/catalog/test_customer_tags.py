"""Tags of customers: words that are agreed on, typed, with no free text."""

from __future__ import annotations

import pytest
from c360_kernel.catalog.document import CatalogError
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.tag_values import check_tags

REST = "\nsources: {crm: {priority: 0}}\npurposes: {marketing: {}}\n"
TAGS = """tags:
  vip: {type: flag, tag: behaviour, owner: Care, lifetimeDays: 9, purpose: marketing}
  risk: {type: score, tag: behaviour}
  level: {type: enum, tag: public, choices: [low, high]}
"""


def read(tags: str) -> Catalog:
    return parse_catalog(tags + REST, "c.yaml")


def test_a_tag_says_who_answers_for_it_and_how_long_it_holds() -> None:
    vip, risk, level = read(TAGS).tags.values()
    assert (vip.owner, vip.lifetime_days, vip.purpose, vip.tag) == (
        "Care", 9, "marketing", "behaviour",
    )  # fmt: skip
    assert (risk.lifetime_days, level.choices) == (None, ("low", "high"))
    assert [one.value_type for one in (vip, risk, level)] == ["boolean", "int", "string"]


@pytest.mark.parametrize(
    ("tag", "fault"),
    [
        ("{type: text, tag: public}", "no free-text tags"),
        ("{type: enum, tag: public}", "'choices' are missing: there are no free-text tags"),
        ("{type: flag, tag: public, choices: [a]}", "'choices' need type 'enum', not 'flag'"),
        ("{type: flag}", "'tag' is missing"),
        ("{type: flag, tag: behavior}", "did you mean 'behaviour'"),
        ("{type: flag, tag: public, purpose: marketting}", "did you mean 'marketing'"),
        ("{type: flag, tag: public, rules: {}}", "unknown field 'rules'"),
        ("{type: flag, tag: public, lifetimeDays: 0}", "must be at least 1"),
    ],
)
def test_a_wrong_tag_is_refused_with_its_place(tag: str, fault: str) -> None:
    with pytest.raises(CatalogError) as refused:
        read(f"tags: {{vip: {tag}}}")
    assert fault in refused.value.message
    assert "tags.vip" in refused.value.message


def test_values_are_of_the_tags_type_or_told_by_name_alone() -> None:
    given = {"vip": True, "risk": 7, "level": "high"}
    assert check_tags(read(TAGS), given).values == {"vip": True, "risk": 7, "level": "high"}
    assert check_tags(read(TAGS), {"vip": None}).values == {"vip": None}
    wrong = {"vip": False, "risk": -1, "level": "secret", "vpi": True}
    problems = check_tags(read(TAGS), wrong).problems
    assert [one.path for one in problems] == ["tags.vip", "tags.risk", "tags.level", "tags.vpi"]
    assert "secret" not in str(problems)
    assert "did you mean 'vip'" in problems[-1].message
