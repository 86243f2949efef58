"""Arguments and the tag that everything here carries: no wildcard grants it."""

from __future__ import annotations

import strawberry

TAG = "audit"


def argument(description: str, name: str | None = None) -> object:
    """An argument under the tag."""
    return strawberry.federation.argument(description=description, name=name, tags=[TAG])
