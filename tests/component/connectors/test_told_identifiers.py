"""Identifiers that join nobody, of a connector's runs: by type, and why, over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from c360_connect.files import StateFile
from c360_connect.running import Runner
from c360_connectors.pulling.ports import Outcome
from c360_connectors.reading.connector import parse_connector
from c360_kernel.log.memory import MemoryLog
from c360_mapping.items import Item
from c360_mapping.mapping import Kind

from c360_cli.commands.connect import _as_json, _line
from tests.component.connectors.source import Taken, Told, serving, settings

TEXT = """\
connector: crm
source: crm
pull: {request: {url: "URL/people"}, rows: {path: people}}
mapping:
  kind: records
  key: id
  observedAt: at
  identifiers: {email: mail}
  skip_if_empty: id
"""
AT = "2024-11-28T00:57:28Z"
PEOPLE = [
    {"id": "1", "at": AT, "mail": "nobody", "phone": "139"},
    {"id": "2", "at": AT, "mail": "b@example.com", "contact": {"Phone": "137"}},
    {"id": None, "at": AT, "phone": "136"},
]


class Warned(Taken):
    """An address without its sign is warned of, as the gateway does."""

    async def take(self, kind: Kind, items: Sequence[Item]) -> Sequence[Outcome]:
        await super().take(kind, items)
        malformed = (("IDENTIFIER_MALFORMED", "email"),)
        return [
            Outcome("ACCEPTED", warnings=malformed if "nobody" in str(item) else ())
            for item in items
        ]


async def test_malformed_and_unmapped_ones_are_told_by_type_over_all_runs(tmp_path: Path) -> None:
    chosen, taken = settings(tmp_path), Warned()
    with serving(lambda _: Told({"people": PEOPLE})) as url:
        connector = parse_connector(TEXT.replace("URL", url), "crm")
        runner = Runner(chosen, MemoryLog, lambda _: taken, ("email", "phone"))
        for runs in (1, 2):
            (state,) = (await runner.once([connector])).values()
            assert state.identifiers == {"email malformed": runs, "phone unmapped": 2 * runs}
            assert state.counts["accepted"] == 2 * runs
    kept = StateFile(tmp_path, "crm").load()
    assert _as_json("crm", kept)["identifiers"] == kept.identifiers == state.identifiers
    assert _line("crm", kept).endswith("\n  phone unmapped: 4 identifiers join nobody")
