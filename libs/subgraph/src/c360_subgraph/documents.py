"""Queries parsed and validated once per text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    parse,
    validate,
)

from c360_subgraph.frames import forget_frames
from c360_subgraph.undisturbed import undisturbed

_CACHED_DOCUMENTS = 512
LONGEST_REMEMBERED = 65_536
"""Longer texts, in characters, are prepared anew each time."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query ready to run, or the errors that keep it from running."""

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()


class DocumentCache:
    """Prepares query texts against one schema and remembers the most recent ones."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._prepare = partial(_prepared, schema)
        self._cached = lru_cache(maxsize=_CACHED_DOCUMENTS)(self._prepare)

    def prepare(self, query: str) -> Prepared:
        """The parsed and validated query; very long texts are prepared anew each time."""
        return self._cached(query) if len(query) <= LONGEST_REMEMBERED else self._prepare(query)


def _prepared(schema: GraphQLSchema, query: str) -> Prepared:
    try:
        document = freed_at_once(parse(query))
        with undisturbed():
            errors = tuple(validate(schema, document))
    except GraphQLSyntaxError as error:
        forget_frames((error,))
        return Prepared(None, (error,))
    return Prepared(None if errors else document, errors)


def freed_at_once(document: DocumentNode) -> DocumentNode:
    """Without the way back from token to token: what refers in circles waits for a collection."""
    token = document.loc.start_token if document.loc else None
    while token is not None:
        token.prev, token = None, token.next
    return document
