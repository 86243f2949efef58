"""The worst that one caller with a valid token may send, by kind.

Each kind once stopped a gateway for seconds. Some are beyond a limit and have to be refused
cheaply, some are just within them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

HISTORY_SOURCE, HISTORY_KEY = "web", "one-caller-history"
REVISIONS = 2_000
_RECORD = f'customerByRecord(source: "{HISTORY_SOURCE}", key: "{HISTORY_KEY}")'


def history_calls() -> Sequence[bytes]:
    """Mutations that give one record a long history."""
    records = [
        {
            "source": HISTORY_SOURCE,
            "key": HISTORY_KEY,
            "revision": number + 1,
            "traits": {"name": f"name {number}"},
        }
        for number in range(REVISIONS)
    ]
    return [_upsert(records[start : start + 1_000]) for start in range(0, REVISIONS, 1_000)]


def worst() -> Mapping[str, bytes]:
    """A body for each kind."""
    return {
        "conditions_beyond": _filter([{"name": {"contains": "q"}}] * 20_000),
        "conditions_within": _filter([{"name": {"contains": f"q{n}"}} for n in range(190)]),
        "list_beyond": _filter([{"name": {"in": ["x"] * 100_000}}]),
        "history_aliases": _text(_aliases("records { history { revision observedAt deleted } }")),
        "history_whole": _text(f"{{ {_RECORD} {{ records {{ history {{ revision }} }} }} }}"),
        "fields_repeated": _text(_nodes("id " * 1_900)),
        "fragments_inline": _text(
            _nodes(
                "... on Customer { id } " * 120
                + "profile { " + "... on Profile { name } " * 120 + "}"
            )
        ),
        "typename_repeated": _text("{ " + "__typename " * 900 + "}"),
        "body_large": json.dumps({"query": "{ __typename }", "pad": "x" * 7_800_000}).encode(),
        "counts_with_contains": _text(
            "{"
            + " ".join(
                f'a{n}: customers(first: 0, filter: {{ name: {{ contains: "q{n}" }} }}) '
                "{ totalCount }"
                for n in range(30)
            )
            + "}"
        ),
        "pages_large": _text(
            "{ customers(first: 200) { edges { node { id profile { name phone email city }"
            " records { source key } segments { name } timeline(first: 20) { edges { node {"
            " name occurredAt } } } } } } }"
        ),
        "items_refused": _upsert([_foreign(number) for number in range(1_000)]),
    }  # fmt: skip


def _filter(conditions: list[object]) -> bytes:
    query = "query($f: CustomerFilter) { customers(first: 0, filter: $f) { totalCount } }"
    return json.dumps({"query": query, "variables": {"f": {"or": conditions}}}).encode()


def _nodes(selection: str) -> str:
    return "{ customers(first: 1) { edges { node { " + selection + " } } } }"


def _foreign(number: int) -> object:
    """A record of a source that the token does not name."""
    return {"source": "erp", "key": f"k{number}", "traits": {"name": "x" * 7_000}}


def _aliases(selection: str) -> str:
    return "{" + " ".join(f"a{n}: {_RECORD} {{ {selection} }}" for n in range(28)) + "}"


def _text(query: str) -> bytes:
    return json.dumps({"query": query}).encode()


def _upsert(records: Sequence[object]) -> bytes:
    query = "mutation($r: [RecordInput!]!) { upsertRecords(records: $r) { accepted refused } }"
    return json.dumps({"query": query, "variables": {"r": records}}).encode()
