"""What names a catalog may use, and what they become in GraphQL.

Traits and properties are lowerCamelCase and stay as they are; identifier
types, events and segments are snake_case. No name may start with an
underscore, which leaves `__` to GraphQL.
"""

from __future__ import annotations

import re
from importlib.resources import files

from c360_kernel.visibility import OBJECT_FILTER

CAMEL = re.compile(r"[a-z][a-zA-Z0-9]*")
SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
DASHED = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
TAG = re.compile(r"[a-zA-Z0-9_/-]{1,128}")
TAG_STYLE = "letters, digits, '_', '-' and '/' only"
PUBLIC = "public"
"""The tag that says "not personal"."""

TRAIT_NAMES_TAKEN = frozenset(
    {
        "id", "and", "or", "not", "provenance", "unmapped", "consents", "sources", "tags",
        "segments", "events", "identifiers", "account",
    }
)  # fmt: skip
PROPERTY_NAMES_TAKEN = frozenset(
    {"id", "messageId", "name", "occurredAt", "source", "key", "unmapped"}
)
OBJECT_PROPERTY_NAMES_TAKEN = frozenset(
    {"id", "key", "objectType", "observedAt", "source", "unmapped"}
)


def _type_names() -> frozenset[str]:
    """Those of every part: each has a file of its own, so that one more names it nowhere else."""
    parts = (files("c360_kernel.catalog") / "type_names").iterdir()
    return frozenset(name for part in parts for name in part.read_text("utf-8").split())


TYPE_NAMES_TAKEN = _type_names()
"""GraphQL types that schemas have whatever the catalog says."""


def camel(snake: str) -> str:
    """`national_id` as a GraphQL field: `nationalId`."""
    head, *rest = snake.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in rest)


def pascal(snake: str) -> str:
    """`order_completed` as a GraphQL type: `OrderCompleted`."""
    name = camel(snake)
    return name[:1].upper() + name[1:]


def object_types(name: str) -> tuple[str, str]:
    """The GraphQL types of a type of objects: itself, and what customers are filtered by of it."""
    return pascal(name), f"{pascal(name)}{OBJECT_FILTER}"


def purpose_field(name: str) -> str:
    """A purpose as a GraphQL field: `personal-ads` as `personalAds`."""
    return camel(name.replace("-", "_"))


def constant(name: str) -> str:
    """A snake_case or lowerCamelCase name as a GraphQL enum value: `NATIONAL_ID`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()
