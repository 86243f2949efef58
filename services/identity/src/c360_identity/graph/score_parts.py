"""`ScoreParts`: what a score is made of, each part where readers of a trait may see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import strawberry
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.names import camel
from c360_kernel.subgraph.catalog_types.fields import attribute, tags_of
from c360_kernel.visibility import SCORE_PARTS

from c360_identity.graph.evidence_nodes import ScorePart


def score_parts(catalog: Catalog) -> type:
    """A nullable part for each trait and identifier type, with the tags of these.

    Made with `parts`, by field.
    """
    namespace: dict[str, Any] = {
        attribute(name): strawberry.federation.field(
            resolver=_parts_of(name),
            graphql_type=ScorePart | None,
            name=name,
            tags=tags,
            description=f"What {name} says; null where it was not compared.",
        )
        for name, tags in _tags(catalog).items()
    }
    namespace["__annotations__"] = {"parts": strawberry.Private[Mapping[str, ScorePart]]}
    namespace["__module__"] = __name__
    described = "What a score is made of, by what was compared. A part of several tags is not told."
    return strawberry.federation.type(type(SCORE_PARTS, (), namespace), description=described)


def _tags(catalog: Catalog) -> Mapping[str, list[str]]:
    """By field; a trait and an identifier type of one name have the tags of both."""
    found: dict[str, list[str]] = {name: tags_of(t.tag) for name, t in catalog.traits.items()}
    for type_ in catalog.identifiers.values():
        held = found.setdefault(camel(type_.name), [])
        held += [tag for tag in tags_of(type_.tag) if tag not in held]
    return found


def _parts_of(name: str) -> Callable[..., Any]:
    def parts(root: Any) -> Any:  # noqa: ANN401 - the type that is being made
        return root.parts.get(name)

    return parts
