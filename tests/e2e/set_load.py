"""A scripted load whose every answer is remembered: what was acknowledged, and what was refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import count
from typing import Any

from tests.e2e.running import Running

_BATCH = 8
_UPSERT = """mutation($items: [RecordInput!]!, $wait: Wait!) {
  upsertRecords(records: $items, wait: $wait, timeoutMs: 300) { results { index status } } }"""
_TRACK = """mutation($items: [EventInput!]!, $wait: Wait!) {
  trackEvents(events: $items, wait: $wait, timeoutMs: 300) { results { index status } } }"""
_TAKEN = {"ACCEPTED", "APPLIED", "DUPLICATE"}
Item = dict[str, Any]


@dataclass
class Ledger:
    """Names of items by what was answered. Records by key, events by message id."""

    records: set[str] = field(default_factory=set[str])
    events: set[str] = field(default_factory=set[str])
    refused: set[str] = field(default_factory=set[str])
    unanswered: int = 0
    sent_again: int = 0


class Client:
    """Sends batches; what was not answered in one life of the instance is sent in the next."""

    def __init__(self, number: int, ledger: Ledger) -> None:
        self._ledger = ledger
        self._batches = _batches(number)
        self._pending: tuple[str, list[Item], str] | None = None

    def work(self, instance: Running, stop: threading.Event) -> None:
        """Send until told to stop."""
        while not stop.is_set():
            if self._pending is None:
                self._pending = next(self._batches)
            else:
                self._ledger.sent_again += 1
            if self._sent(instance, *self._pending):
                self._pending = None
            else:
                stop.wait(0.02)

    def _sent(self, instance: Running, query: str, items: list[Item], wait: str) -> bool:
        body = {"query": query, "variables": {"items": items, "wait": wait}}
        try:
            _, answer = instance.post(body, instance.token("connector"))
        except (OSError, HTTPException, ValueError):
            self._ledger.unanswered += 1
            return False
        found = next(iter((answer.get("data") or {}).values()), None)
        for result in found["results"] if found else ():
            self._note(items[result["index"]], result["status"])
        return found is not None

    def _note(self, item: Item, status: str) -> None:
        name = item.get("messageId") or item["key"]
        if status == "REFUSED":
            self._ledger.refused.add(name)
        elif status in _TAKEN:
            (self._ledger.events if "messageId" in item else self._ledger.records).add(name)


def _batches(number: int) -> Iterator[tuple[str, list[Item], str]]:
    for turn in count():
        names = [f"n{number}t{turn}p{place}" for place in range(_BATCH)]
        wait = ("NONE", "IDENTITY", "PROFILE")[turn % 3]
        if turn % 2:
            yield _TRACK, [*map(_event, names), {**_event(f"bad-{names[0]}"), "name": "no"}], wait
        else:
            bad = {**_record(f"bad-{names[0]}"), "traits": {"no": "such"}}
            yield _UPSERT, [*map(_record, names), bad], wait


def _record(name: str) -> Item:
    identifiers = [{"type": "crm_id", "value": f"c{name}"}]
    return {"source": "crm", "key": name, "identifiers": identifiers, "traits": {"name": name}}


def _event(name: str) -> Item:
    shared = {"source": "web", "key": f"visitor{name[:4]}", "messageId": name}
    return {**shared, "name": "page_viewed", "occurredAt": "2024-05-01T10:00:00Z"}
