"""Sources of an expression: a column or path, the first of several, all of several, a join, a
template, a constant. Text is stripped, and what is empty then is no value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from yaml.nodes import Node, ScalarNode

from c360_mapping import nodes
from c360_mapping.conversions import Value, to_text
from c360_mapping.expression import (
    Defaults,
    Dropped,
    Expression,
    Reference,
    Removes,
    Values,
    never,
)
from c360_mapping.paths import Cells, Find, PathInvalid, column, path
from c360_mapping.places import cell_of
from c360_mapping.refusals import MappingInvalid, RowRefused
from c360_mapping.text_marks import without_text_mark

_BELONGS_TO = {"separator": ("join",), "require_all": ("join", "template")}

SOURCES = frozenset({"column", "first", "all", "join", "template", "constant"})

Compile = Callable[[Node, str, Defaults], Expression]
"""Compiles an expression within another one."""

_TEMPLATE_PARTS = re.compile(r"\{\{|\}\}|\{([^{}]+)\}|([{}])|([^{}]+)")


def source_of(
    node: Node, parts: Mapping[str, Node], field: str, defaults: Defaults, compile_member: Compile
) -> Expression:
    """The one source that `parts` name."""
    named = sorted(SOURCES & parts.keys())
    if len(named) != 1:
        raise MappingInvalid(
            nodes.line_of(node),
            f"{field} needs exactly one of {', '.join(sorted(SOURCES))}"
            + (f", not {' and '.join(named)}" if named else ""),
        )
    for word, owners in _BELONGS_TO.items():
        if word in parts and named[0] not in owners:
            line = nodes.line_of(parts[word])
            raise MappingInvalid(line, f"{field}: {word} belongs to {' or '.join(owners)}")
    if named[0] in _OF_MEMBERS:
        members = tuple(
            compile_member(item, field, defaults) for item in nodes.items(parts[named[0]], field)
        )
        values = _OF_MEMBERS[named[0]](members, parts)
        return Expression(values, _references(members), removes=_any_removes(members))
    return _OF_ONE[named[0]](parts, field, defaults)


def column_at(node: Node, field: str, defaults: Defaults) -> Expression:
    """The cells of the column that is named at a node."""
    if isinstance(node, ScalarNode) and node.tag == "tag:yaml.org,2002:null":
        raise MappingInvalid(nodes.line_of(node), f"{field} names no column")
    return _cells(nodes.text(node, field), nodes.line_of(node), field, defaults)


def _cells(name: str, line: int, field: str, defaults: Defaults) -> Expression:
    reference = _reference(name, line, field, defaults)
    values = _cleaned(reference.find, field, defaults)
    back = cell_of(name, flat=defaults.flat)
    return Expression(
        values, (reference,), removes=_removes_on_null(reference.find, defaults), back=back
    )


def _reference(name: str, line: int, field: str, defaults: Defaults) -> Reference:
    if defaults.flat:
        return Reference(name, line, column(name))
    try:
        return Reference(name, line, path(name))
    except PathInvalid as error:
        raise MappingInvalid(line, f"{field}: {name!r} is not a path") from error


def _cleaned(find: Find, field: str, defaults: Defaults) -> Values:
    empty_values, null_values = defaults.empty_values, defaults.null_values or ()

    def values(cells: Cells, dropped: Dropped) -> list[Value]:
        kept: list[Value] = []
        for value in find(cells):
            if isinstance(value, str):
                text = without_text_mark(value.strip())
                if text and text not in empty_values and text not in null_values:
                    kept.append(text)
            elif isinstance(value, int | float):
                kept.append(value)
            elif value is not None:
                raise RowRefused(
                    "VALUE_NOT_SCALAR", field, f"{field} is an object or a list where it ends"
                )
        return kept

    return values


def _removes_on_null(find: Find, defaults: Defaults) -> Removes:
    null_values = defaults.null_values
    if null_values is None:
        return never

    def removes(cells: Cells, dropped: Dropped) -> bool:
        return any(
            value is None if not isinstance(value, str) else value.strip() in null_values
            for value in find(cells)
        )

    return removes


def _any_removes(members: tuple[Expression, ...]) -> Removes:
    return lambda cells, dropped: any(member.removes(cells, dropped) for member in members)


def _first(members: tuple[Expression, ...], parts: Mapping[str, Node]) -> Values:
    def values(cells: Cells, dropped: Dropped) -> list[Value]:
        for member in members:
            if found := member.values(cells, dropped):
                return found
        return []

    return values


def _all(members: tuple[Expression, ...], parts: Mapping[str, Node]) -> Values:
    def values(cells: Cells, dropped: Dropped) -> list[Value]:
        return [value for member in members for value in member.values(cells, dropped)]

    return values


def _join(members: tuple[Expression, ...], parts: Mapping[str, Node]) -> Values:
    needed = len(members) if _requires_all(parts) else 1
    separator = nodes.text(parts["separator"], "separator") if "separator" in parts else " "

    def values(cells: Cells, dropped: Dropped) -> list[Value]:
        words = [to_text(found[0]) for m in members if (found := m.values(cells, dropped))]
        return [separator.join(words)] if len(words) >= needed else []

    return values


def _template(parts: Mapping[str, Node], field: str, defaults: Defaults) -> Expression:
    node = parts["template"]
    pieces = _pieces(node, field, defaults)
    members = tuple(piece for piece in pieces if isinstance(piece, Expression))
    if not members:
        raise MappingInvalid(nodes.line_of(node), f"{field}: the template names no {{column}}")
    needed = len(members) if _requires_all(parts) else 1

    def values(cells: Cells, dropped: Dropped) -> list[Value]:
        written: list[str] = []
        filled = 0
        for piece in pieces:
            if isinstance(piece, str):
                written.append(piece)
            elif found := piece.values(cells, dropped):
                filled += 1
                written.append(to_text(found[0]))
        return [" ".join("".join(written).split())] if filled >= needed else []

    return Expression(values, _references(members), removes=_any_removes(members))


def _pieces(node: Node, field: str, defaults: Defaults) -> list[str | Expression]:
    line = nodes.line_of(node)
    pieces: list[str | Expression] = []
    for match in _TEMPLATE_PARTS.finditer(nodes.text(node, field)):
        name, stray, plain = match.groups()
        if stray:
            raise MappingInvalid(line, f"{field}: a single {stray} (write {stray * 2} for itself)")
        pieces.append(_cells(name, line, field, defaults) if name else plain or match[0][0])
    return pieces


def _constant(parts: Mapping[str, Node], field: str, defaults: Defaults) -> Expression:
    value = nodes.scalar(parts["constant"], f"{field}: constant")
    return Expression(lambda cells, dropped: [value], (), back=lambda _: {})


_OF_ONE: Mapping[str, Callable[[Mapping[str, Node], str, Defaults], Expression]] = {
    "column": lambda parts, field, defaults: column_at(parts["column"], field, defaults),
    "template": _template,
    "constant": _constant,
}
_OF_MEMBERS: Mapping[str, Callable[[tuple[Expression, ...], Mapping[str, Node]], Values]] = {
    "first": _first,
    "all": _all,
    "join": _join,
}


def _requires_all(parts: Mapping[str, Node]) -> bool:
    return "require_all" in parts and nodes.boolean(parts["require_all"], "require_all")


def _references(members: tuple[Expression, ...]) -> tuple[Reference, ...]:
    return tuple(reference for member in members for reference in member.references)
