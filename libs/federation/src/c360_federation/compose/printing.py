"""Pieces of supergraph SDL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from graphql import StringValueNode, print_ast

from c360_federation.compose.subgraph import Subgraph

CARRIED = {
    "inaccessible": "https://specs.apollo.dev/inaccessible/v0.2",
    "tag": "https://specs.apollo.dev/tag/v0.3",
    "authenticated": "https://specs.apollo.dev/authenticated/v0.1",
    "requiresScopes": "https://specs.apollo.dev/requiresScopes/v0.1",
    "policy": "https://specs.apollo.dev/policy/v0.1",
    "cost": "https://specs.apollo.dev/cost/v0.1",
    "listSize": "https://specs.apollo.dev/cost/v0.1",
}
_SECURITY = frozenset(("inaccessible", "authenticated", "requiresScopes", "policy"))

_DEFINITIONS = {
    "inaccessible": "directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | "
    "ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION",
    "tag": "directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT | INTERFACE | "
    "UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | "
    "INPUT_FIELD_DEFINITION | SCHEMA",
    "authenticated": "directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | "
    "SCALAR | ENUM",
    "requiresScopes": "directive @requiresScopes(scopes: [[requiresScopes__Scope!]!]!) on "
    "FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM",
    "policy": "directive @policy(policies: [[policy__Policy!]!]!) on FIELD_DEFINITION | OBJECT | "
    "INTERFACE | SCALAR | ENUM",
    "cost": "directive @cost(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | "
    "INPUT_FIELD_DEFINITION | OBJECT | SCALAR",
    "listSize": "directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: "
    "[String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION",
}
_SCALARS = {"requiresScopes": "requiresScopes__Scope", "policy": "policy__Policy"}

_JOIN = """directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE

directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION

directive @join__graph(name: String!, url: String!) on ENUM_VALUE

directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE

directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR

directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION

directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA

scalar join__FieldSet

scalar link__Import

enum link__Purpose {
  \"\"\"
  `SECURITY` features provide metadata necessary to securely resolve fields.
  \"\"\"
  SECURITY

  \"\"\"
  `EXECUTION` features provide metadata necessary for operation execution.
  \"\"\"
  EXECUTION
}"""  # noqa: E501 - fixed text of the join specification


def quoted(text: str) -> str:
    """A GraphQL string."""
    return json.dumps(text, ensure_ascii=False)


def described(description: str | None, indent: str = "") -> str:
    """A description as a block, or nothing."""
    if not description:
        return ""
    node = StringValueNode(value=description, block=True)
    return "".join(f"{indent}{line}\n" for line in print_ast(node).splitlines())


def directive(name: str, arguments: Mapping[str, str]) -> str:
    """One directive application."""
    arguments_text = ", ".join(f"{key}: {value}" for key, value in arguments.items())
    return f"@{name}({arguments_text})" if arguments_text else f"@{name}"


def header(subgraphs: Sequence[Subgraph], used: Sequence[str], roots: Mapping[str, str]) -> str:
    """Schema definition, directive definitions and the list of graphs."""
    links = [
        '  @link(url: "https://specs.apollo.dev/link/v1.0")',
        '  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)',
    ]
    links.extend(dict.fromkeys(_link(name, used) for name in used))
    operations = "\n".join(f"  {kind}: {name}" for kind, name in roots.items())
    parts = ["schema\n" + "\n".join(links) + "\n{\n" + operations + "\n}", _JOIN]
    parts.extend(_DEFINITIONS[name] for name in used)
    parts.extend(f"scalar {_SCALARS[name]}" for name in used if name in _SCALARS)
    values = "\n".join(
        f"  {one.graph} @join__graph(name: {quoted(one.name)}, url: {quoted(one.url)})"
        for one in subgraphs
    )
    parts.append("enum join__Graph {\n" + values + "\n}")
    return "\n\n".join(parts)


def _link(name: str, used: Sequence[str]) -> str:
    purpose = ", for: SECURITY" if name in _SECURITY else ""
    # Both are of one specification, whose name only `@cost` has by itself.
    is_sized = name in ("cost", "listSize") and "listSize" in used
    imported = ', import: ["@listSize"]' if is_sized else ""
    return f'  @link(url: "{CARRIED[name]}"{purpose}{imported})'


def type_text(head: str, directives: Sequence[str], lines: Sequence[str], doc: str) -> str:
    """A type definition."""
    text = doc + head + "".join(f"\n  {one}" for one in directives)
    return text + "\n{\n" + "\n".join(lines) + "\n}" if lines else text
