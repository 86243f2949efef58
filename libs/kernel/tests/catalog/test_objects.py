"""The section `objects:` and what refers to it, read strictly."""

import pytest
from c360_kernel.catalog import CatalogError, parse_catalog
from c360_kernel.catalog.values import check_object

SOURCES = "sources: {crm: {priority: 0}}\n"
PRODUCT = """objects:
  product: {tag: behaviour, properties: {category: {type: string, tag: city},
    name: {type: string, tag: public}}}
"""
EVENT = "events: {order: {properties: {sku: {type: string, tag: behaviour, refers: product%s}}}}\n"
WHOLE = SOURCES + PRODUCT + EVENT % ""


def test_what_a_catalog_says_of_objects():
    catalog = parse_catalog(WHOLE, "c")
    assert catalog.objects["product"].properties["category"].tag == "city"
    event = catalog.events["order"]
    assert (event.properties["sku"].refers, event.properties["sku"].shown_as) == (
        "product",
        "product",
    )
    assert event.readable.keys() == {"sku", "product.category", "product.name"}
    assert event.tags_of("product.category") == ("behaviour", "city")
    assert not parse_catalog(SOURCES, "c").objects
    assert parse_catalog(SOURCES, "c").digest != catalog.digest


def test_a_computed_trait_carries_the_tags_of_what_it_reads_of_objects():
    trait = (
        "computed: {kinds: {kind: unique_list, event: order, property: product.category, tag: %s}}"
    )
    catalog = parse_catalog(WHOLE + trait % "behaviour", "c")
    assert catalog.profile_traits["kinds"].tags == ("behaviour", "behaviour", "city")
    assert catalog.profile_traits["kinds"].type == "strings"
    with pytest.raises(CatalogError, match="'public' is looser"):
        parse_catalog(WHOLE + trait % "public", "c")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("objects: {Product: {tag: public}}", "use snake_case"),
        ("objects: {customer: {tag: public}}", "is reserved"),
        ("objects: {a: {}}", "'tag' is missing"),
        ("objects: {a: {tag: public, properties: {key: {type: string, tag: public}}}}", "reserved"),
        ("objects: {a: {tag: public, properties: {x: {type: string, tag: public, refers: a}}}}",
         "unknown field 'refers'"),
        ("objects: {order: {tag: public}}\nevents: {order: {}}", "is the name of object 'order'"),
        (PRODUCT + EVENT.replace("product%s", "prodct"), "did you mean 'product'"),
        (PRODUCT + EVENT.replace("type: string", "type: int") % "", "needs type string"),
        (PRODUCT + EVENT.replace("tag: behaviour", "tag: public") % "", "has tag 'behaviour'"),
        (PRODUCT + EVENT % ", as: sku", "give another 'as'"),
        (PRODUCT + EVENT % ", as: Product", "use lowerCamelCase"),
        ("events: {order: {properties: {x: {type: string, tag: public, as: y}}}}", "give 'refers'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(text, said):
    with pytest.raises(CatalogError, match=said):
        parse_catalog(SOURCES + text, "c")


def test_properties_of_objects_are_checked_by_their_type():
    catalog = parse_catalog(WHOLE, "c")
    checked = check_object(catalog, "product", {"category": " tea ", "name": None})
    assert (checked.values, checked.problems) == ({"category": "tea"}, ())
    codes = [
        [one.code for one in check_object(catalog, *given).problems]
        for given in (("product", {"categry": "x"}), ("product", {"category": 5}), ("car", {}))
    ]
    assert codes == [["UNKNOWN_PROPERTY"], ["PROPERTY_TYPE"], ["UNKNOWN_OBJECT"]]
