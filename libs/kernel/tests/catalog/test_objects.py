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


STORE = """objects:
  store:
    tag: public
    properties: {city: {type: string, tag: city}, size: {type: int, tag: public}}
  bare: {tag: public}
"""
TRAIT = SOURCES + STORE + "traits: {shop: {type: string, tag: public, refers: store%s}%s}\n"


def test_a_trait_refers_to_an_object():
    catalog = parse_catalog(TRAIT % (", as: favourite", ""), "c")
    trait = catalog.traits["shop"]
    assert (trait.refers, trait.shown_as) == ("store", "favourite")
    assert catalog.referred_traits.keys() == {"favourite.city", "favourite.size"}
    assert catalog.referred_traits["favourite.city"].as_trait.tags == ("city", "public")
    assert catalog.compared_traits.keys() == {"shop", "favourite.city", "favourite.size"}
    assert catalog.profile_traits.keys() == {"shop"}
    assert parse_catalog(TRAIT % ("", ""), "c").traits["shop"].shown_as == "store"
    assert not parse_catalog(SOURCES, "c").referred_traits


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        (TRAIT.replace("refers: store", "refers: stor") % ("", ""), "traits.shop.refers", "'stor'"),
        (
            TRAIT.replace("shop: {type: string", "shop: {type: int") % ("", ""),
            "traits.shop.refers",
            "string",
        ),
        (TRAIT.replace("public, refers", "city, refers") % ("", ""), "traits.shop.refers", "tag"),
        (TRAIT % (", as: Store", ""), "traits.shop.as", "lowerCamelCase"),
        (TRAIT % (", as: shop", ""), "traits.shop", "something else of the profile"),
        (TRAIT % (", as: sources", ""), "traits.shop", "something else of the profile"),
        (TRAIT % ("", ", store: {type: int, tag: public}"), "traits.shop", "something else"),
        (
            TRAIT % ("", ", other: {type: string, tag: public, refers: store}"),
            "traits.other",
            "'store' is something else of the profile: give another 'as'",
        ),
        (
            SOURCES + STORE + "traits: {shop: {type: string, tag: public, as: x}}",
            "traits.shop.as",
            "give 'refers'",
        ),
        (
            TRAIT % (", as: buys", "")
            + "events: {bought: {}}\ncomputed: {buys: {kind: count, event: bought, tag: public}}",
            "traits.shop",
            "something else of the profile",
        ),
        (
            SOURCES + "accounts: {traits: {shop: {type: string, tag: public, refers: store}}}",
            "accounts.traits.shop.refers",
            "unknown field",
        ),
        (
            TRAIT % ("", "") + "events: {store_object_filter: {}}",
            "events.store_object_filter",
            "name of object 'store'",
        ),
        (
            SOURCES + "objects: {a: {tag: public}, a_object_filter: {tag: public}}",
            "objects.a_object_filter",
            "name of a filter of 'a'",
        ),
    ],
)
def test_what_a_trait_cannot_refer_to_is_refused_with_its_place(text, path, message):
    with pytest.raises(CatalogError) as raised:
        parse_catalog(text, "c")
    found = [(one.path, one.message) for one in raised.value.problems]
    assert any(at == path and message in said for at, said in found), found
