"""Examples of connectors against sources that behave as their vendors document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from c360_connectors.form import Connector

from tests.component.connectors.pulled import HubSpot, Kingdee, Salesforce, Shopify, Source, Yonyou
from tests.component.connectors.source import Died, Taken, example, ran, serving, settings


@dataclass(frozen=True)
class Case:
    name: str
    host: str
    source: Callable[[], Source]
    key: Callable[[int], str]
    audited_only: bool = False
    again: int = 0


CASES = [
    Case("kingdee-customers", "erp.example.com", Kingdee, "CUST{:04}".format, audited_only=True),
    Case("salesforce-contacts", "example.my.salesforce.com", Salesforce, "003xx000004{:07}".format),
    Case("hubspot-contacts", "api.hubapi.com", HubSpot, lambda n: str(5_000 + n)),
    Case("yonyou-customers", "api.yonyouup.com", Yonyou, "{:04}".format),
    Case("shopify-customers", "example.myshopify.com", Shopify, lambda n: str(706_405_506 + n)),
]
SECRETS = {
    "app_secret": "s3cret", "client_id": "me", "client_secret": "s3cret", "token": "s3cret",
    "app_key": "key", "account": "acme",
}  # fmt: skip


def small_pages(connector: Connector) -> Connector:
    """The same with pages of ten, where the connector says how large they are."""
    if hasattr(connector.pull.pages, "limit") and connector.pull.pages.limit:
        object.__setattr__(connector.pull.pages, "limit", 10)
    return connector


def keys(case: Case, source: Source) -> set[str]:
    return {
        case.key(one.number) for one in source.people if one.is_audited or not case.audited_only
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_all_is_taken_once_and_then_only_what_is_new(case: Case, tmp_path: Path) -> None:
    source, taken, chosen = case.source(), Taken(), settings(tmp_path, **SECRETS)
    with serving(source) as url:
        connector = small_pages(example(case.name, case.host, url))
        state = await ran(connector, chosen, taken)
        assert (state.code, state.walk) == ("", None)
        found = [item["key"] for item in taken.of("records")]
        assert sorted(found) == sorted(keys(case, source))
        again = Taken()
        assert (await ran(connector, chosen, again)).code == ""
        assert len(again.of("records")) < len(found)
        source.count += 20
        more = Taken()
        assert (await ran(connector, chosen, more)).code == ""
        new = keys(case, source) - set(found)
        assert new <= {item["key"] for item in more.of("records")}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_an_end_after_each_page_loses_nothing_and_asks_one_page_twice(
    case: Case, tmp_path: Path
) -> None:
    """A process that dies between the log's answer and the keeping of the page."""
    source, chosen, items = case.source(), settings(tmp_path, **SECRETS), list[object]()
    ends = 0
    with serving(source) as url:
        connector = small_pages(example(case.name, case.host, url))
        is_over = False
        while not is_over:
            taken = Taken(dies_at=len(connector.mappings) + 1)
            try:
                is_over = (await ran(connector, chosen, taken)).walk is None
            except Died:
                ends += 1
            items += [item["key"] for item in taken.of("records")]
    assert ends > 2
    assert set(items) == keys(case, source)
    assert len(source.pages) <= 2 * len(set(source.pages))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_who_is_not_let_in_asks_no_more_and_keeps_its_place(
    case: Case, tmp_path: Path
) -> None:
    source, chosen = case.source(), settings(tmp_path, **dict.fromkeys(SECRETS, "wrong"))
    with serving(source) as url:
        state = await ran(example(case.name, case.host, url), chosen, Taken())
    assert state.code == "CONNECTOR_UNAUTHORIZED"
    assert state.is_stopped
    assert state.cursor is None
    assert source.calls <= 2
    assert "wrong" not in state.message


async def test_items_say_what_their_rows_did(tmp_path: Path) -> None:
    items = {}
    for case in CASES:
        taken, source = Taken(), case.source()
        source.count = 2
        with serving(source) as url:
            await ran(example(case.name, case.host, url), settings(tmp_path, **SECRETS), taken)
        items[case.name] = taken.items[-2:]
    assert items["kingdee-customers"] == [
        {"kind": "records", "source": "erp", "key": "CUST0001",
         "observedAt": "2024-11-01T00:00:00.120Z",
         "identifiers": [{"type": "phone", "value": "+8657188880001"}],
         "traits": {"company": "示例1"}},
    ]  # fmt: skip
    gone, there = items["salesforce-contacts"]
    assert gone == {
        "kind": "records", "source": "crm", "key": "003xx0000040000000", "deleted": True,
        "observedAt": "2024-11-01T00:00:00.000Z",
    }  # fmt: skip
    assert there["identifiers"] == [
        {"type": "crm_id", "value": "003xx0000040000001"},
        {"type": "email", "value": "ada1@example.com"},
    ]
    assert items["hubspot-contacts"][1]["traits"] == {"firstName": "Ada", "lastName": "1"}
    assert items["yonyou-customers"][1]["observedAt"] == "2024-10-31T16:00:00.000Z"
    assert items["shopify-customers"] == [
        {"kind": "consents", "source": "web", "key": str(706_405_506 + n), "purpose": "marketing",
         "status": status, "at": "2024-11-01T00:00:00.000Z", "channel": "email"}
        for n, status in enumerate(["withdrawn", "granted"])
    ]  # fmt: skip
