"""Consents asked of an instance, and told: their history, and receipts by the standard's names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

HISTORY = """query ConsentHistory($source: String!, $key: String!) {
  customerByRecord(source: $source, key: $key) {
    consents(history: true, first: 1000) {
      purpose status at source channel basis wordingVersion language jurisdiction givenBy
      expiresAt holds proof
    }
  }
}"""
RECEIPTS = """query ConsentReceipts($source: String!, $key: String!) {
  customerByRecord(source: $source, key: $key) {
    consents(first: 100) {
      purpose
      receipt {
        schemaVersion recordId piiPrincipalId privacyNotice wordingVersion language evidence
        signature
        purposes {
          purpose purposeName description lawfulBasis piiInformation piiControllers partyContact
          recipientThirdParties collectionMethod withdrawalMethod jurisdiction
        }
        event { eventTime recordedAt eventState validUntil entityId }
      }
    }
  }
}"""
_COLUMNS = ("at", "purpose", "status", "source", "channel", "basis", "wordingVersion", "expiresAt")


def history_of(given: Sequence[Mapping[str, Any]]) -> str:
    """A line for each answer; `*` before one that holds."""
    return "\n".join(
        " ".join(("*" if one["holds"] else " ", *(str(one[name] or "-") for name in _COLUMNS)))
        for one in given
    )


def receipts_of(given: Sequence[Mapping[str, Any]]) -> list[object]:
    """The receipts of answers, named as the standard names fields."""
    return [_in_snake_case(one["receipt"]) for one in given]


def _in_snake_case(value: object) -> object:
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {snake(name): _in_snake_case(one) for name, one in fields.items()}
    if isinstance(value, list):
        return [_in_snake_case(one) for one in cast("list[object]", value)]
    return value


def snake(name: str) -> str:
    """A name of the graph as the standard writes it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
