"""What the federation specification defines, version by version.

Source: the published federation v2 subgraph specification; directive definitions as printed there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from graphql import DirectiveDefinitionNode, parse

NEWEST = 14
_SPOTS = "OBJECT | INTERFACE | SCALAR | ENUM | FIELD_DEFINITION"
_EVERYWHERE = (
    "OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR | FIELD_DEFINITION | "
    "ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE"
)
FIELD_SETS = ("key", "requires", "provides")


@dataclass(frozen=True, slots=True)
class _DirectiveSpec:
    """A definition, the version that brought it and what later versions made of it."""

    text: str
    since: int = 0
    later: tuple[tuple[int, str], ...] = ()

    def at(self, minor: int) -> str:
        """The definition's text in version 2.`minor`."""
        found = [text for since, text in self.later if since <= minor]
        return found[-1] if found else self.text


_DIRECTIVES: Mapping[str, _DirectiveSpec] = {
    "key": _DirectiveSpec(
        "(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE"
    ),
    "requires": _DirectiveSpec("(fields: FieldSet!) on FIELD_DEFINITION"),
    "provides": _DirectiveSpec("(fields: FieldSet!) on FIELD_DEFINITION"),
    "external": _DirectiveSpec("(reason: String) on OBJECT | FIELD_DEFINITION"),
    "tag": _DirectiveSpec(
        f"(name: String!) repeatable on {_EVERYWHERE}",
        later=((3, f"(name: String!) repeatable on {_EVERYWHERE} | SCHEMA"),),
    ),
    "extends": _DirectiveSpec(" on OBJECT | INTERFACE"),
    "shareable": _DirectiveSpec(
        " on OBJECT | FIELD_DEFINITION", later=((2, " repeatable on OBJECT | FIELD_DEFINITION"),)
    ),
    "inaccessible": _DirectiveSpec(f" on {_EVERYWHERE}"),
    "override": _DirectiveSpec(
        "(from: String!) on FIELD_DEFINITION",
        later=((7, "(from: String!, label: String) on FIELD_DEFINITION"),),
    ),
    "composeDirective": _DirectiveSpec("(name: String) repeatable on SCHEMA", 1),
    "interfaceObject": _DirectiveSpec(" on OBJECT", 3),
    "authenticated": _DirectiveSpec(f" on {_SPOTS}", 5),
    "requiresScopes": _DirectiveSpec(f"(scopes: [[Scope!]!]!) on {_SPOTS}", 5),
    "policy": _DirectiveSpec(f"(policies: [[Policy!]!]!) on {_SPOTS}", 6),
    "context": _DirectiveSpec("(name: String!) repeatable on OBJECT | INTERFACE | UNION", 8),
    "fromContext": _DirectiveSpec("(field: ContextFieldValue) on ARGUMENT_DEFINITION", 8),
    "cost": _DirectiveSpec(
        "(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | "
        "INPUT_FIELD_DEFINITION | OBJECT | SCALAR",
        9,
    ),
    "listSize": _DirectiveSpec(
        "(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], "
        "requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION",
        9,
    ),
    "cacheTag": _DirectiveSpec("(format: String!) repeatable on OBJECT | FIELD_DEFINITION", 12),
}
_TYPES = {"FieldSet": 0, "Scope": 5, "Policy": 6, "ContextFieldValue": 8}
FEDERATION_1 = ("key", "requires", "provides", "external", "tag", "extends")
FEDERATION_DIRECTIVES = frozenset(_DIRECTIVES)
# Those that pass into the supergraph and must be called the same in every subgraph.
COMPOSED = ("tag", "inaccessible", "authenticated", "requiresScopes", "policy", "cost", "listSize",
            "context", "fromContext", "cacheTag")  # fmt: skip
_OF_OTHER_SPECS: Mapping[str, tuple[str, ...]] = {
    "tag": ("tag",),
    "inaccessible": ("inaccessible",),
    "authenticated": ("authenticated",),
    "requiresScopes": ("requiresScopes", "Scope"),
    "policy": ("policy", "Policy"),
    "context": ("context", "fromContext", "ContextFieldValue"),
    "cost": ("cost", "listSize"),
    "cacheTag": ("cacheTag",),
}
MINIMUM_VERSION: Mapping[str, int] = {
    name: _DIRECTIVES[elements[0]].since for name, elements in _OF_OTHER_SPECS.items()
}


def federation_elements(minor: int) -> tuple[str, ...]:
    """Directives and types of federation 2.`minor`."""
    directives = (name for name, spec in _DIRECTIVES.items() if spec.since <= minor)
    return (*directives, *(name for name, since in _TYPES.items() if since <= minor))


def spec_elements(name: str) -> tuple[str, ...] | None:
    """Directives and types of another specification; None when it is not known."""
    if name == "link":
        return ("link", "Import", "Purpose")
    return _OF_OTHER_SPECS.get(name)


def is_directive(element: str) -> bool:
    """Whether an element is a directive and not a type."""
    return element in _DIRECTIVES or element == "link"


@cache
def definition(name: str, minor: int) -> DirectiveDefinitionNode:
    """The definition of a directive in federation 2.`minor`, its types under their own names."""
    text = f"directive @{name}{_DIRECTIVES[name].at(minor)}"
    node = parse(text, no_location=True).definitions[0]
    assert isinstance(node, DirectiveDefinitionNode)
    return node


def definition_text(local: str, name: str, minor: int, types: Mapping[str, str]) -> str:
    """The definition under a subgraph's own names for the directive and its types."""
    body = _DIRECTIVES[name].at(minor)
    for own, other in types.items():
        body = re.sub(rf"\b{own}\b", other, body)
    return f"directive @{local}{body}"
