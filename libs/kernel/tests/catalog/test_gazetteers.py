"""Gazetteers: lists of standard forms in the catalog, and what is wrong with one, by its line."""

import pytest
from c360_kernel.catalog.document import CatalogError
from c360_kernel.catalog.loader import parse_catalog
from hypothesis import given
from hypothesis import strategies as st

TEXT = """\
sources: {crm: {priority: 0}}
gazetteers:
  cities: |
    city,province,country,synonyms
    北京,北京,CN,Beijing|Peking|北京市
    杭州,浙江,CN,Hangzhou
    "Frankfurt, Main",Hessen,DE,FFM

    朝阳,北京,CN,
    朝阳,辽宁,CN,Chaoyang
  streets: |
    word,synonyms
    Street,St|Str.
    Road,Rd
traits:
  city: {type: string, tag: city, gazetteer: cities}
  birthPlace: {type: string, tag: city, gazetteer: cities, synonyms: {Peking: [北京]}}
  state: {type: string, tag: city, gazetteer: cities.province}
  places: {type: strings, tag: city, gazetteer: cities, survivorship: union}
  address: {type: string, tag: address, words: streets, synonyms: {none: [No St]}}
"""
CATALOG = parse_catalog(TEXT, "test")


@pytest.mark.parametrize(
    ("trait", "written", "standard"),
    [
        ("city", "Peking", "北京"),
        ("city", "BEIJING", "北京"),
        ("city", "北京市", "北京"),
        ("city", "ffm", "Frankfurt, Main"),
        ("city", "chaoyang", "朝阳"),
        ("city", "Ulm", "Ulm"),
        # What the trait says itself goes before what it shares.
        ("birthPlace", "北京", "Peking"),
        ("birthPlace", "Peking", "Peking"),
        ("birthPlace", "BEIJING", "Peking"),
        ("birthPlace", "Hangzhou", "杭州"),
        ("state", "HESSEN", "Hessen"),
        ("state", "Hangzhou", "Hangzhou"),
        ("places", ("FFM", "Ulm"), ("Frankfurt, Main", "Ulm")),
        ("address", "12 Main St.", "12 Main Street"),
        ("address", "12 MAIN STR., RD 5", "12 MAIN Street, Road 5"),
        ("address", "Strand 5Rd", "Strand 5Rd"),
        ("address", "no st", "none"),
    ],
)
def test_a_value_has_the_form_of_the_list(trait, written, standard):
    assert CATALOG.traits[trait].canonical(written) == standard


@given(st.lists(st.sampled_from(["St", "St.", "street", "Rd", "Ulm", "5", ",", " "])))
def test_a_standard_form_is_its_own(parts):
    address = CATALOG.traits["address"]
    once = address.canonical("".join(parts))
    assert address.canonical(once) == once


def test_another_row_is_another_catalog():
    assert parse_catalog(TEXT.replace("FFM", "FRA"), "test").digest != CATALOG.digest


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("CN,Hangzhou", "CN,Peking", "test:6 gazetteers.cities: a spelling stands for one value"),
        ("杭州,浙江,CN,", ",浙江,CN,", "test:6 gazetteers.cities: a spelling stands for one value"),
        ("CN,Hangzhou", "CN", "test:6 gazetteers.cities: expected 4 cells, found 3"),
        ('Main",', 'Main"x,', "test:7 gazetteers.cities: not CSV"),
        ("city,province", "city,city", "test:4 gazetteers.cities: a column is named twice"),
        ("city,province", "City,province", "test:4 gazetteers.cities: the first row names"),
        ("word,synonyms", "synonyms,word", "test:12 gazetteers.streets: the first column has"),
        ("cities: |", "cities: []\n  old: |", "test:3 gazetteers.cities: expected text"),
        ("cities.province", "cities.provnce", "did you mean 'province'?"),
        ("words: streets", "words: street", "did you mean 'streets'?"),
        ("words: streets", "words: cities", "is no word"),
        ("Street,St|Str.", "Street,St|Str.|Road", "a spelling stands for one value"),
        ("Road,Rd", "St Road,Rd", "'St Road' has words that stand for others"),
        ("type: strings", "type: int", "'gazetteer' needs type string or strings"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(before, after, problem):
    with pytest.raises(CatalogError) as error:
        parse_catalog(TEXT.replace(before, after, 1), "test")
    assert problem in str(error.value)


@pytest.mark.parametrize("text", ["''", "'name,synonyms'", "{a: b}"])
def test_a_list_without_rows_is_none(text):
    with pytest.raises(CatalogError):
        parse_catalog(f"sources: {{crm: {{priority: 0}}}}\ngazetteers: {{cities: {text}}}", "test")
