"""A whole instance in this process, full of canaries, whose every output can be read."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from c360_gateway.auth.issuers import local_key, mint
from c360_gateway.bootstrap import Subgraphs, build
from c360_gateway.settings import GatewaySettings
from c360_kernel.catalog.loader import default_catalog_text
from c360_kernel.log.topics import AUDIT
from c360_kernel.otlp import OtlpTracer
from c360_policy.rule import Act
from c360_policy.store.shipped import POLICY_FILE, ROWS_FILE, copy_default_policy, policy_text
from c360_policy.trying.deciding import answer_of
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from c360_cli.assembly import assemble
from tests.canary.planting import Planter
from tests.server_sent_events import listened

_UPSERT = """mutation($items: [RecordInput!]!) {
  upsertRecords(records: $items) { refused results { status code path } } }"""
_TRACK = """mutation($items: [EventInput!]!) {
  trackEvents(events: $items) { refused results { status code path } } }"""
_CONSENT = """mutation($items: [ConsentInput!]!) {
  recordConsent(consents: $items) { refused results { status code path } } }"""
_CURSOR = re.compile(r'ursor": ?"([^"]+)"')
_MOST_CURSORS = 400


_RESTRICTED = """
g, sealed, privacy_officer
g, asker, privacy_officer
g, seller, privacy_officer
g, taker, privacy_officer
p, taker, tag:phone, export, , deny, *, , , taker-phone
p, taker, tag:name, export, , deny, *, , , taker-name
p, taker, tag:national_id, export, , deny, *, , , taker-national-id
"""
_MARKED = "traits:\n  owner: {type: string, tag: public, survivorship: latest, rowRule: true}\n"
SELLER = "ann"
_WHOLE = ("allow", "mask:redact_text")
"""What shows a canary whole: no phone number and no address is in it to be taken out."""
_ROWS = """rows:
  sealed: none
  seller: {trait: owner, op: equals, value: $sub}
consent:
  - {object: "tag:name", roles: [asker]}
  - {object: "tag:phone", roles: [asker]}
  - {object: "tag:email", roles: [asker]}
  - {object: "tag:national_id", roles: [asker]}
  - {object: "tag:behaviour", roles: [asker]}
