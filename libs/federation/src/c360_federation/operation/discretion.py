"""What a refused operation may tell of the schema to who may not see it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from graphql import GraphQLSchema

from c360_federation.errors import (
    BAD_VARIABLES,
    VALIDATION_FAILED,
    ErrorEntry,
    without_suggestion,
)

_QUOTED = re.compile(r"""(['"])([^'"]*)\1""")
_WORD = re.compile(r"\w+")
_ABOUT_THE_SCHEMA = frozenset((VALIDATION_FAILED, BAD_VARIABLES))


def discreet(error: ErrorEntry, query: str, shown: GraphQLSchema | None) -> ErrorEntry:
    """The error with no name in it but those that the query contains and the caller is shown.

    Whoever may not ask for the schema learns what was wrong, and where, in their own words. A
    suggestion goes as a whole when it names anything else.
    """
    if error["extensions"]["code"] not in _ABOUT_THE_SCHEMA:
        return error
    known = _names(shown) if shown is not None else frozenset[str]()
    written = known.union(_WORD.findall(query))
    message = without_suggestion(str(error["message"]))
    suggestion = str(error["message"])[len(message) :]
    if any(text not in known for _, text in _QUOTED.findall(suggestion)):
        suggestion = ""
    discreet_text = _QUOTED.sub(lambda found: _own(found, written), message)
    return {**error, "message": discreet_text + (suggestion if known else "")}


@lru_cache(maxsize=32)
def _names(schema: GraphQLSchema) -> frozenset[str]:
    return frozenset(_every_name(schema))


def _every_name(schema: GraphQLSchema) -> Iterator[str]:
    for kind in schema.type_map.values():
        yield kind.name
        fields: Mapping[str, object] = getattr(kind, "fields", None) or {}
        for name, field in fields.items():
            yield name
            yield from getattr(field, "args", None) or ()
        yield from getattr(kind, "values", None) or ()
    yield from (one.name for one in schema.directives)


def _own(found: re.Match[str], written: frozenset[str]) -> str:
    quote, text = found.groups()
    shown = ".".join(
        part if written.issuperset(_WORD.findall(part)) else "…" for part in text.split(".")
    )
    return f"{quote}{shown}{quote}"
