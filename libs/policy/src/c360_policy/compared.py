"""What a comparison tells of that is shown elsewhere, and that no tag ties to it."""

from __future__ import annotations

from collections.abc import Mapping

COMPARED: Mapping[str, tuple[str, ...]] = {
    "CustomerFilter.consents": ("Customer.consents", "Consent.purpose", "Consent.status"),
    "CustomerFilter.sources": ("Customer.records", "SourceRecord.source"),
}
"""By what customers are filtered by, the coordinates that show what it compares."""


def told_by(coordinate: str) -> tuple[str, ...]:
    """A coordinate, and those that show what it compares."""
    return (coordinate, *COMPARED.get(coordinate, ()))
