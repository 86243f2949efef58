"""Texts parsed and validated."""

from __future__ import annotations

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


def read_document(schema: GraphQLSchema, text: str) -> DocumentNode | tuple[GraphQLError, ...]:
    """The document of a text, or what is wrong with it."""
    try:
        document = freed_at_once(parse(text))
    except GraphQLSyntaxError as error:
        forget_frames((error,))
        return (error,)
    with undisturbed():
        errors = tuple(validate(schema, document))
    return errors or document


def freed_at_once(document: DocumentNode) -> DocumentNode:
    """Without the way back from token to token: what refers in circles waits for a collection."""
    token = document.loc.start_token if document.loc else None
    while token is not None:
        token.prev, token = None, token.next
    return document
