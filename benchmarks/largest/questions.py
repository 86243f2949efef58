"""What is asked of the customer: each part of its page, and the page."""

from __future__ import annotations

from collections.abc import Mapping

_PARTS = {
    "golden": "profile { name city phone email }",
    "identifiers": "identifiers { email phone }",
    "records": "records(first: 20) { source key traits { name city } identifiers { email } }",
    "timeline": "timeline(first: 20) { edges { node { name } } }",
    "provenance": "provenance { trait source key observedAt rule }",
    "candidates": "lost: provenance(first: 5) { candidates(first: 20) { source key lostBecause } }",
    "consents": "consents { purpose status }",
    "segments": "segments { name }",
}
_OF = '{ customerByRecord(source: "crm", key: "r7") { id %s } }'
QUESTIONS: Mapping[str, str] = {
    **{name: _OF % part for name, part in _PARTS.items()},
    "page": _OF % " ".join(_PARTS.values()),
}
