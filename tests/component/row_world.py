"""A whole instance in this process whose policy says whom each role is told of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
from c360_gateway.auth.attributes import read_attributes
from c360_gateway.auth.issuers import local_key, mint
from c360_gateway.bootstrap import Subgraphs, build
from c360_gateway.settings import GatewaySettings
from c360_kernel.catalog.loader import default_catalog_text
from c360_policy.store.shipped import POLICY_FILE, ROWS_FILE, copy_default_policy, policy_text

from c360_cli.assembly import assemble
from tests.server_sent_events import listened

MARKED = """traits:
  owner: {type: string, tag: public, survivorship: latest, rowRule: true}
  team: {type: string, tag: public, survivorship: latest, rowRule: true}
"""
SELLERS = "g, sales, privacy_officer\ng, lead, privacy_officer\ng, nobody, privacy_officer\n"
ROWS = """rows:
  sales: {trait: owner, op: equals, value: $sub}
  lead: {trait: team, op: in, value: $team}
  nobody: none
"""
_UPSERT = """mutation($items: [RecordInput!]!) {
  upsertRecords(records: $items) { refused results { code path } } }"""
_CONSENT = """mutation($items: [ConsentInput!]!) {
  recordConsent(consents: $items) { refused results { code path } } }"""


class RowWorld:
    """The instance; `ask` speaks for whoever the arguments say."""

    def __init__(
        self, data: Path, rows: str = ROWS, policy: str = SELLERS, catalog: str = ""
    ) -> None:
        data.mkdir(parents=True, exist_ok=True)
        marked = catalog or default_catalog_text().replace("traits:\n", MARKED, 1)
        (data / "catalog.yaml").write_text(marked)
        copy_default_policy(data / "policy")
        text = policy_text(data / "policy") + policy
        (data / "policy" / POLICY_FILE).write_text(text)
        (data / "policy" / ROWS_FILE).write_text(rows)
        instance = assemble(data)
        self.settings = GatewaySettings(data=data)
        self.log = instance.open_log()
        self.graphs = {one.name: one.open_graph() for one in instance.services}
        self.workers = {
            one.name: one.worker(self.log, one.open_store()) for one in instance.services
        }
        key = instance.directory.key("instance")
        local = Subgraphs(local=self.graphs)
        self.gateway = build(self.settings, instance.catalog, self.log, local, key)

    async def start(self, *records: Mapping[str, Any]) -> None:
        """Compose, and take these records."""
        await self.gateway.supergraph_source.start()
        await self.write(records)

    async def write(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Take records, and handle everything."""
        await self._take(_UPSERT, records)

    async def consent(self, consents: Sequence[Mapping[str, Any]]) -> None:
        """Take answers to consents, and handle everything."""
        await self._take(_CONSENT, consents)

    async def _take(self, mutation: str, items: Sequence[Mapping[str, Any]]) -> None:
        answer = await self.ask(mutation, "connector", items=list(items))
        (result,) = answer["data"].values()
        assert not result["refused"], result
        await self.settle()

    async def settle(self, *names: str) -> None:
        """Let these services, or all, handle what there is."""
        for _ in range(3):
            for name in names or self.workers:
                await self.workers[name].step(0.01)

    async def ask(
        self,
        query: str,
        *roles: str,
        sub: str = "ann",
        attributes: Sequence[str] = (),
        purpose: str = "service",
        **variables: object,
    ) -> Any:
        """The answer."""
        key = local_key(self.settings.issuer_key_file)
        token = mint(key, sub, roles, purpose, ["*"], attributes=read_attributes(attributes))
        transport = httpx.ASGITransport(self.gateway.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            body = {"query": query, "variables": variables}
            headers = {"authorization": f"Bearer {token}"}
            return (await client.post("/graphql", json=body, headers=headers, timeout=30)).json()

    async def listen(self, query: str, role: str, sub: str, seconds: float) -> list[Any]:
        """The events that a subscription sends in so many seconds."""
        token = mint(local_key(self.settings.issuer_key_file), sub, [role], "service", ["*"])
        lines = (await listened(self.gateway.app, query, token, seconds)).splitlines()
        shown_lines = (line.removeprefix("data:").strip() for line in lines if "data:" in line)
        return [json.loads(line) for line in shown_lines if line]

    async def close(self) -> None:
        """Let the log go."""
        await self.log.close()


def record(key: str, **traits: object) -> dict[str, Any]:
    """A record of the CRM with an e-mail address of its own."""
    email = {"type": "EMAIL", "value": f"{key}@example.com"}
    trait_values = {name: value for name, value in traits.items() if value is not None}
    return {
        "source": "crm",
        "key": key,
        "revision": 1,
        "traits": trait_values,
        "identifiers": [email],
    }
