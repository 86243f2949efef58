"""`computed:` and `lifecycle:`: what they may say, and what is refused with the nearest name."""

import pytest
from c360_kernel.catalog.document import CatalogError
from c360_kernel.catalog.loader import parse_catalog

BEGIN = """
sources: {crm: {priority: 0}}
objects: {store: {tag: public, properties: {town: {type: string, tag: public}}}}
traits:
  city: {type: string, tag: city}
  shopId: {type: string, tag: public, refers: store, as: shop}
events:
  order_completed:
    properties: {amount: {type: float, tag: financial}, sku: {type: string, tag: public}}
  page_viewed: {properties: {sku: {type: string, tag: behaviour}}}
"""


def read(computed, lifecycle=""):
    text = f"{BEGIN}computed:\n  x: {{{computed}}}\n"
    if lifecycle:
        text += f"lifecycle:\n  stage: {{{lifecycle}}}\n"
    return parse_catalog(text, "c.yaml")


def fault(computed, lifecycle=""):
    with pytest.raises(CatalogError) as raised:
        read(computed, lifecycle)
    found = raised.value.message.splitlines()
    assert len(found) == 1, found
    return found[0].partition(" ")[2]


ORDER = "event: order_completed, tag: financial"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            f"kind: sums, property: amount, {ORDER}",
            "x.kind: unknown kind 'sums', did you mean 'sum'",
        ),
        (f"kind: sum, {ORDER}", "x: 'property' is missing"),
        (f"kind: sum, property: amont, {ORDER}", "did you mean 'amount'"),
        (f"kind: sum, property: sku, {ORDER}", "'sum' needs type int or float, not 'string'"),
        (f"kind: count, property: sku, {ORDER}", "'count' looks at no property"),
        (f"kind: count, lst: 3 days, {ORDER}", "unknown field 'lst', did you mean 'last'"),
        (f"kind: count, last: 3 moons, {ORDER}", "must be a time of up to 3660 days"),
        (f"kind: count, last: 9999 days, {ORDER}", "must be a time of up to 3660 days"),
        (f"kind: count, this: mont, {ORDER}", "did you mean 'month'"),
        (f"kind: count, this: day, last: 1 day, {ORDER}", "not by both"),
        (f"kind: count, this: day, zone: Asia/Shangai, {ORDER}", "did you mean 'Asia/Shanghai'"),
        (f"kind: count, zone: UTC, {ORDER}", "'zone' is for windows of the calendar"),
        ("kind: count, event: order_complete, tag: public", "did you mean 'order_completed'"),
        ("kind: count, event: [page_viewed, page_viewed], tag: public", "is listed twice"),
        ("kind: count, event: [], tag: public", "needs at least one event"),
        (f"kind: count, where: {{property: amount, op: at_lest, value: 3}}, {ORDER}", "'at_least'"),
        (f"kind: count, where: {{property: amount, op: equals, value: a}}, {ORDER}", "expected a"),
        (
            f"kind: count, where: {{trait: city, op: exists}}, {ORDER}",
            "where: events are told apart by their properties",
        ),
        (
            f"kind: count, where: {{not: {{trait: shop.town, op: exists}}}}, {ORDER}",
            "a segment tests traits, and the objects that they refer to, beside a computed trait",
        ),
        (
            "kind: max, property: amount, event: [order_completed, page_viewed], tag: financial",
            "unknown property 'amount'; known: sku",
        ),
        (
            "kind: sum, property: amount, event: order_completed, tag: public",
            "'public' is looser than what it reads: 'financial'",
        ),
        (
            "kind: count, event: order_completed, tag: public,"
            " where: {not: {property: amount, op: exists}}",
            "'public' is looser than what it reads: 'financial'",
        ),
        (f"kind: quintile, {ORDER}", "x: 'of' is missing"),
        (f"kind: quintile, of: recencies, {ORDER}", "x.of: unknown measure of purchases"),
        (f"kind: count, of: recency, {ORDER}", "x.of: 'of' is for quintiles"),
        (f"kind: quintile, of: monetary, {ORDER}", "'property' is missing: of what the monetary"),
        (f"kind: quintile, of: monetary, property: sku, {ORDER}", "'quintile' needs type int or"),
        (f"kind: quintile, of: recency, property: amount, {ORDER}", "'recency' looks at no"),
        (f"kind: quintile, of: recency, this: month, {ORDER}", "x.this: a quintile is of all time"),
        (f"kind: quintile, of: recency, last: 36 hours, {ORDER}", "x.last: a quintile is of whole"),
        (
            "kind: quintile, of: monetary, property: amount, event: order_completed, tag: public",
            "'public' is looser than what it reads: 'financial'",
        ),
    ],
)
def test_what_is_not_understood_is_refused_where_it_stands(given, said):
    assert said in fault(given)
    assert fault(given).startswith("computed.x")


