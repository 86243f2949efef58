"""Tags that a catalog may use, and what its parts are called in two languages."""

from __future__ import annotations

import pytest
from c360_kernel.catalog.classifications import DEFAULT_TAGS
from c360_kernel.catalog.document import CatalogError
from c360_kernel.catalog.loader import default_catalog, parse_catalog
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.titles import LANGUAGES, described, title_in
from hypothesis import given
from hypothesis import strategies as st

TRAIT = "traits:\n  x: {type: string, tag: %s}\nsources: {crm: {priority: 0}}\n"
IDENTIFIER = "identifiers:\n  x: {normalizer: token, tier: 1, tag: %s}\n" + TRAIT % "name"
PROPERTY = "events:\n  e: {properties: {x: {type: string, tag: %s}}}\n" + TRAIT % "name"
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)


def read(text: str) -> Catalog:
    return parse_catalog(text, "c.yaml")


def fault(text: str) -> str:
    with pytest.raises(CatalogError) as refused:
        read(text)
    return refused.value.message


def tags_used(catalog: Catalog) -> set[str]:
    used = {one.tag for one in (*catalog.traits.values(), *catalog.identifiers.values())}
    return used.union(one.tag for e in catalog.events.values() for one in e.properties.values())


@given(NAMES, st.sampled_from([TRAIT, IDENTIFIER, PROPERTY]))
def test_a_tag_is_known_or_listed_or_refused(name: str, form: str) -> None:
    if name in DEFAULT_TAGS:
        assert read(form % name)
    else:
        assert f"unknown tag '{name}'" in fault(form % name)
    assert read(f"classifications: {{{name}: {{}}}}\n" + form % name)


def test_a_misspelt_tag_is_told_with_its_place_and_the_nearest_one() -> None:
    assert fault(TRAIT % "phnoe") == (
        "c.yaml:2 traits.x.tag: unknown tag 'phnoe', did you mean 'phone'"
        " (your own are listed under 'classifications:')"
    )


def test_the_section_of_before_is_refused_with_the_name_that_it_has_now() -> None:
    assert (
        "tags.health: 'type' is missing (classifications stand under 'classifications:')"
        in fault("tags: {health: {}}\n" + TRAIT % "name")
    )


def test_what_is_no_name_of_a_tag_cannot_be_listed() -> None:
    assert "'a b' is not a tag" in fault("classifications: {a b: {}}\n" + TRAIT % "name")


def test_the_default_catalog_uses_every_tag_that_is_known_but_the_systems_own() -> None:
    assert DEFAULT_TAGS - tags_used(default_catalog()) == {
        "record_key", "quarantine", "identity_decision", "correction", "customer_tag",
        "account_link",
    }  # fmt: skip


def test_a_title_is_one_text_or_one_for_each_language() -> None:
    form = "{type: string, tag: name, title: %s}"
    lines = [f"  {name}: {form % title}" for name, title in TITLES.items()]
    traits = read("\n".join(["sources: {crm: {priority: 0}}", "traits:", *lines])).traits
    trait_values = {
        name: [title_in(one, traits[name].titles, name) for one in LANGUAGES] for name in TITLES
    }
    assert trait_values == {
        "one": ["Name", "Name"],
        "both": ["Name", "姓名"],
        "chinese": ["Chinese", "姓名"],
        "noneAtAll": ["None at all", "None at all"],
    }


TITLES = {
    "one": "Name",
    "both": "{en: Name, zh-Hans: 姓名}",
    "chinese": "{zh-Hans: 姓名}",
    "noneAtAll": "",
}


def test_an_unknown_language_is_refused() -> None:
    text = (TRAIT % "name").replace("tag: name", "tag: name, title: {zh-Hant: 姓名}")
    assert "unknown field 'zh-Hant', did you mean 'zh-Hans'?" in fault(text)


@pytest.mark.parametrize(
    ("titles", "description", "expected"),
    [
        ({}, "", ""),
        ({"en": "Name"}, "", "Name"),
        ({"zh-Hans": "姓名", "en": "Name"}, "as written", "Name / 姓名: as written"),
        ({}, "as written", "as written"),
    ],
)
def test_a_schema_says_both_titles(titles: dict[str, str], description: str, expected: str) -> None:
    assert described(titles, description) == expected
