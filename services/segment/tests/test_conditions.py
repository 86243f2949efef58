import pytest
from c360_kernel.conditions.tree import ValueTest
from c360_segment.domain.compiled import Look
from c360_segment.domain.leaves import EventPattern, Facts
from c360_segment.domain.wording import canonical

from services.segment.tests.conftest import why


def holds(compiled, condition: str, traits=None, counts=None) -> bool:
    segments = compiled(f"segments:\n  s: {{condition: {condition}}}\n")
    facts = Facts(traits or {}, counts or {})
    found = segments.by_name["s"].condition.holds(facts)
    assert segments.parts.whole.holding(Look(facts)) == ({"s"} if found else set())
    return found


@pytest.mark.parametrize(
    ("test", "traits", "expected"),
    [
        ("op: equals, trait: tier, value: gold", {"tier": "gold"}, True),
        ("op: equals, trait: tier, value: gold", {"tier": "Gold"}, False),
        ("op: equals, trait: tier, value: gold", {}, False),
        ("op: not_equals, trait: tier, value: gold", {"tier": "silver"}, True),
        ("op: not_equals, trait: tier, value: gold", {"tier": "gold"}, False),
        ("op: not_equals, trait: tier, value: gold", {}, True),
        ("op: equals, trait: labels, value: [a, b]", {"labels": ("a", "b")}, True),
        ("op: equals, trait: labels, value: [a, b]", {"labels": ("b",)}, False),
        ("op: in, trait: tier, value: [gold, silver]", {"tier": "silver"}, True),
        ("op: in, trait: tier, value: [gold, silver]", {"tier": "bronze"}, False),
        ("op: greater_than, trait: points, value: 5", {"points": 6}, True),
        ("op: greater_than, trait: points, value: 5", {"points": 5}, False),
        ("op: at_least, trait: points, value: 5", {"points": 5}, True),
        ("op: less_than, trait: spend, value: 5", {"spend": 4.9}, True),
        ("op: less_than, trait: spend, value: 5", {"spend": 5.0}, False),
        ("op: less_than, trait: spend, value: 5", {}, False),
        ("op: at_most, trait: spend, value: 5", {"spend": 5.0}, True),
        ("op: exists, trait: city", {"city": ""}, True),
        ("op: exists, trait: city", {}, False),
        ("op: missing, trait: city", {}, True),
        ("op: missing, trait: vip", {"vip": False}, False),
        ("op: contains, trait: city, value: 海", {"city": "上海"}, True),
        ("op: contains, trait: labels, value: vip", {"labels": ("vip", "x")}, True),
        ("op: contains, trait: labels, value: vi", {"labels": ("vip", "x")}, False),
        ("op: starts_with, trait: city, value: Par", {"city": "Paris"}, True),
        ("op: starts_with, trait: city, value: aris", {"city": "Paris"}, False),
        ("op: equals, trait: vip, value: true", {"vip": True}, True),
        ("op: at_least, trait: since, value: 2024-02-01", {"since": "2024-10-01"}, True),
        ("op: at_least, trait: since, value: 2024-02-01", {"since": "2024-01-31"}, False),
        ("op: less_than, trait: seenAt, value: '1970-01-01T00:00:01Z'", {"seenAt": 999}, True),
        ("op: less_than, trait: seenAt, value: '1970-01-01T00:00:01Z'", {"seenAt": 1000}, False),
    ],
)
def test_trait_operators(compiled, test, traits, expected):
    assert holds(compiled, f"{{{test}}}", traits) is expected


@pytest.mark.parametrize("held", ["7", True, ("7",)])
def test_values_of_another_kind_never_compare(compiled, held):
    assert not holds(compiled, "{trait: points, op: at_least, value: 0}", {"points": held})
    assert not holds(compiled, "{trait: points, op: at_most, value: 9}", {"points": held})
    assert not holds(compiled, "{trait: points, op: equals, value: 1}", {"points": held})


@pytest.mark.parametrize(
    ("bounds", "accepted"),
    [
        ("", {1, 2, 3, 4}),
        (", count: {at_least: 2}", {2, 3, 4}),
        (", count: {at_most: 2}", {0, 1, 2}),
        (", count: {at_least: 1, at_most: 2}", {1, 2}),
        (", count: {at_most: 0}", {0}),
    ],
)
def test_event_counts(compiled, bounds, accepted):
    condition = f"{{event: bought{bounds}}}"
    assert {n for n in range(5) if holds(compiled, condition, {}, {"bought": n})} == accepted


def test_equal_patterns_share_one_counter(compiled):
    a = "{property: sku, op: equals, value: x}"
    b = "{property: amount, op: at_least, value: 2}"
    segments = compiled(
        f"segments:\n  one: {{condition: {{event: bought, where: [{a}, {b}]}}}}\n"
        f"  two: {{condition: {{event: bought, count: {{at_least: 9}}, where: [{b}, {a}]}}}}\n"
        f"  three: {{condition: {{event: bought, where: [{a}]}}}}\n"
    )
    assert len(segments.counters["bought"]) == 2
    assert len(segments.counted("bought", {"sku": "x", "amount": 2.0})) == 2
    assert len(segments.counted("bought", {"sku": "x", "amount": 1.0})) == 1
    assert segments.counted("looked", {"sku": "x", "amount": 2.0}) == []


def test_every_part_of_an_all_is_a_reason_but_only_the_failing_one_of_a_miss(segments):
    shoppers = segments.by_name["window_shoppers"].condition
    assert why(shoppers, Facts({}, {"looked": 2})) == [
        "looked counted 2",
        "bought counted 0",
    ]
    assert why(shoppers, Facts({}, {"looked": 2, "bought": 1})) == ["bought counted 1"]


def test_the_fingerprint_follows_meaning_not_wording(compiled):
    base = "segments:\n  s: {title: A, condition: {trait: points, op: at_least, value: 3}}\n"
    assert compiled(base).fingerprint == compiled(base.replace("A", "B")).fingerprint
    assert compiled(base).fingerprint != compiled(base.replace("3", "4")).fingerprint
    assert compiled(base).counting == compiled(base.replace("3", "4")).counting


def test_the_names_of_counters_are_for_ever():
    where = (ValueTest("sku", "in", ("é", "x")), ValueTest("amount", "at_least", 5.0))
    assert EventPattern.of("bought", where).name == "bought#87df22174838"
    assert EventPattern.of("bought", where[::-1]).name == "bought#87df22174838"


def test_the_form_that_names_a_meaning_is_for_ever(segments):
    assert canonical(segments.by_name["mixed"].condition) == [
        "any",
        [
            "all",
            ["trait", "points", "greater_than", 10],
            ["not", ["trait", "labels", "contains", "staff"]],
        ],
        ["event", "looked", 2, None],
    ]
