"""The example mappings agree with the default catalog, and with files of the shape they are for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.catalog.values import check_identifiers, check_properties, check_traits
from c360_mapping.items import Item, ItemMaker
from c360_mapping.mapping import EVENTS, read_mapping
from c360_mapping.row import Row

from c360_cli.imports.survey import surveyed

EXAMPLES = Path(__file__).parents[3] / "examples"
MAPPINGS = sorted((EXAMPLES / "mappings").glob("*.yaml"))
CATALOG = default_catalog()

SAMPLES = {
    "truthset": """
{"DATA_SOURCE": "CUSTOMERS", "RECORD_ID": "1", "FEATURES": [{"RECORD_TYPE": "PERSON"},
 {"NAME_LAST": "Roe", "NAME_FIRST": "Jo"}, {"DATE_OF_BIRTH": "20/8/1991"}, {"GENDER": "U"},
 {"ADDR_LINE1": "1 Elm St", "ADDR_CITY": "Reno", "ADDR_STATE": "NV", "ADDR_POSTAL_CODE": "89501"},
 {"PHONE_NUMBER": "702-555-0100"}, {"EMAIL_ADDRESS": "jo@example.com"},
 {"PASSPORT_NUMBER": "123", "PASSPORT_COUNTRY": "USA"}], "AMOUNT": "100", "DATE": "1/2/18",
 "STATUS": "Active"}
""".replace("\n ", " "),
    "historical": (
        "unique_id,cluster,full_name,first_and_surname,first_name,surname,dob,birth_place,"
        "postcode_fake,gender,occupation\n"
        "Q1-1,Q1,jane roe,jane roe,jane,roe,1853-11-50,leeds,ls1 1aa,female,painter\n"
    ),
    "cdnow": " customer_id  date number_of_cds  dollar_value\r\n 00002 19970112  5   77.00\r\n",
    "clickstream": (
        "user_id,session_id,event,timestamp,platform,acquisition_channel,user_cohort,"
        "user_lifecycle\n"
        "u1,s1,catalog,2024-03-13 10:21:14,desktop,email,2024-01,returning\n"
        "u1,s1,payment_details,2024-03-13 10:22:14,desktop,email,2024-01,returning\n"
        "u1,s1,support_chat,2024-03-13 10:23:14,desktop,email,2024-01,returning\n"
    ),
}


@pytest.mark.parametrize("mapping", MAPPINGS, ids=lambda file: file.stem)
def test_a_mapping_says_where_its_file_is_to_be_had(mapping: Path) -> None:
    """It lies here, or at an address: nobody has a file that is only named."""
    comment = "".join(line for line in mapping.open() if line.startswith("#"))
    assert f"--mapping examples/mappings/{mapping.name}" in comment
    named = re.findall(r"c360 import (\S+)", comment)
    assert named
    assert "https://" in comment or all((EXAMPLES.parent / one).exists() for one in named)


def made(file: Path, mapping: Path) -> Iterable[Item]:
    read = read_mapping(mapping)
    maker = ItemMaker(read, "crm", 0)
    with surveyed(file, read) as source:
        for row in source.rows:
            assert isinstance(row, Row)
            item = maker.make(row, maker.identify(row))
            assert item is not None
            yield item


def sample(tmp_path: Path, name: str) -> list[Item]:
    file = tmp_path / name
    file.write_text(SAMPLES[name])
    return list(made(file, EXAMPLES / "mappings" / f"{name}.yaml"))


def problems(item: Item) -> list[str]:
    pairs = [(pair["type"], pair["value"]) for pair in item.get("identifiers", [])]
    checked = (
        check_properties(CATALOG, item["name"], item["properties"])
        if "properties" in item
        else check_traits(CATALOG, item["traits"])
    )
    return [problem.message for problem in check_identifiers(CATALOG, pairs).problems] + [
        problem.message for problem in checked.problems
    ]


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_mappings_name_what_the_catalog_has(path: Path) -> None:
    mapping = read_mapping(path)
    assert mapping.identifiers.keys() <= CATALOG.identifiers.keys()
    if mapping.kind is EVENTS:
        known = {name for event in CATALOG.events.values() for name in event.properties}
        assert mapping.contents.keys() <= known
    else:
        assert mapping.contents.keys() <= CATALOG.traits.keys()


@pytest.mark.parametrize("name", SAMPLES)
def test_items_pass_the_catalogs_checks(tmp_path: Path, name: str) -> None:
    items = sample(tmp_path, name)
    assert items
    assert [problems(item) for item in items] == [[]] * len(items)


def test_a_truth_set_record(tmp_path: Path) -> None:
    (item,) = sample(tmp_path, "truthset")
    assert item["identifiers"] == [
        {"type": "phone", "value": "702-555-0100"},
        {"type": "email", "value": "jo@example.com"},
        {"type": "passport", "value": "US:123"},
    ]
    traits = item["traits"]
    assert (traits["name"], traits["birthDate"]) == ("Jo Roe", "1991-08-20")
    assert "gender" not in traits


def test_a_historical_record_keeps_what_it_has_without_an_impossible_date(tmp_path: Path) -> None:
    (item,) = sample(tmp_path, "historical")
    assert item["key"] == "Q1-1"
    assert "birthDate" not in item["traits"]
    assert item["traits"]["occupation"] == "painter"


def test_a_purchase(tmp_path: Path) -> None:
    (item,) = sample(tmp_path, "cdnow")
    assert item["key"] == "00002"
    assert item["occurredAt"] == "1997-01-12T00:00:00.000Z"
    assert item["properties"] == {"amount": 77.0, "quantity": 5, "currency": "USD"}


def test_clicks_become_events_of_the_catalog(tmp_path: Path) -> None:
    found = [(item["name"], item["properties"]) for item in sample(tmp_path, "clickstream")]
    session = {"sessionId": "s1", "platform": "desktop"}
    assert found == [
        ("page_viewed", {**session, "page": "catalog"}),
        ("checkout_started", {**session, "step": "payment_details"}),
        ("support_ticket_opened", {"channel": "chat"}),
    ]


def test_the_contacts_are_whole() -> None:
    items = list(made(EXAMPLES / "data" / "contacts.csv", EXAMPLES / "mappings" / "contacts.yaml"))
    assert len(items) == 20
    assert [problems(item) for item in items] == [[]] * 20
    assert items[0]["observedAt"] == "2026-09-02T02:15:00.000Z"
    assert items[0]["traits"]["totalSpend"] == 12480.5
    assert items[-1]["traits"]["interests"] == ["tulips", '"old" maps']
    phones = [pair["value"] for pair in items[2]["identifiers"] if pair["type"] == "phone"]
    assert phones == ["139-0000-1003", "021 5555 0103"]
