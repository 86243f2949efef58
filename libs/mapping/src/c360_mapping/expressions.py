"""Compiles the expressions of a mapping: one source and any number of modifiers.

An expression gives a list of values; a field that takes one value takes the first.
"""

from __future__ import annotations

from yaml.nodes import Node, ScalarNode

from c360_mapping import nodes
from c360_mapping.conditions import CONDITIONS, conditional
from c360_mapping.expression import Defaults, Expression
from c360_mapping.modifiers import MODIFIERS, modified, removal, type_of
from c360_mapping.sources import SOURCES, column_at, source_of

_PLAIN = {"column", "constant", "type"}
_KEYS = SOURCES | MODIFIERS | CONDITIONS | {"separator", "require_all"}


def compile_expression(
    node: Node, field: str, defaults: Defaults, implied_type: str | None = None
) -> Expression:
    """The expression of `field` (`traits.name`); `implied_type` where the field has one type.

    Raises `MappingInvalid` with the line of what it cannot be.
    """
    if isinstance(node, ScalarNode):
        parts: dict[str, Node] = {"column": node}
    else:
        parts = nodes.entries(node, field, _KEYS)
    source = source_of(node, parts, field, defaults, compile_expression)
    kind = type_of(node, parts, field, implied_type)
    values = modified(source.values, parts, field, kind, defaults)
    removes = removal(source, parts, field, defaults)
    is_plain = parts.keys() <= _PLAIN and kind != "strings"
    back = source.back if is_plain else None
    whole = Expression(values, source.references, kind == "strings", removes, back)
    return conditional(whole, parts, field, defaults, column_at)
