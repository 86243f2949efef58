"""What a link says of a person is shown by that person's consent, whoever was asked about."""

from __future__ import annotations

from pathlib import Path

from tests.component.row_world import SELLERS, RowWorld, record
from tests.component.test_accounts import ACCOUNTS, LINKS, account, link, write

ROWS = """consent:
  - {object: AccountLink.title, purposes: [marketing], roles: [sales]}
"""
MEMBERS = "members { title person { profile { name } } }"
OF_ALL = f"{{ accounts(first: 50) {{ edges {{ node {{ {MEMBERS} }} }} }} }}"
OF_ONE = f"""{{ customerByRecord(source: "crm", key: "yes") {{
  accounts {{ title account {{ {MEMBERS} }} }} }} }}"""


async def test_a_title_is_shown_of_those_alone_who_consent(tmp_path: Path) -> None:
    world = RowWorld(tmp_path, ROWS, SELLERS)
    await world.start(record("yes", name="yes"), record("no", name="no"))
    common = {"source": "crm", "purpose": "marketing", "at": "2026-01-01T00:00:00Z"}
    await world.consent(
        [
            {**common, "key": "yes", "status": "GRANTED"},
            {**common, "key": "no", "status": "DENIED"},
        ]
    )
    await write(world, ACCOUNTS, account("crm", "a1", {}, name="ACME"))
    await write(world, LINKS, *(link(one, "a1", title=f"the {one}") for one in ("yes", "no")))
    everybody = await world.ask(OF_ALL, "sales", purpose="marketing")
    (edge,) = everybody["data"]["accounts"]["edges"]
    around = await world.ask(OF_ONE, "sales", purpose="marketing")
    (held,) = around["data"]["customerByRecord"]["accounts"]
    assert held["title"] == "the yes"
    for members in (edge["node"]["members"], held["account"]["members"]):
        titles = {one["person"]["profile"]["name"]: one["title"] for one in members}
        assert titles == {"yes": "the yes", "no": None}
    await world.close()
