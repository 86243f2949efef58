"""Scores sent to a running instance by its own doors: policy, audit and provenance as for any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from c360_cli.api.asking import Api
from c360_cli.scores.saying import Said

_BATCH = 200
_DECIDERS, _WRITERS = "data_steward", "connector"
_REFUSED = "REFUSED"
_DECIDE = """mutation Beside($items: [DecisionInput!]!) {
  decideIdentity(items: $items, wait: NONE) { results { index status code } }
}"""
_SAY = """mutation Score($records: [RecordInput!]!) {
  upsertRecords(records: $records, wait: NONE) { results { index status code } }
}"""


@dataclass(slots=True)
class Sent:
    """How many records of scores were taken, and what was refused by its code."""

    taken: int
    refused: dict[str, int]


def send(api: Api, said: Sequence[Said], version: str) -> Sent:
    """First that each stands beside its record, so that none is ever a customer of its own."""
    sent = Sent(0, {})
    for batch in _batches(said):
        apart = [one for one in batch if not one.joined]
        items = [_decision(one, version) for one in apart]
        answer = api.ask(_DECIDERS, _DECIDE, {"items": items})["decideIdentity"] if items else None
        refused = _refused(sent, answer)
        left_out = {one.record for place, one in enumerate(apart) if place in refused}
        records = [_record(one) for one in batch if one.record not in left_out]
        if records:
            answer = api.ask(_WRITERS, _SAY, {"records": records})["upsertRecords"]
            sent.taken += len(records) - len(_refused(sent, answer))
    return sent


def _refused(sent: Sent, answer: dict[str, Any] | None) -> set[int]:
    """Which items of an answer were refused; they are counted."""
    results = answer["results"] if answer else ()
    refused = {one["index"]: one["code"] for one in results if one["status"] == _REFUSED}
    for code in refused.values():
        sent.refused[code] = sent.refused.get(code, 0) + 1
    return set(refused)


def _decision(one: Said, version: str) -> dict[str, object]:
    return {
        "decision": "SAME",
        "a": {"source": one.beside.source, "key": one.beside.key},
        "b": {"source": one.record.source, "key": one.record.key},
        "reason": f"score of model {version}",
        "decisionId": f"score:{one.beside}",
    }


def _record(one: Said) -> dict[str, object]:
    return {"source": one.record.source, "key": one.record.key, "traits": dict(one.traits)}


def _batches(said: Sequence[Said]) -> Iterator[Sequence[Said]]:
    return (said[first : first + _BATCH] for first in range(0, len(said), _BATCH))