def test_a_name_is_one_trait_alone():
    with pytest.raises(CatalogError, match=r"computed\.city: 'city' is the name of trait 'city'"):
        parse_catalog(f"{BEGIN}computed:\n  city: {{kind: count, {ORDER}}}\n", "c.yaml")


def test_what_it_reads_is_what_tags_it_besides_its_own():
    trait = read(
        "kind: unique_count, property: sku, event: [order_completed, page_viewed], tag: city"
    ).profile_traits["x"]
    assert (trait.type, trait.tags) == ("int", ("city", "behaviour"))
    counted = read("kind: count, event: order_completed, tag: public, last: 12 hours")
    assert counted.profile_traits["x"].tags == ("public",)
    assert counted.computed["x"].last_ms == 12 * 3_600_000
    assert "x" not in counted.traits


def test_a_quintile_is_a_whole_number_of_whole_days():
    catalog = read(f"kind: quintile, of: monetary, property: amount, last: 52 weeks, {ORDER}")
    trait = catalog.computed["x"]
    assert (trait.type, trait.of, trait.looks_at) == ("int", "monetary", "amount")
    assert trait.last_ms == 364 * 86_400_000
    assert catalog.profile_traits["x"].type == "int"


def test_conditions_of_segments_and_stages_are_on_a_quintile_as_on_any_trait():
    lately = "{trait: x, op: at_least, value: 4}"
    given = f"kind: quintile, of: recency, {ORDER}"
    catalog = read(given, f"tag: financial, stages: [{{stage: active, when: {lately}}}]")
    assert catalog.lifecycle["stage"].derived_tags == ("financial",)
    text = f"{BEGIN}computed: {{x: {{{given}}}}}\nsegments: {{recent: {{condition: {lately}}}}}\n"
    assert parse_catalog(text, "c.yaml").segments["recent"].condition["trait"] == "x"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("tag: behaviour, stages: []", "needs at least one stage"),
        (
            "tag: city, stages: [{stage: new, when: {trait: cty, op: exists}}]",
            "did you mean 'city'",
        ),
        (
            "tag: city, stages: [{stage: new, when: {trait: shop.town, op: exists}}]",
            "when.trait: 'shop.town' is of an object: only a segment tests it",
        ),
        ("tag: city, stages: [{stage: New, when: {trait: x, op: exists}}]", "use snake_case"),
        (
            "tag: city, stages: [{stage: a, when: {trait: x, op: exists}},"
            " {stage: a, when: {trait: x, op: missing}}]",
            "'a' is there twice",
        ),
        (
            "tag: public, stages: [{stage: a, when: {trait: city, op: exists}}]",
            "'public' is looser than what it reads: 'city'",
        ),
    ],
)
def test_a_stage_that_is_not_understood_is_refused(given, said):
    assert said in fault(f"kind: count, {ORDER}", given)


def test_stages_are_the_choices_of_a_trait_with_the_tags_of_what_they_read():
    stages = "{stage: a, when: {trait: x, op: exists}}, {stage: b, when: {trait: city, op: exists}}"
    trait = read(
        f"kind: sum, property: amount, {ORDER}", f"tag: behaviour, stages: [{stages}]"
    ).profile_traits["stage"]
    assert trait.choices == ("a", "b")
    assert trait.tags == ("behaviour", "city", "financial")
