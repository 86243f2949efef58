from __future__ import annotations

import gc
from pathlib import Path

import pytest
from c360_kernel.catalog.blocked import DEFAULT_BLOCKED
from c360_kernel.catalog.document import CatalogError
from c360_kernel.catalog.loader import copy_default_catalog, load_catalog, parse_catalog
from c360_kernel.catalog.model import Catalog, IdentifierType, TraitType

SMALL = """
identifiers:
  phone: {normalizer: phone, tier: 2, limit: 3, fan: none, tag: phone, blocked: ["123"]}
traits:
  phone: {type: string, tag: phone, identifier: phone}
  points: {type: int, tag: public, survivorship: oldest, minimum: 0, maximum: 10}
events:
  bought:
    properties:
      amount: {type: float, tag: financial}
sources:
  norway: {priority: 0, region: NO}
purposes:
  service: {description: Serving}
segments:
  buyers: {title: Buyers, condition: {event: bought}}
"""


def faults(text: str) -> list[str]:
    with pytest.raises(CatalogError) as raised:
        parse_catalog(text, "catalog.yaml")
    assert raised.value.code == "CATALOG_INVALID"
    return raised.value.message.splitlines()


def only_fault(text: str) -> str:
    found = faults(text)
    assert len(found) == 1, found
    return found[0]


def small(old: str, new: str) -> str:
    assert old in SMALL
    return SMALL.replace(old, new)


def test_what_tells_apart_is_said_by_true_or_false() -> None:
    found = small("fan: none", "separates: true, personal: false")
    phone = parse_catalog(found, "catalog.yaml").identifiers["phone"]
    assert (phone.separates, phone.personal) == (True, False)
    assert "must be true or false" in only_fault(small("fan: none", "separates: 1"))


def test_reads_every_section() -> None:
    catalog = parse_catalog(SMALL, "catalog.yaml")
    assert catalog.identifiers["phone"] == IdentifierType(
        "phone", "phone", 2, 3, None, "phone", (*DEFAULT_BLOCKED, "123")
    )
    assert catalog.traits["points"] == TraitType(
        "points", "int", "public", "oldest", minimum=0, maximum=10
    )
    assert catalog.traits["phone"].survivorship == "latest"
    assert catalog.events["bought"].properties["amount"].tag == "financial"
    assert catalog.sources["norway"].region == "NO"
    assert catalog.purposes["service"].description == "Serving"
    assert catalog.segments["buyers"].condition == {"event": "bought"}


def test_a_list_of_blocked_values_replaces_the_default() -> None:
    catalog = parse_catalog('blocked: ["x"]\n' + SMALL, "catalog.yaml")
    assert catalog.identifiers["phone"].blocked == ("x", "123")


def test_every_fault_is_told_at_once_in_the_order_of_lines() -> None:
    text = small("normalizer: phone", "normalizer: fone").replace("type: int", "type: integer")
    first, second = faults(text)
    assert first == (
        "catalog.yaml:3 identifiers.phone.normalizer: "
        "unknown normalizer 'fone', did you mean 'phone'?"
    )
    assert second == (
        "catalog.yaml:6 traits.points.type: unknown type 'integer', did you mean 'int'?"
    )


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "type: string,",
            "type: strng,",
            "5 traits.phone.type: unknown type 'strng', did you mean 'string'?",
        ),
        (
            "identifier: phone",
            "identifier: fax",
            "5 traits.phone.identifier: unknown identifier 'fax'; known: phone",
        ),
        ("type: string, tag: phone", "type: string", "5 traits.phone: 'tag' is missing"),
        (
            "type: string, tag: phone",
            "type: string, tag: a b",
            "5 traits.phone.tag: 'a b' is not a tag: letters, digits, '_', '-' and '/' only",
        ),
        (
            "tag: phone, identifier",
            "tagg: phone, tag: phone, identifier",
            "5 traits.phone.tagg: unknown field 'tagg', did you mean 'tag'?",
        ),
        ("  points:", "  Points:", "6 traits.Points: 'Points' is not a name: use lowerCamelCase"),
        (
            "  points:",
            "  __points:",
            "6 traits.__points: '__points' is not a name: use lowerCamelCase",
        ),
        ("  points:", "  not:", "6 traits.not: 'not' is reserved"),
        ("  points:", "  phone:", "6 traits.phone: 'phone' is given twice (first on line 5)"),
        ("minimum: 0", "minimum: 11", "6 traits.points.minimum: 'minimum' is above 'maximum'"),
        (
            "type: int, tag: public, survivorship: oldest, minimum: 0, maximum: 10",
            "type: date, tag: public, minimum: 1990-02-30",
            "6 traits.points.minimum: expected a date as YYYY-MM-DD",
        ),
        (
            "type: int, tag: public, survivorship: oldest, minimum: 0, maximum: 10",
            "type: date, tag: public, minimum: 1990-02-02, maximum: 1990-02-01",
            "6 traits.points.minimum: 'minimum' is above 'maximum'",
        ),
        (
            "type: int, tag: public, survivorship: oldest, minimum: 0, maximum: 10",
            "type: string, tag: public, longest: 0",
            "6 traits.points.longest: must be at least 1",
        ),
        (
            "minimum: 0",
            "longest: 3",
            "6 traits.points.longest: 'longest' needs type string or strings, not 'int'",
        ),
        (
            "minimum: 0",
            "pattern: a",
            "6 traits.points.pattern: 'pattern' needs type string or strings, not 'int'",
        ),
        (
            "oldest",
            "union",
            "6 traits.points.survivorship: 'union' needs type 'strings', this is 'int'",
        ),
        (
            "tier: 2",
            "tier: strong",
            "3 identifiers.phone.tier: expected a whole number, found text",
        ),
        ("tier: 2", "tier: -1", "3 identifiers.phone.tier: must be at least 0"),
        ("tier: 2, ", "", "3 identifiers.phone: 'tier' is missing"),
        ('"123"', '"1(23"', "3 identifiers.phone.blocked[0]: not a regular expression"),
        (
            "  bought:\n",
            "  customer:\n",
            "8 events.customer: 'customer' is reserved: its type would be Customer",
        ),
        ("      amount:", "      name:", "10 events.bought.properties.name: 'name' is reserved"),
        ("region: NO", "region: Norway", "12 sources.norway.region: 'Norway' is not a region"),
        ("  norway:", "  nor/way:", "12 sources.nor/way: 'nor/way' is not a name"),
        ("sources:", "source:", "11 source: unknown field 'source', did you mean 'sources'?"),
    ],
)
def test_a_fault_names_its_line_its_path_and_the_nearest_name(
    old: str, new: str, fault: str
) -> None:
    assert f"catalog.yaml:{fault}" in "\n".join(faults(small(old, new)))