"""


def restrict(policy: Path) -> None:
    """The policy that ships, with roles that see nobody, own customers, who consents, in part.

    Without smallest groups: the few customers here are one, and whom they are told of is sought.
    """
    copy_default_policy(policy)
    (policy / POLICY_FILE).write_text(policy_text(policy) + _RESTRICTED)
    (policy / ROWS_FILE).write_text(_ROWS)


class Canaries(logging.Handler):
    """The instance, its canaries, and what it has said beside its answers."""

    def __init__(self, data: Path, seed: int) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []
        self._level = logging.WARNING
        self.cursors: list[str] = []
        self.ids: list[str] = []
        data.mkdir(parents=True, exist_ok=True)
        marked = default_catalog_text().replace("traits:\n", _MARKED, 1)
        (data / "catalog.yaml").write_text(marked)
        restrict(data / "policy")
        instance = assemble(data)
        self.catalog = instance.catalog
        self.planter = Planter(instance.catalog, seed)
        self.settings = GatewaySettings(data=data)
        self.spans = InMemorySpanExporter()
        self.tracer = OtlpTracer("canary", "", 1.0, self.spans)
        self.log = instance.open_log()
        graphs = {one.name: one.open_graph() for one in instance.services}
        self._workers = [
            one.worker(self.log, one.open_store(), self.tracer) for one in instance.services
        ]
        local, key = Subgraphs(local=graphs), instance.directory.key("instance")
        self.gateway = build(self.settings, instance.catalog, self.log, local, key, self.tracer)
        self._tokens: dict[tuple[str, ...], str] = {}
        self._records: list[dict[str, Any]] = []

    async def start(self) -> None:
        """Compose, plant everything, and find the customers' ids."""
        root = logging.getLogger()
        root.addHandler(self)
        self._level = root.level
        root.setLevel(logging.DEBUG)
        await self.gateway.supergraph_source.start()
        self._records = list(self.planter.records())
        for record in self._records:
            await self.write(_UPSERT, [record])
            await self.write(_TRACK, list(self.planter.events(record)))
            consent = {"purpose": "marketing", "status": "granted", "at": "2026-01-01T00:00:00Z"}
            owner = {name: record[name] for name in ("source", "key")}
            await self.write(_CONSENT, [{**owner, **consent}])
        await self.settle()
        found = await self.ask("{ customers { edges { node { id } } } }", ("privacy_officer",))
        self.ids = re.findall(r'"id": ?"([^"]+)"', found)

    async def write(self, mutation: str, items: Sequence[Mapping[str, Any]]) -> None:
        """Write as a connector; everything is taken."""
        report = json.loads(await self.ask(mutation, ("connector",), {"items": items}))
        (result,) = report["data"].values()
        assert not result["refused"], result

    async def settle(self) -> None:
        """Let every service handle what there is."""
        for _ in range(4):
            for worker in self._workers:
                await worker.step(0.01)

    async def ask(
        self,
        query: str,
        roles: tuple[str, ...],
        variables: Mapping[str, Any] | None = None,
        accept: str = "application/json",
        **more: object,
    ) -> str:
        """The whole text of an answer."""
        headers = {"authorization": f"Bearer {self.token(roles)}", "accept": accept}
        transport = httpx.ASGITransport(self.gateway.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            body = {"query": query, "variables": variables, **more}
            text = (await client.post("/graphql", json=body, headers=headers, timeout=30)).text
        self.cursors = [*self.cursors, *_CURSOR.findall(text)][-_MOST_CURSORS:]
        return text

    async def listen(self, roles: tuple[str, ...], query: str, seconds: float = 2.0) -> str:
        """What a subscription sends in so many seconds, as server-sent events."""
        return await listened(self.gateway.app, query, self.token(roles), seconds)

    async def change(self) -> None:
        """Let every customer's profile and memberships change, and change back."""
        for revision, tier in ((2, "silver"), (3, "gold")):
            for record in self._records:
                again = {**record, "revision": revision}
                if record["traits"]:
                    again["traits"] = {**record["traits"], "loyaltyTier": tier}
                    await self.write(_UPSERT, [again])
            await self.settle()

    def token(self, roles: tuple[str, ...]) -> str:
        """A token of these roles."""
        if roles not in self._tokens:
            key = local_key(self.settings.issuer_key_file)
            self._tokens[roles] = mint(key, SELLER, roles, "service", ["*"])
        return self._tokens[roles]

    def forbidden(self, roles: tuple[str, ...]) -> set[str]:
        """Traces that policy lets these roles see nowhere whole."""
        return self._kept_from(roles, "read")

    def not_exported(self, roles: tuple[str, ...]) -> set[str]:
        """Traces that policy lets these roles take out nowhere whole."""
        return self._kept_from(roles, "export")

    def _kept_from(self, roles: tuple[str, ...], act: Act) -> set[str]:
        assert self.gateway.pipeline.graph is not None
        policy = self.gateway.pipeline.graph.tables.of(roles, "service")
        if policy.row_policy.rules == ("none",):
            return {one.trace for one in self.planter.canaries}
        # Nobody consents to this purpose.
        hidden, decide = policy.row_policy.consented, partial(answer_of, policy.table, act)
        is_seller = "seller" in roles
        return {
            one.trace
            for one in self.planter.canaries
            if (is_seller and one.owner != SELLER)
            or all(held in hidden or str(decide(held)) not in _WHOLE for held in one.coordinates)
        }

    async def beside(self) -> Mapping[str, str]:
        """What operators see: logs, metrics, spans, and the rows of the audit."""
        transport = httpx.ASGITransport(self.gateway.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            metrics = (await client.get("/metrics")).text
        self.tracer.close()
        spans = "\n".join(span.to_json() for span in self.spans.get_finished_spans())
        rows: list[str] = []
        for partition, end in (await self.log.ends([AUDIT])).items():
            rows += [repr(one) for one in await self.log.read(partition, 0, end)]
        return {
            "logs": "\n".join(self.said),
            "metrics": metrics,
            "spans": spans,
            "audit": "\n".join(rows),
        }

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a log line, with what it was made of."""
        self.said.append(f"{record.getMessage()} {record.args!r} {record.exc_text or ''}")

    async def stop(self) -> None:
        """Close the log, and say no more."""
        root = logging.getLogger()
        root.removeHandler(self)
        root.setLevel(self._level)
        await self.log.close()
