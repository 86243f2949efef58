"""Somebody who may read and write, and takes nothing but whole answers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection
from typing import Any

from callers.instance import C360, Instance

_UPSERT = """mutation($records: [RecordInput!]!, $wait: Wait!) {
  upsertRecords(records: $records, wait: $wait, timeoutMs: 60000) { results { status } } }"""
_DECIDE = """mutation($items: [DecisionInput!]!) {
  decideIdentity(items: $items, wait: NONE) { results { status code } } }"""
_TIMEOUT_S = 120.0


class Caller:
    """A connection of its own for each call: an instance closes what stays idle."""

    def __init__(self, instance: Instance) -> None:
        self._port = instance.port
        self._tokens = {
            role: _token(instance, role)
            for role in ("connector", "data_steward", "privacy_officer")
        }

    def write(self, records: Sequence[Mapping[str, object]], wait: str) -> None:
        """Send records, each of which has to be taken."""
        variables = {"records": records, "wait": wait}
        answer = self._post("connector", {"query": _UPSERT, "variables": variables})
        values = {one["status"] for one in answer["data"]["upsertRecords"]["results"]}
        assert values == {"APPLIED" if wait == "PROFILE" else "ACCEPTED"}, answer

    def decide(self, kind: str, one: str, other: str) -> None:
        """Decide of two records, and wait for nothing."""
        named = [{"source": "crm", "key": key} for key in (one, other)]
        item = {"a": named[0], "b": named[1], "decision": kind, "reason": "measured"}
        answer = self._post("data_steward", {"query": _DECIDE, "variables": {"items": [item]}})
        assert answer["data"]["decideIdentity"]["results"][0]["code"] is None, answer

    def ask(self, query: str) -> None:
        """Ask for a customer, who has to be there."""
        answer = self._post("privacy_officer", {"query": query})
        assert answer.get("data", {}).get("customerByRecord"), answer

    def customer(self, key: str) -> str:
        """Who a record is of."""
        query = f'{{ customerByRecord(source: "crm", key: "{key}") {{ id }} }}'
        return self._post("privacy_officer", {"query": query})["data"]["customerByRecord"]["id"]

    def _post(self, role: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_S)
        headers = {"content-type": "application/json"}
        headers["authorization"] = f"Bearer {self._tokens[role]}"
        connection.request("POST", "/graphql", json.dumps(body), headers)
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer


def _token(instance: Instance, role: str) -> str:
    """By the command, which another checkout has too."""
    command = [C360, "token", "--role", role, "--data", str(instance.data)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