def test_names_that_graphql_cannot_tell_apart_collide() -> None:
    text = small("  points:", "  nationalID: {type: int, tag: name}\n  nationalId:")
    assert "'nationalId' and 'nationalID' are the same name in GraphQL" in only_fault(text)


def test_two_purposes_are_two_fields() -> None:
    text = small("purposes:", "purposes:\n  our-ads: {}\n  our_ads: {}")
    assert "'our_ads' and 'our-ads' are the same name in GraphQL" in only_fault(text)


def test_two_segments_are_two_fields() -> None:
    of = "{condition: {trait: points, op: exists}}"
    text = small("segments:", f"segments:\n  top_10: {of}\n  top10: {of}")
    assert "'top10' and 'top_10' are the same name in GraphQL" in only_fault(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "catalog.yaml:1: the file is empty"),
        ("a: [}", "catalog.yaml:1: not valid YAML"),
        ("a: 1\nb: *x", "catalog.yaml:2: not valid YAML"),
        ("- 1", "catalog.yaml:1: expected a mapping, found a list"),
        ("sources: 3", "catalog.yaml:1 sources: expected a mapping, found a number"),
    ],
)
def test_what_is_no_catalog_at_all(text: str, fault: str) -> None:
    assert "\n".join(faults(text)).startswith(fault)


def test_a_file_that_cannot_be_read_is_a_catalog_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"catalog.yaml:1: No such file"):
        load_catalog(tmp_path / "catalog.yaml")
    (tmp_path / "catalog.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CatalogError, match="is not UTF-8"):
        load_catalog(tmp_path / "catalog.yaml")


def test_the_digest_is_of_what_is_said_not_how_it_is_written() -> None:
    def digest(text: str) -> str:
        return parse_catalog(text, "catalog.yaml").digest

    reordered = SMALL.replace("type: string, tag: phone", "tag: phone, type: string")
    assert digest("# note\n" + reordered) == digest(SMALL)
    assert digest(small("priority: 0", "priority: 1")) != digest(SMALL)
    assert digest(
        small("condition: {event: bought}", "condition: {not: {event: bought}}")
    ) != digest(SMALL)


def test_the_default_catalog_is_copied_once(tmp_path: Path) -> None:
    path = copy_default_catalog(tmp_path)
    path.write_text(SMALL)
    assert copy_default_catalog(tmp_path) == path
    assert isinstance(load_catalog(path), Catalog)
    assert "norway" in load_catalog(path).sources


def test_reading_leaves_nothing_in_circles() -> None:
    parse_catalog(SMALL, "catalog.yaml")
    gc.collect()
    gc.disable()
    try:
        parse_catalog(SMALL, "catalog.yaml")
        assert gc.collect() == 0
    finally:
        gc.enable()
